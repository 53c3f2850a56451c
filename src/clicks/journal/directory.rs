//! The journal's directory: who owns it, and the files in it.
//!
//! Files are made at their full length with their blocks allocated, so that a full disk is met here
//! and not by an edge thread; none is ever shrunk, or removed while it is mapped.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Read, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use rustix::fs::{FallocateFlags, FlockOperation, fallocate, flock};

use super::format::{HeaderError, RECORDS_AT, SegmentHeader};

const LOCK_FILE: &str = "lock";
const SEGMENT_EXTENSION: &str = "segment";
const QUARANTINE_EXTENSION: &str = "quarantined";

/// Why the journal's directory cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum DirectoryError {
    /// Another process has it.
    #[error("{} is in use by another carom: give each its own data directory", .0.display())]
    Locked(PathBuf),
    /// It cannot be made, read or written.
    #[error("cannot use the journal's directory {}", path.display())]
    Io {
        /// The directory.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
}

/// The directory, locked for this process.
pub struct Directory {
    path: PathBuf,
    /// Locked as long as it is open.
    _lock: File,
}

/// A file that an earlier process has left.
pub struct Leftover {
    /// The file.
    pub path: PathBuf,
    /// Its length.
    pub bytes: usize,
    /// Its header, or what is wrong with it.
    pub header: Result<SegmentHeader, HeaderError>,
}

impl Directory {
    /// Makes the directory, for its owner alone, when it is missing, and locks it.
    ///
    /// # Errors
    /// It cannot be used, or another process does.
    pub fn open(path: &Path) -> Result<Self, DirectoryError> {
        let at = |source| DirectoryError::Io { path: path.to_owned(), source };
        if !path.is_dir() {
            DirBuilder::new().recursive(true).mode(0o700).create(path).map_err(at)?;
        }
        let lock = OpenOptions::new()
            .create(true)
            .truncate(false)
            .write(true)
            .mode(0o600)
            .open(path.join(LOCK_FILE))
            .map_err(at)?;
        match flock(&lock, FlockOperation::NonBlockingLockExclusive) {
            Ok(()) => Ok(Self { path: path.to_owned(), _lock: lock }),
            Err(rustix::io::Errno::WOULDBLOCK) => Err(DirectoryError::Locked(path.to_owned())),
            Err(errno) => Err(at(errno.into())),
        }
    }

    /// The segments that are there.
    ///
    /// # Errors
    /// The directory or a file cannot be read.
    pub fn leftovers(&self) -> io::Result<Vec<Leftover>> {
        let mut leftovers = Vec::new();
        for entry in fs::read_dir(&self.path)? {
            let path = entry?.path();
            if path.extension().is_some_and(|extension| extension == SEGMENT_EXTENSION) {
                let mut page = Vec::with_capacity(RECORDS_AT);
                let file = File::open(&path)?;
                let bytes = usize::try_from(file.metadata()?.len()).unwrap_or(usize::MAX);
                file.take(RECORDS_AT as u64).read_to_end(&mut page)?;
                leftovers.push(Leftover { header: SegmentHeader::decode(&page), bytes, path });
            }
        }
        Ok(leftovers)
    }

    /// Bytes of everything in it that could be seen.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        let entries = fs::read_dir(&self.path).into_iter().flatten().flatten();
        entries.filter_map(|entry| Some(entry.metadata().ok()?.len())).sum()
    }

    /// A tenth of the disk it is on, which is as much of it as a journal should take.
    ///
    /// # Errors
    /// The disk cannot be asked.
    pub fn tenth_of_the_disk(&self) -> io::Result<u64> {
        let disk = rustix::fs::statvfs(&self.path)?;
        Ok(disk.f_blocks.saturating_mul(disk.f_frsize) / 10)
    }

    /// A new file of this length whose blocks are on the disk.
    ///
    /// # Errors
    /// The disk is full, or refuses. Nothing is left behind.
    pub fn create(&self, bytes: usize) -> io::Result<(PathBuf, File)> {
        let name = u64::from_le_bytes(crate::model::random::bytes());
        let path = self.path.join(format!("{name:016x}.{SEGMENT_EXTENSION}"));
        let made = self.fill(&path, bytes);
        if made.is_err() {
            // It may not be there at all.
            let _ = fs::remove_file(&path);
        }
        Ok((path, made?))
    }

    fn fill(&self, path: &Path, bytes: usize) -> io::Result<File> {
        let mut file =
            OpenOptions::new().create_new(true).read(true).write(true).mode(0o600).open(path)?;
        fallocate(&file, FallocateFlags::empty(), 0, bytes as u64)?;
        // Written, so that no extent has to be turned from reserved to written by an append.
        file.write_all(&vec![0; bytes])?;
        file.sync_all()?;
        File::open(&self.path)?.sync_all()?;
        Ok(file)
    }

    /// Takes a file out of use, and keeps it for somebody to look at.
    ///
    /// # Errors
    /// It cannot be renamed.
    pub fn quarantine(&self, path: &Path) -> io::Result<PathBuf> {
        let aside = path.with_extension(QUARANTINE_EXTENSION);
        fs::rename(path, &aside)?;
        Ok(aside)
    }
}
