//! The signing keys: Ed25519, in `<data_dir>/keys/*.pem`, made at first start.
//!
//! The last file by name is the newest and signs; all of them verify. To rotate, add a file whose name sorts last and
//! restart; remove the old one when the tokens it signed have run out (15 minutes) and gateways have reloaded the
//! published keys. `openssl genpkey -algorithm ed25519` writes the same format (PKCS#8 in PEM, RFC 8410).
//!
//! Whoever can read a key can be anybody, so a file that others may read is refused rather than used.

use crate::config::Config;
use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair};
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Validation, crypto};
use serde::Serialize;
use sha2::{Digest, Sha256};
use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use utoipa::ToSchema;

/// The keys that sign and verify access tokens, and the issuer the tokens name.
pub struct Keys {
    pub(super) issuer: String,
    pub(super) signing_kid: String,
    pub(super) signing: EncodingKey,
    pub(super) verifying: Vec<VerifyingKey>,
    pub(super) validation: Validation,
}

pub(super) struct VerifyingKey {
    pub jwk: JsonWebKey,
    pub key: DecodingKey,
}

/// Why the keys cannot be used: one line for the operator.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    #[error("{}: {source}", path.display())]
    Io { path: PathBuf, source: io::Error },
    #[error("{} is open to others (mode {mode:04o}); run: chmod {needed:04o} {}", path.display(), path.display())]
    Exposed { path: PathBuf, mode: u32, needed: u32 },
    #[error("{} does not hold an Ed25519 private key (PKCS#8 in PEM)", path.display())]
    Unreadable { path: PathBuf },
    #[error("no key can be generated")]
    Generation,
    #[error("the key does not verify what it signs")]
    SelfTest,
}

/// A public key (RFC 7517, RFC 8037).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct JsonWebKey {
    #[schema(example = "OKP")]
    pub kty: &'static str,
    #[schema(example = "Ed25519")]
    pub crv: &'static str,
    /// The public key, base64url.
    #[schema(example = "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo")]
    pub x: String,
    /// RFC 7638 thumbprint; the `kid` in the header of the tokens this key signed.
    #[schema(example = "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k")]
    pub kid: String,
    #[schema(example = "EdDSA")]
    pub alg: &'static str,
    #[schema(example = "sig")]
    pub r#use: &'static str,
}

/// The public keys that verify access tokens (RFC 7517 §5).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct JsonWebKeySet {
    pub keys: Vec<JsonWebKey>,
}

impl JsonWebKey {
    fn of(public_key: &[u8]) -> Self {
        let x = URL_SAFE_NO_PAD.encode(public_key);
        // The required members in this order, without spaces: RFC 7638 §3.2, RFC 8037 §2.
        let canonical = format!(r#"{{"crv":"Ed25519","kty":"OKP","x":"{x}"}}"#);
        Self {
            kty: "OKP",
            crv: "Ed25519",
            kid: URL_SAFE_NO_PAD.encode(Sha256::digest(canonical)),
            x,
            alg: "EdDSA",
            r#use: "sig",
        }
    }
}

const FIRST: &str = "signing-0001.pem";
/// Far more than a PEM file of one key.
const LARGEST: u64 = 16 * 1024;
const BEGIN: &str = "-----BEGIN PRIVATE KEY-----";
const END: &str = "-----END PRIVATE KEY-----";

impl Keys {
    /// Reads the keys of the data directory, and makes the first one if there is none.
    pub fn open(config: &Config) -> Result<Self, KeyError> {
        // Only the first call can succeed, and the provider is the same each time.
        let _ = crypto::aws_lc::DEFAULT_PROVIDER.install_default();
        let directory = config.data_dir.join("keys");
        create_directory(&directory)?;
        let mut names = key_files(&directory)?;
        if names.is_empty() {
            generate(&directory)?;
            names = key_files(&directory)?;
        }
        let mut verifying = Vec::new();
        let mut newest = None;
        for path in names {
            let (signing, public) = read(&path)?;
            newest = Some((signing, public.jwk.kid.clone()));
            verifying.push(public);
        }
        let (signing, signing_kid) = newest.ok_or(KeyError::Generation)?;
        let validation = Self::validation(&config.issuer);
        let keys = Self { issuer: config.issuer.clone(), signing_kid, signing, verifying, validation };
        keys.test().map(|()| keys)
    }

    /// The public keys, newest first.
    pub fn public(&self) -> JsonWebKeySet {
        JsonWebKeySet { keys: self.verifying.iter().rev().map(|key| key.jwk.clone()).collect() }
    }

    pub(super) fn verifying(&self, kid: &str) -> Option<&DecodingKey> {
        self.verifying.iter().find(|key| key.jwk.kid == kid).map(|key| &key.key)
    }

