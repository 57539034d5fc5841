//! The private keys of an instance, as files.
//!
//! Whoever can read a key can be anybody, so a file that others may read is refused rather than used.

use super::{JsonWebKey, KeyError, VerifyingKey};
use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use jsonwebtoken::{DecodingKey, EncodingKey};
use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

/// Far more than a PEM file of one key.
const LARGEST: u64 = 16 * 1024;
pub(super) const BEGIN: &str = "-----BEGIN PRIVATE KEY-----";
const END: &str = "-----END PRIVATE KEY-----";

/// A private key of this instance.
#[derive(Clone)]
pub(super) struct OwnKey {
    pub path: PathBuf,
    pub signing: EncodingKey,
    pub public: VerifyingKey,
}

impl OwnKey {
    pub fn kid(&self) -> &str {
        &self.public.jwk.kid
    }
}

/// The first key of a directory.
const FIRST: &str = "signing-0001.pem";

/// The keys of the directory by their names; makes the first one if there is none.
pub(super) fn open(directory: &Path) -> Result<Vec<OwnKey>, KeyError> {
    create_directory(directory)?;
    if key_files(directory)?.is_empty() {
        // By this name, not by the next one that is free: others that start now take it too.
        generate_as(directory, &directory.join(FIRST))?;
    }
    read_all(directory)
}

/// The keys of the directory by their names. One that is removed meanwhile is left out.
pub(super) fn read_all(directory: &Path) -> Result<Vec<OwnKey>, KeyError> {
    let mut keys = Vec::new();
    for path in key_files(directory)? {
        match read(&path) {
            Err(KeyError::Io { source, .. }) if source.kind() == io::ErrorKind::NotFound => {}
            key => keys.push(key?),
        }
    }
    Ok(keys)
}

/// Removes a key's file. Somebody who shares the directory may have done it.
pub(super) fn remove(key: &OwnKey) -> Result<(), KeyError> {
    match fs::remove_file(&key.path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(io_error(&key.path)(error)),
        _ => {
            tracing::info!(path = %key.path.display(), kid = key.kid(), "signing key removed");
            Ok(())
        }
    }
}

fn io_error(path: &Path) -> impl FnOnce(io::Error) -> KeyError + '_ {
    move |source| KeyError::Io { path: path.to_owned(), source }
}

pub(super) fn create_directory(directory: &Path) -> Result<(), KeyError> {
    if let Some(parent) = directory.parent() {
        fs::create_dir_all(parent).map_err(io_error(parent))?;
    }
    let mut builder = fs::DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    match builder.create(directory) {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => Err(io_error(directory)(error)),
        _ => {
            let metadata = fs::metadata(directory).map_err(io_error(directory))?;
            // Who may write here may add the key that signs.
            refuse_exposed(directory, &metadata, 0o022, 0o700)
        }
    }
}

#[cfg(unix)]
fn refuse_exposed(path: &Path, metadata: &fs::Metadata, forbidden: u32, needed: u32) -> Result<(), KeyError> {
    let mode = std::os::unix::fs::PermissionsExt::mode(&metadata.permissions()) & 0o7777;
    if mode & forbidden == 0 {
        return Ok(());
    }
    Err(KeyError::Exposed { path: path.to_owned(), mode, needed })
}

#[cfg(not(unix))]
fn refuse_exposed(_: &Path, _: &fs::Metadata, _: u32, _: u32) -> Result<(), KeyError> {
    Ok(())
}

fn key_files(directory: &Path) -> Result<Vec<PathBuf>, KeyError> {
    let entries = fs::read_dir(directory).map_err(io_error(directory))?;
    let mut paths = Vec::new();
    for entry in entries {
        let path = entry.map_err(io_error(directory))?.path();
        if path.extension().is_some_and(|extension| extension == "pem") {
            paths.push(path);
        }
    }
    paths.sort();
    Ok(paths)
}

