//! Letters as files, where no mail server is configured.

use std::io::{Error, ErrorKind, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

/// A folder that gets an `.eml` of each letter, for the service's own user only.
#[derive(Debug, Clone)]
pub struct Folder(PathBuf);

impl Folder {
    /// Makes the folder, if it is not there.
    pub fn open(path: PathBuf) -> std::io::Result<Self> {
        std::fs::DirBuilder::new().recursive(true).mode(0o700).create(&path)?;
        Ok(Self(path))
    }

    pub fn path(&self) -> &Path {
        &self.0
    }

    /// Removes the files whose names are chosen; returns how many.
    pub async fn remove(&self, chosen: impl Fn(&str) -> bool + Send + 'static) -> std::io::Result<usize> {
        let folder = self.0.clone();
        let removed = tokio::task::spawn_blocking(move || {
            let mut removed = 0;
            for entry in std::fs::read_dir(folder)? {
                let entry = entry?;
                if !entry.file_name().to_str().is_some_and(&chosen) {
                    continue;
                }
                match std::fs::remove_file(entry.path()) {
                    Ok(()) => removed += 1,
                    // Another instance was faster, or a letter has just got its name.
                    Err(error) if error.kind() == ErrorKind::NotFound => {}
                    Err(error) => return Err(error),
                }
            }
            Ok(removed)
        });
        removed.await.unwrap_or_else(|stopped| Err(Error::new(ErrorKind::Interrupted, stopped)))
    }

    /// Writes a letter; its file is there whole or not at all. Written again it is the same file.
    pub async fn put(&self, name: &str, message: Vec<u8>) -> std::io::Result<()> {
        let (unfinished, whole) = (self.0.join(format!(".{name}.part")), self.0.join(name));
        let written = tokio::task::spawn_blocking(move || {
            let mut options = std::fs::OpenOptions::new();
            let mut file = options.write(true).create(true).truncate(true).mode(0o600).open(&unfinished)?;
            file.write_all(&message)?;
            std::fs::rename(unfinished, whole)
        });
        written.await.unwrap_or_else(|stopped| Err(Error::new(ErrorKind::Interrupted, stopped)))
    }
}
