//! The geo database: read into memory, and again when its file changes.

use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use maxminddb::{MaxMindDbError, Reader};

use crate::telemetry::in_full;

/// Least time between two looks at the file.
const LOOK_EVERY: Duration = Duration::from_secs(10);

/// Why a database cannot be used.
#[derive(Debug, thiserror::Error)]
enum GeoFault {
    #[error("the file cannot be read")]
    Unreadable(#[source] io::Error),
    #[error("it is no file")]
    NoFile,
    #[error("it is no MaxMind database")]
    Broken(#[source] MaxMindDbError),
    #[error("it is being written")]
    Changing,
}

/// What tells one version of a file from the next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Version {
    device: u64,
    inode: u64,
    bytes: u64,
    modified: (i64, i64),
}

/// What was at the path when it was last looked at.
#[derive(Debug, PartialEq, Eq)]
enum Seen {
    /// Nothing was settled: look again.
    Unsettled,
    /// No file.
    Nothing,
    /// This one, good or broken.
    File(Version),
}

/// The newest readable version of the file.
///
/// It is a copy in memory and not a map of the file: who writes over a mapped file, or cuts it,
/// ends the process.
pub(super) struct GeoFile {
    path: PathBuf,
    reader: Option<Reader<Vec<u8>>>,
    seen: Seen,
    looked_at: Option<Instant>,
    has_warned: bool,
}

impl GeoFile {
    /// Reads the file, if it can be read.
    pub(super) fn open(path: PathBuf) -> Self {
        let mut file =
            Self { path, reader: None, seen: Seen::Unsettled, looked_at: None, has_warned: false };
        file.read_again();
        file
    }

    /// The newest version that could be read.
    pub(super) fn reader(&self) -> Option<&Reader<Vec<u8>>> {
        self.reader.as_ref()
    }

    /// Looks whether the file changed, unless it looked just now; true if there is a new version.
    pub(super) fn look(&mut self, now: Instant) -> bool {
        let is_due = self.looked_at.is_none_or(|at| now.duration_since(at) >= LOOK_EVERY);
        if !is_due {
            return false;
        }
        self.looked_at = Some(now);
        self.read_again()
    }

    fn read_again(&mut self) -> bool {
        let version = version(&self.path);
        let seen = match &version {
            Ok(version) => Seen::File(*version),
            Err(_) => Seen::Nothing,
        };
        if seen == self.seen {
            return false;
        }
        match version.and_then(|version| read(&self.path, version)) {
            Ok(reader) => {
                let metadata = reader.metadata();
                tracing::info!(
                    file = %self.path.display(),
                    kind = metadata.database_type,
                    built_at_s = metadata.build_epoch,
                    "the geo database is read"
                );
                self.reader = Some(reader);
                self.seen = seen;
                self.has_warned = false;
                true
            }
            Err(GeoFault::Changing) => false,
            Err(fault) => {
                self.seen = seen;
                let what = match self.reader {
                    Some(_) => "the new geo database cannot be used: the one before stays in use",
                    None => "the geo database cannot be used: clicks are counted without places",
                };
                self.warn(&fault, what);
                false
            }
        }
    }

    /// Warns of a fault, once until there is a new version.
    pub(super) fn warn(&mut self, fault: &(dyn std::error::Error + 'static), what: &str) {
        if !std::mem::replace(&mut self.has_warned, true) {
            let error = in_full(fault);
            tracing::warn!(error, file = %self.path.display(), "{what}");
        }
    }
}

fn version(path: &Path) -> Result<Version, GeoFault> {
    let metadata = std::fs::metadata(path).map_err(GeoFault::Unreadable)?;
    // A pipe would hold up the thread, and a device would never end.
    if !metadata.is_file() {
        return Err(GeoFault::NoFile);
    }
    Ok(Version {
        device: metadata.dev(),
        inode: metadata.ino(),
        bytes: metadata.size(),
        modified: (metadata.mtime(), metadata.mtime_nsec()),
    })
}

fn read(path: &Path, expected: Version) -> Result<Reader<Vec<u8>>, GeoFault> {
    let bytes = std::fs::read(path).map_err(GeoFault::Unreadable)?;
    // Half of one version and half of the next may look like a database.
    if version(path)? != expected {
        return Err(GeoFault::Changing);
    }
    Reader::from_source(bytes).map_err(GeoFault::Broken)
}

impl std::fmt::Debug for GeoFile {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("GeoFile").field("path", &self.path).field("seen", &self.seen).finish()
    }
}
