//! Adding a batch of clicks once, and where each stream stands.

use std::collections::HashMap;
use std::sync::Arc;

use futures_util::future::BoxFuture;

use super::mark::Mark;
use super::rows::ClickRows;
use crate::model::id::{NodeId, StreamId};
use crate::model::time::Millis;
use crate::params;
use crate::store::driver::{Lane, Tx};
use crate::store::{Error, Row, Store};

/// One stream's part of a batch: everything between two marks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Step {
    /// The stream.
    pub stream: StreamId,
    /// Where it stands before the batch.
    pub from: Mark,
    /// Where it stands after it.
    pub to: Mark,
}

/// Clicks of one or more streams of a node.
#[derive(Debug, Clone)]
pub struct Batch {
    /// The node that answered.
    pub node: NodeId,
    /// Which streams move how far.
    pub steps: Arc<[Step]>,
    /// What everything between adds up to.
    pub rows: Arc<ClickRows>,
}

/// What became of a batch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Absorbed {
    /// It was counted now.
    Now,
    /// A stream does not stand where the batch begins, and nothing was added. When all of them stand
    /// at the batch's end, an earlier try was counted and only its answer was lost.
    Elsewhere {
        /// Where each stream of the batch stands, in the order of its steps.
        marks: Vec<Mark>,
    },
}

/// Adds a batch and moves its streams' positions, all or nothing, and only once.
///
/// # Errors
/// [`Error::Unavailable`] leaves open whether it was applied; the same batch can be offered again.
pub async fn absorb(store: &Store, batch: Batch) -> Result<Absorbed, Error> {
    match store.write(Lane::Background, batch.clone(), absorb_in).await {
        // The refusal is an error so that steps already made are taken back with it.
        Err(Error::Stale) => {
            let mut marks = Vec::with_capacity(batch.steps.len());
            for step in &*batch.steps {
                marks.push(mark(store, batch.node, step.stream).await?);
            }
            Ok(Absorbed::Elsewhere { marks })
        }
        Err(error) => Err(error),
        Ok(()) => Ok(Absorbed::Now),
    }
}

fn absorb_in(tx: &mut dyn Tx, batch: Batch) -> BoxFuture<'_, Result<(), Error>> {
    Box::pin(async move {
        for step in &*batch.steps {
            if !make(tx, batch.node, *step).await? {
                return Err(Error::Stale);
            }
        }
        tx.add_clicks(&batch.rows).await
    })
}

/// Moves a stream's mark if it stands where the step begins.
async fn make(tx: &mut dyn Tx, node: NodeId, step: Step) -> Result<bool, Error> {
    let mut params = params![node, step.stream];
    params.extend(step.to.values());
    let moved = if step.from == Mark::default() {
        tx.execute(
            "INSERT INTO click_positions (node_id, stream_id, position, ahead_until, ahead_link,
                 ahead_sequence, updated_at)
             VALUES ($1, $2, $3, $4, $5, $6, {now}) ON CONFLICT DO NOTHING",
            params,
        )
        .await?
    } else {
        params.extend(step.from.values());
        tx.execute(
            "UPDATE click_positions
             SET position = $3, ahead_until = $4, ahead_link = $5, ahead_sequence = $6,
                 updated_at = {now}
             WHERE node_id = $1 AND stream_id = $2 AND position = $7 AND ahead_until = $8
               AND ahead_link = $9 AND ahead_sequence = $10",
            params,
        )
        .await?
    };
    Ok(moved == 1)
}

/// How far a stream has been absorbed; nothing of one that the store does not know.
///
/// # Errors
/// [`Error::Unavailable`].
pub async fn mark(store: &Store, node: NodeId, stream: StreamId) -> Result<Mark, Error> {
    let rows = store
        .query_for(
            Lane::Background,
            "SELECT position, ahead_until, ahead_link, ahead_sequence
             FROM click_positions WHERE node_id = $1 AND stream_id = $2",
            params![node, stream],
        )
        .await?;
    rows.first().map_or(Ok(Mark::default()), |row| Mark::read(row, 0))
}

/// How far each stream of a node has been absorbed.
///
/// # Errors
/// [`Error::Unavailable`].
pub async fn marks(store: &Store, node: NodeId) -> Result<HashMap<StreamId, Mark>, Error> {
    let rows = store
        .query_for(
            Lane::Background,
            "SELECT stream_id, position, ahead_until, ahead_link, ahead_sequence
             FROM click_positions WHERE node_id = $1",
            params![node],
        )
        .await?;
    rows.iter().map(|row| Ok((StreamId::from_stored(row.int(0)?), Mark::read(row, 1)?))).collect()
}

/// A node that writes clicks, and when it last did, by the store's clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Writer {
    /// The node.
    pub node: NodeId,
    /// When it last wrote.
    pub wrote_at: Millis,
}

/// All nodes that have written clicks lately, the latest first.
///
/// # Errors
/// [`Error::Unavailable`].
pub async fn writers(store: &Store) -> Result<Vec<Writer>, Error> {
    let rows = store
        .query(
            // No index: there is a row for each opening of a journal of late.
            "SELECT node_id, MAX(updated_at) FROM click_positions GROUP BY node_id
             ORDER BY MAX(updated_at) DESC, node_id",
            params![],
        )
        .await?;
    let read = |row: &Row| {
        let wrote_at = Millis::from_epoch(row.int(1)?);
        Ok(Writer { node: NodeId::from_stored(row.int(0)?), wrote_at })
    };
    rows.iter().map(read).collect()
}

/// Forgets streams that have not moved since `before`: their node opens a new one at each start.
///
/// # Errors
/// [`Error::Unavailable`].
pub async fn forget_streams(store: &Store, before: Millis) -> Result<u64, Error> {
    store
        .execute(
            Lane::Background,
            // No index: a few thousand rows, looked through once an hour.
            "DELETE FROM click_positions WHERE updated_at < $1",
            params![before],
        )
        .await
}
