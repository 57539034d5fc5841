//! A body on its way in, kept in a file without a name: any number of people may send at the same time, and only the one picture
//! that is being decoded is in memory. What is left of it when the service ends, nothing: the system takes the file back.

use crate::files::Sha256Hex;
use sha2::{Digest, Sha256};
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::Path;

/// A file that is being filled.
pub struct Spool {
    file: File,
    length: u64,
    hash: Sha256,
}

/// A file that is full.
pub struct Spooled {
    file: File,
    pub length: u64,
    pub sha256: Sha256Hex,
}

impl Spool {
    pub fn new(dir: &Path) -> io::Result<Self> {
        Ok(Self { file: tempfile::tempfile_in(dir)?, length: 0, hash: Sha256::new() })
    }

    /// Adds a chunk as the network brings them: a few kilobytes into the system's cache.
    pub fn write(&mut self, chunk: &[u8]) -> io::Result<()> {
        self.file.write_all(chunk)?;
        self.hash.update(chunk);
        self.length += u64::try_from(chunk.len()).unwrap_or_default();
        Ok(())
    }

    pub fn length(&self) -> u64 {
        self.length
    }

    pub fn finish(self) -> Spooled {
        let digest = self.hash.finalize();
        Spooled { file: self.file, length: self.length, sha256: Sha256Hex::of_digest(&digest) }
    }
}

impl Spooled {
    /// All of it, in memory.
    pub fn read(mut self) -> io::Result<Vec<u8>> {
        self.file.seek(SeekFrom::Start(0))?;
        let mut content = Vec::with_capacity(usize::try_from(self.length).unwrap_or_default());
        self.file.read_to_end(&mut content)?;
        Ok(content)
    }
}
