//! Clicks: totals, quarter hours, and the positions that count each batch once.

use std::sync::Arc;

use futures_util::future::BoxFuture;

use super::driver::{Lane, Tx};
use super::{Error, Store};
use crate::model::click::ClickCount;
use crate::model::id::{LinkId, NodeId, StreamId, WorkspaceId};
use crate::model::time::Millis;
use crate::params;

/// Clicks of one link in one quarter hour.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ClickSum {
    /// The link that was followed.
    pub link: LinkId,
    /// The workspace that owned it then.
    pub workspace: WorkspaceId,
    /// The start of the quarter hour.
    pub quarter: Millis,
    /// How often.
    pub count: ClickCount,
}

/// A part of a stream of clicks: the sums of everything between two positions.
#[derive(Debug, Clone)]
pub struct Batch {
    /// The node that answered.
    pub node: NodeId,
    /// The stream on that node.
    pub stream: StreamId,
    /// The position before this batch; a new stream begins at 0.
    pub from: u64,
    /// The position after it.
    pub to: u64,
    /// One sum a link and quarter hour, in the order of their keys.
    pub sums: Arc<[ClickSum]>,
}

/// What became of a batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Absorbed {
    /// It was counted now.
    Now,
    /// The store's position is elsewhere and nothing was added: `position` is where the stream
    /// stands. At the batch's own end, an earlier try was counted and only its answer was lost.
    Elsewhere {
        /// Where the store says that the stream stands.
        position: u64,
    },
}

/// Adds a batch and moves its stream's position, both or neither, and only once.
///
/// # Errors
/// [`Error::Unavailable`] leaves open whether it was applied; the same batch can be offered again.
pub async fn absorb(store: &Store, batch: Batch) -> Result<Absorbed, Error> {
    store.write(Lane::Background, batch, absorb_in).await
}

fn absorb_in(tx: &mut dyn Tx, batch: Batch) -> BoxFuture<'_, Result<Absorbed, Error>> {
    Box::pin(async move {
        if !step(tx, &batch).await? {
            let position = position_in(tx, batch.node, batch.stream).await?;
            return Ok(Absorbed::Elsewhere { position });
        }
        tx.add_clicks(&batch.sums).await?;
        Ok(Absorbed::Now)
    })
}

/// Moves the position if it stands where the batch begins.
async fn step(tx: &mut dyn Tx, batch: &Batch) -> Result<bool, Error> {
    let moved = if batch.from == 0 {
        tx.execute(
            "INSERT INTO click_positions (node_id, stream_id, position, updated_at)
             VALUES ($1, $2, $3, {now}) ON CONFLICT DO NOTHING",
            params![batch.node, batch.stream, position(batch.to)],
        )
        .await?
    } else {
        tx.execute(
            "UPDATE click_positions SET position = $3, updated_at = {now}
             WHERE node_id = $1 AND stream_id = $2 AND position = $4",
            params![batch.node, batch.stream, position(batch.to), position(batch.from)],
        )
        .await?
    };
    Ok(moved == 1)
}

async fn position_in(tx: &mut dyn Tx, node: NodeId, stream: StreamId) -> Result<u64, Error> {
    let rows = tx
        .query(
            "SELECT position FROM click_positions WHERE node_id = $1 AND stream_id = $2",
            params![node, stream],
        )
        .await?;
    rows.first().map_or(Ok(0), |row| row.count(0))
}

fn position(at: u64) -> i64 {
    i64::try_from(at).unwrap_or(i64::MAX)
}

/// Everything the store has counted for a link.
///
/// # Errors
/// [`Error::Unavailable`].
pub async fn total(store: &Store, link: LinkId) -> Result<ClickCount, Error> {
    let rows = store
        .query("SELECT people, bots FROM click_totals WHERE link_id = $1", params![link])
        .await?;
    rows.first().map_or(Ok(ClickCount::default()), |row| {
        Ok(ClickCount { people: row.count(0)?, bots: row.count(1)? })
    })
}

/// Forgets streams that have not moved since `before`: their node opens a new one at each start.
///
/// # Errors
/// [`Error::Unavailable`].
pub async fn forget_streams(store: &Store, before: Millis) -> Result<u64, Error> {
    store
        .execute(
            Lane::Background,
            // No index: a handful of rows, looked through once an hour.
            "DELETE FROM click_positions WHERE updated_at < $1",
            params![before],
        )
        .await
}
