//! Backups: everything in a store at one moment, in one file, and back into a store of either kind.
//!
//! ```text
//!  save      a store's rows ──► write ──► FILE.part ──► synced, renamed: FILE
//!  restore   FILE ──► read, all of it checked ──► its rows ──► a store, in one transaction
//!  schedule  save, now and then, and no more files than wanted
//!
//!  format    what stands in the file          rows     a row as bytes
//! ```
//!
//! What a row means is not known here: a file holds tables, columns and the four kinds of value that
//! both databases share. That is why either restores what the other has saved.

mod error;
mod format;
mod read;
mod restore;
mod rows;
mod save;
mod schedule;
mod write;

pub use error::BackupError;
pub use format::{FORMAT, Header};
pub use read::{Checked, check};
pub use restore::{Restored, restore};
pub use save::{Saved, save};
pub use schedule::{Plan, Scheduled};
pub use write::Writer;

/// How far a backup or a restore is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Progress<'t> {
    /// A file is checked before anything is changed.
    Checking {
        /// Bytes that were checked.
        done: u64,
        /// Bytes of the file.
        of: u64,
    },
    /// Rows are carried.
    Rows {
        /// The table that they are of.
        table: &'t str,
        /// Rows that were carried, of all tables.
        done: u64,
        /// Rows to be carried.
        of: u64,
    },
}

/// Whoever is told how far it is, now and then, on a thread that may wait.
pub type Told = Box<dyn FnMut(Progress<'_>) + Send>;
