//! The journal's directory: who owns it, and the files in it.
//!
//! Files are made at their full length with their blocks allocated, so that a full disk is met here
//! and not by an edge thread; none is ever shrunk, or removed while it is mapped.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Read, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use rustix::fs::{FallocateFlags, FlockOperation, OFlags, fallocate, flock};

use super::format::{HeaderError, LARGE_BYTES, RECORDS_AT, SegmentHeader};

/// Where the journal is, in the data directory.
pub const JOURNAL: &str = "journal";

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
    pub header: Result<SegmentHeader, LeftoverError>,
}

/// Why a file is no segment whose clicks could be read.
#[derive(Debug, thiserror::Error)]
pub enum LeftoverError {
    /// Its first page is none of a segment.
    #[error(transparent)]
    Header(#[from] HeaderError),
    /// It is a directory, a link to somewhere else or the like, or cannot be read.
    #[error("it cannot be read")]
    Unreadable(#[source] io::Error),
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

    /// The segments that are there. One that cannot be read does not hide the others.
    ///
    /// # Errors
    /// The directory cannot be read.
    pub fn leftovers(&self) -> io::Result<Vec<Leftover>> {
        let segments = named(&self.path, SEGMENT_EXTENSION)?;
        Ok(segments.into_iter().map(Leftover::at).collect())
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
        let path = self.path.join(format!("{:016x}.{SEGMENT_EXTENSION}", random_name()));
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
        let mut aside = path.with_extension(QUARANTINE_EXTENSION);
        // What was set aside before stays as well.
        if aside.symlink_metadata().is_ok() {
            aside.set_file_name(format!("{:016x}.{QUARANTINE_EXTENSION}", random_name()));
        }
        fs::rename(path, &aside)?;
        Ok(aside)
    }
}

impl Leftover {
    /// What is at this path, as far as its first page tells.
    #[must_use]
    pub fn at(path: PathBuf) -> Self {
        let (bytes, header) = match look(&path) {
            Ok((bytes, header)) => (bytes, header.map_err(LeftoverError::from)),
            Err(error) => (0, Err(LeftoverError::Unreadable(error))),
        };
        Self { path, bytes, header }
    }
}

/// The segments in a directory that may be somebody else's, and what was set aside in it.
///
/// # Errors
/// The directory cannot be read.
pub fn look_around(directory: &Path) -> io::Result<(Vec<Leftover>, Vec<PathBuf>)> {
    let segments = named(directory, SEGMENT_EXTENSION)?;
    let aside = named(directory, QUARANTINE_EXTENSION)?;
    Ok((segments.into_iter().map(Leftover::at).collect(), aside))
}

fn named(directory: &Path, extension: &str) -> io::Result<Vec<PathBuf>> {
    let mut paths = Vec::new();
    for entry in fs::read_dir(directory)? {
        let path = entry?.path();
        if path.extension().is_some_and(|its| its == extension) {
            paths.push(path);
        }
    }
    paths.sort();
    Ok(paths)
}

fn look(path: &Path) -> io::Result<(usize, Result<SegmentHeader, HeaderError>)> {
    let mut file = open_segment(path, OpenOptions::new().read(true))?;
    let bytes = usize::try_from(file.metadata()?.len()).unwrap_or(usize::MAX);
    let mut page = Vec::with_capacity(RECORDS_AT);
    (&mut file).take(RECORDS_AT as u64).read_to_end(&mut page)?;
    let mut header = SegmentHeader::decode(&page);
    if header == Err(HeaderError::Blank) {
        // A first page that got lost does not make the others worthless.
        let mut rest = Vec::new();
        file.take(LARGE_BYTES as u64).read_to_end(&mut rest)?;
        if page.iter().chain(&rest).any(|byte| *byte != 0) {
            header = Err(HeaderError::Damaged);
        }
    }
    Ok((bytes, header))
}

/// Opens a segment: a plain file in the directory itself, and nothing that a link leads to or that
/// would make the caller wait.
///
/// # Errors
/// It is something else, or cannot be opened.
pub fn open_segment(path: &Path, how: &mut OpenOptions) -> io::Result<File> {
    let flags = OFlags::NOFOLLOW | OFlags::NONBLOCK;
    let file = how.custom_flags(flags.bits().cast_signed()).open(path)?;
    if !file.metadata()?.is_file() {
        return Err(io::Error::new(io::ErrorKind::InvalidInput, "it is not a plain file"));
    }
    Ok(file)
}

/// Opens a file that is to be used again, with all its blocks on the disk: one that was copied may
/// have holes, and a full disk would then be met by an edge thread.
///
/// # Errors
/// It is not there, has another length, or the disk is full.
pub fn open_again(path: &Path, bytes: usize) -> io::Result<File> {
    let file = open_segment(path, OpenOptions::new().read(true).write(true))?;
    if file.metadata()?.len() != bytes as u64 {
        return Err(io::Error::new(io::ErrorKind::InvalidData, "it has another length"));
    }
    fallocate(&file, FallocateFlags::empty(), 0, bytes as u64)?;
    Ok(file)
}

fn random_name() -> u64 {
    u64::from_le_bytes(crate::model::random::bytes())
}
