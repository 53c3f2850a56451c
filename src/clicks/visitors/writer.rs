//! Merging visitors into the store.

use std::collections::HashSet;

use super::sketch;
use crate::store::sketches::{self, SketchKey, SketchRow};
use crate::store::{Error, Store};

/// Sketches in one transaction: half a megabyte at most, and some 10 ms of SQLite's writer.
const ROWS_MAX: usize = 200;

/// Unreadable sketches that are remembered as reported.
const REPORTED_MAX: usize = 1_000;

/// Writes visitors of this node to the store.
pub struct SketchWriter {
    store: Store,
    reported: HashSet<SketchKey>,
}

impl SketchWriter {
    /// A writer to this store.
    #[must_use]
    pub fn new(store: Store) -> Self {
        Self { store, reported: HashSet::new() }
    }

    /// Merges rows into the store, some at a time and in the order of their keys. A stored sketch
    /// that this version of Carom cannot read is left alone, and said once.
    ///
    /// # Errors
    /// The store's. Some rows may be written by then; all of them can be written again.
    pub async fn write(&mut self, rows: &[SketchRow]) -> Result<(), Error> {
        for rows in rows.chunks(ROWS_MAX) {
            let left_alone = sketches::merge(&self.store, rows.to_vec(), sketch::union).await?;
            self.report(&left_alone);
        }
        Ok(())
    }

    fn report(&mut self, left_alone: &[SketchKey]) {
        // A newer Carom may have written all of them, and may do so for months.
        let room = REPORTED_MAX.saturating_sub(self.reported.len());
        let is_new = |key: &&SketchKey| !self.reported.contains(key);
        let fresh: Vec<SketchKey> = left_alone.iter().filter(is_new).take(room).copied().collect();
        if let Some(first) = fresh.first() {
            tracing::warn!(
                count = fresh.len(), link = %first.link, day = %first.day,
                "visitor sketches that are damaged or from a newer carom are left alone"
            );
        }
        self.reported.extend(fresh);
    }
}
