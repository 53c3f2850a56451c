//! First answers to requests that carried an `Idempotency-Key`.

use super::driver::{Lane, Tx};
use super::{Error, Store};
use crate::model::id::{LinkId, WorkspaceId};
use crate::model::time::Millis;
use crate::params;

/// A request that must have one effect, however often it is sent.
#[derive(Debug, Clone)]
pub struct Request {
    /// The workspace the key of the caller acts in; names of others do not meet.
    pub workspace: WorkspaceId,
    /// What stood in `Idempotency-Key`.
    pub name: String,
    /// SHA-256 of what was asked.
    pub digest: Vec<u8>,
}

/// What was answered the first time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answered {
    /// SHA-256 of what was asked then.
    pub digest: Vec<u8>,
    /// The link that was made.
    pub link: LinkId,
    /// The body of the answer.
    pub answer: String,
}

/// The first answer to a request of this name.
///
/// # Errors
/// [`Error::Unavailable`].
pub async fn find(
    store: &Store,
    workspace: WorkspaceId,
    name: &str,
) -> Result<Option<Answered>, Error> {
    let rows = store
        .query(
            "SELECT request_digest, link_id, answer FROM idempotency_keys
             WHERE workspace_id = $1 AND name = $2",
            params![workspace, name],
        )
        .await?;
    let read = |row: &super::Row| {
        Ok(Answered {
            digest: row.bytes(0)?.to_vec(),
            link: LinkId::from_stored(row.int(1)?),
            answer: row.text(2)?,
        })
    };
    rows.first().map(read).transpose()
}

/// Keeps the first answer; `false` when another transaction was first.
pub(super) async fn keep_in(
    tx: &mut dyn Tx,
    request: &Request,
    link: LinkId,
    answer: &str,
) -> Result<bool, Error> {
    let kept = tx
        .execute(
            "INSERT INTO idempotency_keys
                 (workspace_id, name, request_digest, link_id, answer, created_at)
             VALUES ($1, $2, $3, $4, $5, {now}) ON CONFLICT DO NOTHING",
            params![request.workspace, request.name.as_str(), request.digest.clone(), link, answer],
        )
        .await?;
    Ok(kept == 1)
}

/// Forgets answers from before `before`.
///
/// # Errors
/// [`Error::Unavailable`].
pub async fn forget(store: &Store, before: Millis) -> Result<u64, Error> {
    store
        .execute(
            Lane::Background,
            // No index: at most a day's keys, looked through once an hour.
            "DELETE FROM idempotency_keys WHERE created_at < $1",
            params![before],
        )
        .await
}