fn read(path: &Path) -> Result<OwnKey, KeyError> {
    let file = File::open(path).map_err(io_error(path))?;
    refuse_exposed(path, &file.metadata().map_err(io_error(path))?, 0o077, 0o600)?;
    let unreadable = || KeyError::Unreadable { path: path.to_owned() };
    let mut text = String::new();
    match file.take(LARGEST).read_to_string(&mut text) {
        Err(error) if error.kind() == io::ErrorKind::InvalidData => return Err(unreadable()),
        outcome => outcome.map_err(io_error(path))?,
    };
    let der = from_pem(&text).ok_or_else(unreadable)?;
    let pair = Ed25519KeyPair::from_pkcs8(&der).map_err(|_| unreadable())?;
    let public = pair.public_key().as_ref();
    let public = VerifyingKey { jwk: JsonWebKey::of(public), key: DecodingKey::from_ed_der(public) };
    Ok(OwnKey { path: path.to_owned(), signing: EncodingKey::from_ed_der(&der), public })
}

fn from_pem(text: &str) -> Option<Vec<u8>> {
    let (_, rest) = text.split_once(BEGIN)?;
    let (body, _) = rest.split_once(END)?;
    let body: String = body.split_ascii_whitespace().collect();
    STANDARD.decode(body).ok()
}

/// The name after all others of its kind: `signing-0001.pem`, `signing-0002.pem` …
fn next_name(directory: &Path) -> Result<PathBuf, KeyError> {
    let number = |path: &PathBuf| -> Option<u64> {
        path.file_stem()?.to_str()?.strip_prefix("signing-")?.parse().ok()
    };
    let last = key_files(directory)?.iter().filter_map(number).max().unwrap_or(0);
    Ok(directory.join(format!("signing-{:04}.pem", last.saturating_add(1))))
}

/// Makes another key.
pub(super) fn generate(directory: &Path) -> Result<(), KeyError> {
    generate_as(directory, &next_name(directory)?)
}

/// Makes a key. It is complete on disk before it has its name, so a crash leaves no half key; and the name is taken only
/// if it is free, so of two who share a directory and make one at once both use the same.
fn generate_as(directory: &Path, named: &Path) -> Result<(), KeyError> {
    let pair = Ed25519KeyPair::generate().map_err(|_| KeyError::Generation)?;
    let der = pair.to_pkcs8v1().map_err(|_| KeyError::Generation)?;
    let pem = format!("{BEGIN}\n{}\n{END}\n", STANDARD.encode(der.as_ref()));
    let unique = JsonWebKey::of(pair.public_key().as_ref()).kid;
    let draft = directory.join(format!(".{unique}.draft"));
    let written = write_private(&draft, pem.as_bytes())
        .and_then(|()| give_to_owner(directory, &draft))
        .and_then(|()| match fs::hard_link(&draft, named) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
            // Some file systems have no hard links.
            Err(_) => fs::rename(&draft, named),
            Ok(()) => Ok(()),
        })
        .and_then(|()| File::open(directory)?.sync_all());
    // Gone already if it was renamed.
    let _ = fs::remove_file(&draft);
    written.map_err(io_error(named))?;
    tracing::info!(path = %named.display(), "signing key generated");
    Ok(())
}

/// What an operator makes as root is for the user as whom the service runs: the owner of the directory.
#[cfg(unix)]
fn give_to_owner(directory: &Path, file: &Path) -> io::Result<()> {
    use std::os::unix::fs::{MetadataExt, chown};
    let (owner, now) = (fs::metadata(directory)?, fs::metadata(file)?);
    if (owner.uid(), owner.gid()) == (now.uid(), now.gid()) {
        return Ok(());
    }
    match chown(file, Some(owner.uid()), Some(owner.gid())) {
        // The group may be another; who owns the directory and cannot give away has it already.
        Err(error) if error.kind() == io::ErrorKind::PermissionDenied && owner.uid() == now.uid() => Ok(()),
        outcome => outcome,
    }
}

#[cfg(not(unix))]
fn give_to_owner(_: &Path, _: &Path) -> io::Result<()> {
    Ok(())
}

pub(super) fn write_private(path: &Path, content: &[u8]) -> io::Result<()> {
    let mut options = File::options();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(path)?;
    file.write_all(content)?;
    file.sync_all()
}

#[cfg(test)]
mod tests {
    use super::super::Keys;
    use super::super::tests::config;
    use super::*;
    use crate::config::Config;
    use std::os::unix::fs::PermissionsExt;

    fn mode(path: &Path) -> u32 {
        let metadata = fs::metadata(path).expect("exists");
        metadata.permissions().mode() & 0o7777
    }

