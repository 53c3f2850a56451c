//! This node's identity and its data directory.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use crate::model::id::NodeId;

/// The file that holds the node's id.
const ID_FILE: &str = "node-id";

/// Why the data directory cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum DataError {
    /// A file or the directory itself cannot be made, read or written.
    #[error("cannot use {}", path.display())]
    Io {
        /// Which.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// The id file holds something else.
    #[error("{} does not hold a node id: delete it, and this node gets a new one", path.display())]
    Id {
        /// The file.
        path: PathBuf,
    },
}

/// Makes the data directory, for its owner alone, when it is missing.
///
/// # Errors
/// It cannot be made.
pub fn prepare(directory: &Path) -> Result<(), DataError> {
    if directory.is_dir() {
        return Ok(());
    }
    DirBuilder::new().recursive(true).mode(0o700).create(directory).map_err(at(directory))
}

/// The id of the node that owns this data directory; a new directory gets one.
///
/// # Errors
/// The file cannot be read or written, or holds something else.
pub fn identity(directory: &Path) -> Result<NodeId, DataError> {
    let path = directory.join(ID_FILE);
    match fs::read_to_string(&path) {
        Ok(text) => text.trim().parse().map_err(|_| DataError::Id { path }),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            let id = NodeId::random();
            write_private(&path, format!("{id}\n").as_bytes())?;
            Ok(id)
        }
        Err(error) => Err(at(&path)(error)),
    }
}

/// Writes a file that only its owner can read, replacing an older one whole. Blocks until it is on
/// the disk.
///
/// # Errors
/// It cannot be written; the older one is still there.
pub fn write_private(path: &Path, bytes: &[u8]) -> Result<(), DataError> {
    let fresh = path.with_extension("new");
    let write = || {
        let mut file =
            OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&fresh)?;
        file.write_all(bytes)?;
        file.sync_all()?;
        fs::rename(&fresh, path)?;
        File::open(path.parent().unwrap_or(Path::new(".")))?.sync_all()
    };
    write().map_err(at(path))
}

fn at(path: &Path) -> impl FnOnce(io::Error) -> DataError + use<> {
    let path = path.to_owned();
    move |source| DataError::Io { path, source }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_directory_keeps_its_identity_and_rubbish_is_refused() {
        let directory = tempfile::tempdir().expect("a directory");
        let id = identity(directory.path()).expect("an id");
        assert_eq!(identity(directory.path()).expect("the same id"), id);
        fs::write(directory.path().join(ID_FILE), "rubbish").expect("written");
        assert!(matches!(identity(directory.path()), Err(DataError::Id { .. })));
    }
}
