//! Facts about the store itself, and what an empty one is given: its id, a workspace, a domain.

use futures_util::future::BoxFuture;

use super::driver::{Lane, Tx};
use super::keys::NewKey;
use super::{Error, Store};
use crate::model::actor::Actor;
use crate::model::id::{DomainId, StoreId, WorkspaceId};
use crate::model::time::Millis;
use crate::params;

/// What a store with nothing in it was given, or what an older one has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Founding {
    /// The store's id.
    pub store: StoreId,
    /// Whether it was empty, so that `first_key` was stored.
    pub is_new: bool,
}

/// Gives an empty store its id, the first workspace, the default domain and, if one is offered, a
/// first key; leaves any other store as it is. Safe to be run by many processes at once.
///
/// # Errors
/// [`Error::Unavailable`].
pub async fn found(store: &Store, first_key: Option<NewKey>) -> Result<Founding, Error> {
    store.write(Lane::Admin, first_key, found_in).await
}

fn found_in(tx: &mut dyn Tx, first_key: Option<NewKey>) -> BoxFuture<'_, Result<Founding, Error>> {
    Box::pin(async move {
        let id = StoreId::random();
        // The row that decides: whoever inserts it founds the store, everyone else waits for them.
        let founded = tx
            .execute(
                "INSERT INTO facts (name, value) VALUES ('store_id', $1) ON CONFLICT DO NOTHING",
                params![id.to_string()],
            )
            .await?;
        if founded == 0 {
            let rows = tx.query("SELECT value FROM facts WHERE name = 'store_id'", vec![]).await?;
            let text = rows.first().ok_or(Error::Missing)?.text(0)?;
            let store = text.parse().map_err(|_| Error::Corrupt(format!("store_id is {text}")))?;
            return Ok(Founding { store, is_new: false });
        }
        let workspace = WorkspaceId::random();
        tx.execute(
            "INSERT INTO workspaces (id, name, created_at) VALUES ($1, 'default', {now})",
            params![workspace],
        )
        .await?;
        tx.execute(
            "INSERT INTO domains (id, workspace_id, host, created_at) VALUES ($1, $2, '', {now})",
            params![DomainId::random(), workspace],
        )
        .await?;
        if let Some(key) = first_key {
            super::keys::insert_in(tx, &Actor::operator(), workspace, &key).await?;
        }
        Ok(Founding { store: id, is_new: true })
    })
}

/// The workspace that everything belongs to while there is only one.
///
/// # Errors
/// [`Error::Missing`] on a store that was never founded.
pub async fn default_workspace(store: &Store) -> Result<WorkspaceId, Error> {
    let rows =
        store.query("SELECT id FROM workspaces ORDER BY created_at, id LIMIT 1", vec![]).await?;
    let row = rows.first().ok_or(Error::Missing)?;
    Ok(WorkspaceId::from_stored(row.int(0)?))
}

/// The store's clock.
///
/// # Errors
/// [`Error::Unavailable`].
pub async fn now(store: &Store) -> Result<Millis, Error> {
    let rows = store.query_for(Lane::Background, "SELECT {now}", vec![]).await?;
    Ok(Millis::from_epoch(rows.first().ok_or(Error::Missing)?.int(0)?))
}
