//! Sketches of a link's visitors, one a UTC day, merged into what is there.
//!
//! The store does not read them: how two become one is handed in by whoever made them.

use std::sync::Arc;

use futures_util::future::BoxFuture;

use super::driver::{Lane, Tx};
use super::{Error, Store};
use crate::model::id::{LinkId, WorkspaceId};
use crate::model::time::Millis;
use crate::params;

/// Which sketch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SketchKey {
    /// The link that was visited.
    pub link: LinkId,
    /// The start of the UTC day.
    pub day: Millis,
}

/// What is added to a sketch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SketchRow {
    /// Which sketch.
    pub key: SketchKey,
    /// The workspace that owned the link then.
    pub workspace: WorkspaceId,
    /// The visitors, in the stored form.
    pub sketch: Vec<u8>,
}

/// A link's visitors of one day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DaySketch {
    /// The start of the UTC day.
    pub day: Millis,
    /// The visitors, in the stored form.
    pub sketch: Vec<u8>,
}

/// Makes one sketch of a stored and an added one. `None` when the stored one cannot be read, which
/// is then left alone.
pub type Union = fn(stored: &[u8], added: &[u8]) -> Option<Vec<u8>>;

/// Adds visitors to sketches in one transaction, and returns those that were left alone.
///
/// Nothing is lost when nodes merge into the same sketches at once. Merging the same rows again
/// changes nothing, as long as `union` is idempotent.
///
/// # Errors
/// [`Error::Unavailable`] leaves open whether it was applied; the same rows can be merged again.
pub async fn merge(
    store: &Store,
    mut rows: Vec<SketchRow>,
    union: Union,
) -> Result<Vec<SketchKey>, Error> {
    // Sorted, so that two nodes which merge the same sketches cannot deadlock.
    rows.sort_unstable_by_key(|row| row.key);
    store.write(Lane::Background, (Arc::from(rows), union), merge_in).await
}

fn merge_in(
    tx: &mut dyn Tx,
    (rows, union): (Arc<[SketchRow]>, Union),
) -> BoxFuture<'_, Result<Vec<SketchKey>, Error>> {
    Box::pin(async move { tx.merge_sketches(&rows, union).await })
}

/// The sketches of a link whose days begin in `from..to`, oldest first; days without visitors have
/// none.
///
/// # Errors
/// [`Error::Unavailable`].
pub async fn daily(
    store: &Store,
    link: LinkId,
    from: Millis,
    to: Millis,
) -> Result<Vec<DaySketch>, Error> {
    let rows = store
        .query(
            "SELECT day, sketch FROM visitor_sketches
             WHERE link_id = $1 AND day >= $2 AND day < $3 ORDER BY day",
            params![link, from, to],
        )
        .await?;
    let read = |row: &super::Row| {
        Ok(DaySketch { day: Millis::from_epoch(row.int(0)?), sketch: row.bytes(1)?.to_vec() })
    };
    rows.iter().map(read).collect()
}
