//! API keys: only their SHA-256 is here.

use std::sync::Arc;

use futures_util::future::BoxFuture;
use serde_json::json;

use super::audit::{self, Deed, Subject};
use super::driver::{Lane, Tx};
use super::{Error, Row, Store};
use crate::model::actor::Actor;
use crate::model::id::{ApiKeyId, DomainId, WorkspaceId};
use crate::model::time::Millis;
use crate::params;

/// How exactly a key's last use is known: a write for each request would cost more than it tells.
const USED_EVERY_MS: i64 = 60_000;

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
    /// The domains it is good for; none: all of its workspace.
    pub domains: Option<Vec<DomainId>>,
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
    /// The domains it is good for; none: all of its workspace.
    pub domains: Option<Vec<DomainId>>,
    /// Who made it, by the name they had.
    pub created_by: Option<String>,
    /// When it was made.
    pub created_at: Millis,
    /// When it stops working.
    pub expires_at: Option<Millis>,
    /// When it was revoked.
    pub revoked_at: Option<Millis>,
    /// When it was last used, to the minute.
    pub last_used_at: Option<Millis>,
    /// The key that takes its place.
    pub replaced_by: Option<ApiKeyId>,
}

/// What a new key takes the place of.
#[derive(Debug, Clone, Copy)]
pub struct Rotation {
    /// The old key.
    pub old: ApiKeyId,
    /// How long the old one goes on working.
    pub overlap_ms: i64,
}

/// Stores a key.
///
/// # Errors
/// [`Error::Unavailable`].
pub async fn create(store: &Store, workspace: WorkspaceId, key: NewKey) -> Result<ApiKeyId, Error> {
    store
        .write(Lane::Admin, (store.actor(), workspace, key), |tx, (actor, workspace, key)| {
            Box::pin(async move { insert_in(tx, &actor, workspace, &key).await })
        })
        .await
}

pub(super) async fn insert_in(
    tx: &mut dyn Tx,
    actor: &Actor,
    workspace: WorkspaceId,
    key: &NewKey,
) -> Result<ApiKeyId, Error> {
    let id = ApiKeyId::random();
    let inserted = tx
        .execute(
            "INSERT INTO api_keys
                 (id, workspace_id, name, prefix, digest, scopes, created_at, expires_at,
                  created_by, domains)
             VALUES ($1, $2, $3, $4, $5, $6, {now}, $7, $8, $9) ON CONFLICT DO NOTHING",
            params![
                id,
                workspace,
                key.name.as_str(),
                key.prefix.as_str(),
                key.digest.clone(),
                key.scopes.as_str(),
                key.expires_at,
                actor.name.as_str(),
                key.domains.as_deref().map(domain_list)
            ],
        )
        .await?;
    if inserted == 0 {
        return Err(Error::Taken);
    }
    let detail = json!({
        "prefix": key.prefix,
        "scopes": key.scopes,
        "domains": key.domains,
        "expires_at": key.expires_at,
    });
    audit::enter(tx, actor, &deed(workspace, "key.created", id, &key.name).with(detail)).await?;
    Ok(id)
}

/// Stores a key that takes the place of another, which goes on working for a while. `build` gives the
/// new key from the old one.
///
/// # Errors
/// [`Error::Missing`] when there is no such key that works, or it has a successor already.
pub async fn rotate(
    store: &Store,
    workspace: WorkspaceId,
    rotation: Rotation,
    build: Arc<dyn Fn(&StoredKey) -> NewKey + Send + Sync>,
) -> Result<StoredKey, Error> {
    store.write(Lane::Admin, (store.actor(), workspace, rotation, build), rotate_in).await
}

type Rotating =
    (Arc<Actor>, WorkspaceId, Rotation, Arc<dyn Fn(&StoredKey) -> NewKey + Send + Sync>);

fn rotate_in(
    tx: &mut dyn Tx,
    (actor, workspace, rotation, build): Rotating,
) -> BoxFuture<'_, Result<StoredKey, Error>> {
    Box::pin(async move {
        let rows = tx
            .query(
                "SELECT id, workspace_id, name, prefix, scopes, created_at, expires_at, revoked_at,
                        created_by, domains, last_used_at, replaced_by
                 FROM api_keys
                 WHERE id = $1 AND workspace_id = $2 AND revoked_at IS NULL AND replaced_by IS NULL
                   AND (expires_at IS NULL OR expires_at > {now})",
                params![rotation.old, workspace],
            )
            .await?;
        let old = read(rows.first().ok_or(Error::Missing)?)?;
        let id = insert_in(tx, &actor, workspace, &build(&old)).await?;
        // Two who rotate one key at once: the second finds it replaced.
        let replaced = tx
            .execute(
                "UPDATE api_keys SET replaced_by = $3,
                        expires_at = CASE WHEN expires_at IS NULL OR expires_at > {now} + $4
                                          THEN {now} + $4 ELSE expires_at END
                 WHERE id = $1 AND workspace_id = $2 AND replaced_by IS NULL",
                params![rotation.old, workspace, id, rotation.overlap_ms],
            )
            .await?;
        if replaced == 0 {
            return Err(Error::Missing);
        }
        let detail = json!({ "replaced_by": id, "overlap_ms": rotation.overlap_ms });
        let deed = deed(workspace, "key.rotated", old.id, &old.name).with(detail);
        audit::enter(tx, &actor, &deed).await?;
        let rows = tx
            .query(
                "SELECT id, workspace_id, name, prefix, scopes, created_at, expires_at, revoked_at,
                        created_by, domains, last_used_at, replaced_by
                 FROM api_keys WHERE id = $1 AND workspace_id = $2",
                params![id, workspace],
            )
            .await?;
        read(rows.first().ok_or(Error::Missing)?)
    })
}

