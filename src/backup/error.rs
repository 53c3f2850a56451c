//! Why a backup was not made, or not restored.

use std::io;
use std::path::{Path, PathBuf};

use crate::store::load::{Contents, LoadError};
use crate::store::migrate::MigrateError;
use crate::store::{self};

/// Why a backup was not made, or not restored. Unless it says otherwise, nothing was changed.
#[derive(Debug, thiserror::Error)]
pub enum BackupError {
    /// A file or its directory cannot be used.
    #[error("cannot use {}", path.display())]
    Io {
        /// Which.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// There is a file of that name.
    #[error("{} exists already: name a new file", .0.display())]
    Exists(PathBuf),
    /// The file is none of ours.
    #[error("{} is no backup of Carom's", .0.display())]
    Foreign(PathBuf),
    /// The file is damaged or cut off.
    #[error("{} is damaged: {what}: restore another backup", path.display())]
    Damaged {
        /// Which.
        path: PathBuf,
        /// What is wrong and where.
        what: String,
    },
    /// A newer program wrote it.
    #[error("{} was written by a newer carom: {what}: restore it with that", path.display())]
    Newer {
        /// Which.
        path: PathBuf,
        /// What is newer.
        what: String,
    },
    /// It is of an older schema, and the store has a newer one.
    #[error(
        "the backup is of schema {backup} and the store has schema {store}: restore it into an empty \
         database or a new file, which is brought up to date on the way"
    )]
    Older {
        /// The backup's newest migration.
        backup: i64,
        /// The store's.
        store: i64,
    },
    /// The store is in use, and was not to be replaced.
    #[error("the store is not empty: it holds {0}; `--replace` replaces everything in it")]
    Filled(Contents),
    /// The store failed.
    #[error("the store failed")]
    Store(#[from] store::Error),
    /// The schema could not be made.
    #[error("the schema cannot be made")]
    Migrate(#[from] MigrateError),
}

impl From<LoadError> for BackupError {
    fn from(error: LoadError) -> Self {
        match error {
            LoadError::Filled(contents) => Self::Filled(contents),
            LoadError::Store(error) => Self::Store(error),
        }
    }
}

impl BackupError {
    /// What cannot be done with a file.
    pub(super) fn io(path: &Path) -> impl FnOnce(io::Error) -> Self + use<> {
        let path = path.to_owned();
        move |source| Self::Io { path, source }
    }

    /// What is wrong with a file.
    pub(super) fn damaged(path: &Path, what: impl Into<String>) -> Self {
        Self::Damaged { path: path.to_owned(), what: what.into() }
    }
}
