//! API keys: only their SHA-256 is here.

use super::driver::{Lane, Tx};
use super::{Error, Row, Store};
use crate::model::id::{ApiKeyId, WorkspaceId};
use crate::model::time::Millis;
use crate::params;

/// A key to be stored.
#[derive(Debug, Clone)]
pub struct NewKey {
    /// A name for people.
    pub name: String,
    /// The beginning of the key, for people to tell keys apart.
    pub prefix: String,
    /// SHA-256 of the whole key.
    pub digest: Vec<u8>,
    /// What it may do, with spaces between.
    pub scopes: String,
    /// When it stops working.
    pub expires_at: Option<Millis>,
}

/// A stored key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredKey {
    /// Its id.
    pub id: ApiKeyId,
    /// The workspace it acts in.
    pub workspace: WorkspaceId,
    /// A name for people.
    pub name: String,
    /// The beginning of the key.
    pub prefix: String,
    /// What it may do, with spaces between.
    pub scopes: String,
    /// When it was made.
    pub created_at: Millis,
    /// When it stops working.
    pub expires_at: Option<Millis>,
    /// When it was revoked.
    pub revoked_at: Option<Millis>,
}

/// Stores a key.
///
/// # Errors
/// [`Error::Unavailable`].
pub async fn create(store: &Store, workspace: WorkspaceId, key: NewKey) -> Result<ApiKeyId, Error> {
    store
        .write(Lane::Admin, (workspace, key), |tx, (workspace, key)| {
            Box::pin(async move { insert_in(tx, workspace, &key).await })
        })
        .await
}

pub(super) async fn insert_in(
    tx: &mut dyn Tx,
    workspace: WorkspaceId,
    key: &NewKey,
) -> Result<ApiKeyId, Error> {
    let id = ApiKeyId::random();
    let inserted = tx
        .execute(
            "INSERT INTO api_keys
                 (id, workspace_id, name, prefix, digest, scopes, created_at, expires_at)
             VALUES ($1, $2, $3, $4, $5, $6, {now}, $7) ON CONFLICT DO NOTHING",
            params![
                id,
                workspace,
                key.name.as_str(),
                key.prefix.as_str(),
                key.digest.clone(),
                key.scopes.as_str(),
                key.expires_at
            ],
        )
        .await?;
    if inserted == 1 { Ok(id) } else { Err(Error::Taken) }
}

/// The key with this digest, if it works now by the store's clock.
///
/// # Errors
/// [`Error::Unavailable`].
pub async fn find_working(store: &Store, digest: Vec<u8>) -> Result<Option<StoredKey>, Error> {
    let rows = store
        .query(
            "SELECT id, workspace_id, name, prefix, scopes, created_at, expires_at, revoked_at
             FROM api_keys
             WHERE digest = $1 AND revoked_at IS NULL AND (expires_at IS NULL OR expires_at > {now})",
            params![digest],
        )
        .await?;
    rows.first().map(read).transpose()
}

/// All keys of a workspace, oldest first.
///
/// # Errors
/// [`Error::Unavailable`].
pub async fn list(store: &Store, workspace: WorkspaceId) -> Result<Vec<StoredKey>, Error> {
    let rows = store
        .query(
            // No index: a workspace has a handful of keys, and only people list them.
            "SELECT id, workspace_id, name, prefix, scopes, created_at, expires_at, revoked_at
             FROM api_keys WHERE workspace_id = $1 ORDER BY created_at, id",
            params![workspace],
        )
        .await?;
    rows.iter().map(read).collect()
}

/// Ends a key at once. Says whether there was a working one.
///
/// # Errors
/// [`Error::Unavailable`].
pub async fn revoke(store: &Store, workspace: WorkspaceId, id: ApiKeyId) -> Result<bool, Error> {
    let revoked = store
        .execute(
            Lane::Admin,
            "UPDATE api_keys SET revoked_at = {now}
             WHERE id = $1 AND workspace_id = $2 AND revoked_at IS NULL",
            params![id, workspace],
        )
        .await?;
    Ok(revoked == 1)
}

fn read(row: &Row) -> Result<StoredKey, Error> {
    Ok(StoredKey {
        id: ApiKeyId::from_stored(row.int(0)?),
        workspace: WorkspaceId::from_stored(row.int(1)?),
        name: row.text(2)?,
        prefix: row.text(3)?,
        scopes: row.text(4)?,
        created_at: Millis::from_epoch(row.int(5)?),
        expires_at: row.opt_int(6)?.map(Millis::from_epoch),
        revoked_at: row.opt_int(7)?.map(Millis::from_epoch),
    })
}