    fn refusal(config: &Config) -> String {
        Keys::open(config).err().expect("refused").to_string()
    }

    #[test]
    fn the_first_start_makes_a_key_that_stays() {
        let directory = tempfile::tempdir().expect("a directory");
        let config = config(&directory.path().join("not/there/yet"));
        let first = Keys::open(&config).expect("made");
        let second = Keys::open(&config).expect("read");
        assert_eq!(first.public(), second.public());
        assert_eq!(first.ring().signing_kid(), first.public().keys[0].kid);
        let keys = config.data_dir.join("keys");
        assert_eq!((mode(&keys), mode(&keys.join(FIRST))), (0o700, 0o600));
        assert_eq!(fs::read_dir(&keys).expect("listed").count(), 1, "no draft is left");
    }

    #[test]
    fn instances_that_start_at_once_share_the_key() {
        let directory = tempfile::tempdir().expect("a directory");
        let config = config(directory.path());
        let kids = std::thread::scope(|scope| {
            let starts: Vec<_> = (0..8).map(|_| scope.spawn(|| Keys::open(&config))).collect();
            starts
                .into_iter()
                .map(|start| start.join().expect("no panic").expect("opened").public())
                .collect::<Vec<_>>()
        });
        assert!(kids.iter().all(|set| set.keys.len() == 1 && *set == kids[0]));
    }

    #[test]
    fn each_new_key_has_the_next_name() {
        let directory = tempfile::tempdir().expect("a directory");
        let directory = directory.path().join("keys");
        open(&directory).expect("made");
        generate(&directory).expect("made");
        fs::rename(directory.join(FIRST), directory.join("by-hand.pem")).expect("renamed");
        generate(&directory).expect("made");
        let names: Vec<_> = read_all(&directory)
            .expect("read")
            .iter()
            .map(|key| key.path.file_name().expect("a name").to_string_lossy().into_owned())
            .collect();
        assert_eq!(names, ["by-hand.pem", "signing-0002.pem", "signing-0003.pem"]);
    }

    #[test]
    fn an_exposed_key_is_refused() {
        let directory = tempfile::tempdir().expect("a directory");
        let config = config(directory.path());
        Keys::open(&config).expect("made");
        let keys = config.data_dir.join("keys");
        let file = keys.join(FIRST);
        fs::set_permissions(&file, fs::Permissions::from_mode(0o640)).expect("changed");
        let said = refusal(&config);
        assert!(said.contains("mode 0640") && said.contains("chmod 0600"), "{said}");
        fs::set_permissions(&file, fs::Permissions::from_mode(0o600)).expect("changed");
        fs::set_permissions(&keys, fs::Permissions::from_mode(0o770)).expect("changed");
        assert!(refusal(&config).contains("chmod 0700"));
    }

    #[test]
    fn what_is_no_key_is_refused_and_kept() {
        let directory = tempfile::tempdir().expect("a directory");
        let config = config(directory.path());
        Keys::open(&config).expect("made");
        let file = config.data_dir.join("keys").join(FIRST);
        let whole = fs::read(&file).expect("read");
        let half = &whole[..whole.len() / 2];
        let rsa = format!("{BEGIN}\nMIIB\n{END}\n");
        for content in [b"".as_slice(), half, b"\xff\xfe", rsa.as_bytes()] {
            fs::write(&file, content).expect("written");
            let said = refusal(&config);
            assert!(said.contains("does not hold an Ed25519 private key"), "{said}");
            assert_eq!(fs::read(&file).expect("read"), content);
        }
    }

    #[test]
    fn a_key_made_by_openssl_is_read() {
        // The private key of RFC 8032 §7.1, test 1, as `openssl pkey` writes it.
        let pem =
            format!("{BEGIN}\nMC4CAQAwBQYDK2VwBCIEIJ1hsZ3v/VpguoRK9JLsLMREScVpezJpGXA7rAMcrn9g\n{END}\n");
        let directory = tempfile::tempdir().expect("a directory");
        let config = config(directory.path());
        create_directory(&config.data_dir.join("keys")).expect("made");
        write_private(&config.data_dir.join("keys/a.pem"), pem.as_bytes()).expect("written");
        let keys = Keys::open(&config).expect("read");
        assert_eq!(keys.ring().signing_kid(), "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k");
    }
}