/// The key with this digest, if it works now by the store's clock.
///
/// # Errors
/// [`Error::Unavailable`].
pub async fn find_working(store: &Store, digest: Vec<u8>) -> Result<Option<StoredKey>, Error> {
    let rows = store
        .query(
            "SELECT id, workspace_id, name, prefix, scopes, created_at, expires_at, revoked_at,
                    created_by, domains, last_used_at, replaced_by
             FROM api_keys
             WHERE digest = $1 AND revoked_at IS NULL AND (expires_at IS NULL OR expires_at > {now})",
            params![digest],
        )
        .await?;
    rows.first().map(read).transpose()
}

impl StoredKey {
    /// `working`, `expired` or `revoked`.
    #[must_use]
    pub fn state(&self, now: Millis) -> &'static str {
        if self.revoked_at.is_some() {
            "revoked"
        } else if self.expires_at.is_some_and(|at| at <= now) {
            "expired"
        } else {
            "working"
        }
    }

    /// Whether its last use, as the store has it, is so fresh that another need not be noted.
    #[must_use]
    pub fn was_used_lately(&self, now: Millis) -> bool {
        self.last_used_at.is_some_and(|at| now.get().saturating_sub(at.get()) < USED_EVERY_MS)
    }
}

/// Notes that a key was used, to the minute.
///
/// # Errors
/// [`Error::Unavailable`].
pub async fn used(store: &Store, key: &StoredKey) -> Result<(), Error> {
    store
        .execute(
            Lane::Background,
            "UPDATE api_keys SET last_used_at = {now}
             WHERE id = $1 AND (last_used_at IS NULL OR last_used_at < {now} - $2)",
            params![key.id, USED_EVERY_MS],
        )
        .await
        .map(drop)
}

/// A key of this workspace.
///
/// # Errors
/// [`Error::Missing`].
pub async fn get(store: &Store, workspace: WorkspaceId, id: ApiKeyId) -> Result<StoredKey, Error> {
    let rows = store
        .query(
            "SELECT id, workspace_id, name, prefix, scopes, created_at, expires_at, revoked_at,
                    created_by, domains, last_used_at, replaced_by
             FROM api_keys WHERE id = $1 AND workspace_id = $2",
            params![id, workspace],
        )
        .await?;
    read(rows.first().ok_or(Error::Missing)?)
}

/// All keys of a workspace, oldest first.
///
/// # Errors
/// [`Error::Unavailable`].
pub async fn list(store: &Store, workspace: WorkspaceId) -> Result<Vec<StoredKey>, Error> {
    let rows = store
        .query(
            // No index: a workspace has a handful of keys, and only people list them.
            "SELECT id, workspace_id, name, prefix, scopes, created_at, expires_at, revoked_at,
                    created_by, domains, last_used_at, replaced_by
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
    store.write(Lane::Admin, (store.actor(), workspace, id), revoke_in).await
}

fn revoke_in(
    tx: &mut dyn Tx,
    (actor, workspace, id): (Arc<Actor>, WorkspaceId, ApiKeyId),
) -> BoxFuture<'_, Result<bool, Error>> {
    Box::pin(async move {
        let rows = tx
            .query(
                "UPDATE api_keys SET revoked_at = {now}
                 WHERE id = $1 AND workspace_id = $2 AND revoked_at IS NULL RETURNING name",
                params![id, workspace],
            )
            .await?;
        let Some(row) = rows.first() else { return Ok(false) };
        let deed = deed(workspace, "key.revoked", id, &row.text(0)?);
        audit::enter(tx, &actor, &deed).await?;
        Ok(true)
    })
}

fn deed(workspace: WorkspaceId, action: &'static str, id: ApiKeyId, name: &str) -> Deed {
    Deed::new(workspace, action, Subject::new("key", id.get(), name))
}

fn domain_list(domains: &[DomainId]) -> String {
    let ids: Vec<_> = domains.iter().map(ToString::to_string).collect();
    ids.join(" ")
}

fn read(row: &Row) -> Result<StoredKey, Error> {
    let domains = row.opt_text(9)?.map(|list| {
        let ids = list.split_whitespace().map(str::parse);
        ids.collect::<Result<Vec<DomainId>, _>>().map_err(|e| Error::Corrupt(e.to_string()))
    });
    Ok(StoredKey {
        id: ApiKeyId::from_stored(row.int(0)?),
        workspace: WorkspaceId::from_stored(row.int(1)?),
        name: row.text(2)?,
        prefix: row.text(3)?,
        scopes: row.text(4)?,
        created_at: Millis::from_epoch(row.int(5)?),
        expires_at: row.opt_int(6)?.map(Millis::from_epoch),
        revoked_at: row.opt_int(7)?.map(Millis::from_epoch),
        created_by: row.opt_text(8)?,
        domains: domains.transpose()?,
        last_used_at: row.opt_int(10)?.map(Millis::from_epoch),
        replaced_by: row.opt_int(11)?.map(ApiKeyId::from_stored),
    })
}
