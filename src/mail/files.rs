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
