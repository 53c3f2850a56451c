//! The end of visits: kept for a while, forgotten afterwards.

use crate::model::id::WorkspaceId;
use crate::model::time::Millis;
use crate::params;
use crate::store::driver::Lane;
use crate::store::{Error, Store};

/// Visits that one transaction forgets, about: those of the last millisecond come along.
const CHUNK_ROWS: i64 = 2_000;

/// Forgets the visits from before `before`, and returns how many those were.
///
/// # Errors
/// [`Error::Unavailable`]; what was forgotten until then stays so.
pub async fn forget_visits(store: &Store, before: Millis) -> Result<u64, Error> {
    let mut forgotten = 0;
    let mut workspace = WorkspaceId::from_stored(0);
    while let Some(next) = next_workspace(store, workspace).await? {
        workspace = next;
        loop {
            let (until, is_last) = match end_of_chunk(store, workspace, before).await? {
                Some(at) => (at, false),
                None => (Millis::from_epoch(before.get() - 1), true),
            };
            forgotten += forget_until(store, workspace, until).await?;
            if is_last {
                break;
            }
        }
    }
    Ok(forgotten)
}

/// The workspace after this one that has visits.
pub(super) async fn next_workspace(
    store: &Store,
    after: WorkspaceId,
) -> Result<Option<WorkspaceId>, Error> {
    let rows = store
        .query_for(
            Lane::Background,
            "SELECT MIN(workspace_id) FROM visits WHERE workspace_id > $1",
            params![after],
        )
        .await?;
    let id = rows.first().map_or(Ok(None), |row| row.opt_int(0))?;
    Ok(id.map(WorkspaceId::from_stored))
}

/// When the last visit of a full chunk was made, or nothing when less than one is left.
async fn end_of_chunk(
    store: &Store,
    workspace: WorkspaceId,
    before: Millis,
) -> Result<Option<Millis>, Error> {
    let rows = store
        .query_for(
            Lane::Background,
            "SELECT at FROM visits WHERE workspace_id = $1 AND at < $2
             ORDER BY at LIMIT 1 OFFSET $3",
            params![workspace, before, CHUNK_ROWS - 1],
        )
        .await?;
    rows.first().map(|row| row.int(0).map(Millis::from_epoch)).transpose()
}

async fn forget_until(store: &Store, workspace: WorkspaceId, until: Millis) -> Result<u64, Error> {
    store
        .execute(
            Lane::Background,
            "DELETE FROM visits WHERE workspace_id = $1 AND at <= $2",
            params![workspace, until],
        )
        .await
}