    /// A provider that is missing or mixed up shows here and not at the first sign-in.
    fn test(&self) -> Result<(), KeyError> {
        let probe = b"ocop-market";
        let signed = crypto::sign(probe, &self.signing, Algorithm::EdDSA);
        let key = self.verifying(&self.signing_kid);
        let verified = signed.ok().zip(key).is_some_and(|(signature, key)| {
            crypto::verify(&signature, probe, key, Algorithm::EdDSA).unwrap_or(false)
        });
        verified.then_some(()).ok_or(KeyError::SelfTest)
    }
}

fn io_error(path: &Path) -> impl FnOnce(io::Error) -> KeyError + '_ {
    move |source| KeyError::Io { path: path.to_owned(), source }
}

fn create_directory(directory: &Path) -> Result<(), KeyError> {
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

/// The key files, oldest first.
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

fn read(path: &Path) -> Result<(EncodingKey, VerifyingKey), KeyError> {
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
    let verifying = VerifyingKey { jwk: JsonWebKey::of(public), key: DecodingKey::from_ed_der(public) };
    Ok((EncodingKey::from_ed_der(&der), verifying))
}

fn from_pem(text: &str) -> Option<Vec<u8>> {
    let (_, rest) = text.split_once(BEGIN)?;
    let (body, _) = rest.split_once(END)?;
    let body: String = body.split_ascii_whitespace().collect();
    STANDARD.decode(body).ok()
}

/// Makes the first key. It is complete on disk before it has its name, so a crash leaves no half key; and the name is
/// taken only if it is free, so of two instances that start at once both use the same key.
fn generate(directory: &Path) -> Result<(), KeyError> {
    let pair = Ed25519KeyPair::generate().map_err(|_| KeyError::Generation)?;
    let der = pair.to_pkcs8v1().map_err(|_| KeyError::Generation)?;
    let pem = format!("{BEGIN}\n{}\n{END}\n", STANDARD.encode(der.as_ref()));
    let unique = JsonWebKey::of(pair.public_key().as_ref()).kid;
    let draft = directory.join(format!(".{unique}.draft"));
    let named = directory.join(FIRST);
    let written = write_private(&draft, pem.as_bytes())
        .and_then(|()| match fs::hard_link(&draft, &named) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
            // Some file systems have no hard links.
            Err(_) => fs::rename(&draft, &named),
            Ok(()) => Ok(()),
        })
        .and_then(|()| File::open(directory)?.sync_all());
    // Gone already if it was renamed.
    let _ = fs::remove_file(&draft);
    written.map_err(io_error(&named))?;
    tracing::info!(path = %named.display(), "signing key generated");
    Ok(())
}

fn write_private(path: &Path, content: &[u8]) -> io::Result<()> {
    let mut options = File::options();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(path)?;
    file.write_all(content)?;
    file.sync_all()
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    pub fn config(data_dir: &Path) -> Config {
        let data_dir = data_dir.to_string_lossy();
        Config::from_arguments(["--data-dir", &data_dir, "--issuer=https://market.example.vn"])
            .expect("valid settings")
    }

    fn mode(path: &Path) -> u32 {
        let metadata = fs::metadata(path).expect("exists");
        metadata.permissions().mode() & 0o7777
    }

    fn refusal(config: &Config) -> String {
        Keys::open(config).err().expect("refused").to_string()
    }

    #[test]
    fn the_thumbprint_is_that_of_the_rfc() {
        let x = "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo";
        let public = URL_SAFE_NO_PAD.decode(x).expect("base64url");
        let jwk = JsonWebKey::of(&public);
        assert_eq!((jwk.x.as_str(), jwk.kid.as_str()), (x, "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k"));
    }

    #[test]
    fn the_first_start_makes_a_key_that_stays() {
        let directory = tempfile::tempdir().expect("a directory");
        let config = config(&directory.path().join("not/there/yet"));
        let first = Keys::open(&config).expect("made");
        let second = Keys::open(&config).expect("read");
        assert_eq!(first.public(), second.public());
        assert_eq!(first.signing_kid, first.public().keys[0].kid);
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
    fn the_last_name_signs_and_all_verify() {
        let directory = tempfile::tempdir().expect("a directory");
        let config = config(directory.path());
        let before = Keys::open(&config).expect("made");
        let other = tempfile::tempdir().expect("a directory");
        let other = self::config(other.path());
        let added = Keys::open(&other).expect("made");
        let path = config.data_dir.join("keys/signing-0002.pem");
        fs::copy(other.data_dir.join("keys").join(FIRST), path).expect("copied");

        let after = Keys::open(&config).expect("read");
        assert_eq!(after.signing_kid, added.signing_kid);
        let kids: Vec<_> = after.public().keys.into_iter().map(|key| key.kid).collect();
        assert_eq!(kids, [added.signing_kid, before.signing_kid]);
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
        assert_eq!(keys.signing_kid, "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k");
    }
}
