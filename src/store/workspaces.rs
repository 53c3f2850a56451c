//! Workspaces: what owns links, domains, keys and clicks.

use std::sync::Arc;

use futures_util::future::BoxFuture;
use serde_json::json;

use super::audit::{self, Deed, Subject};
use super::driver::{Lane, Tx};
use super::users::User;
use super::{Error, Row, Store, memberships};
use crate::model::actor::Actor;
use crate::model::id::WorkspaceId;
use crate::model::time::Millis;
use crate::params;

/// A workspace.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Workspace {
    /// Its id.
    pub id: WorkspaceId,
    /// Its name.
    pub name: String,
    /// Since when there is one.
    pub created_at: Millis,
}

/// Makes a workspace, and somebody its owner.
///
/// # Errors
/// [`Error::Unavailable`].
pub async fn create(store: &Store, name: String, owner: Option<User>) -> Result<Workspace, Error> {
    store.write(Lane::Admin, (store.actor(), name, owner), create_in).await
}

fn create_in(
    tx: &mut dyn Tx,
    (actor, name, owner): (Arc<Actor>, String, Option<User>),
) -> BoxFuture<'_, Result<Workspace, Error>> {
    Box::pin(async move {
        let rows = tx
            .query(
                "INSERT INTO workspaces (id, name, created_at) VALUES ($1, $2, {now})
                 RETURNING id, name, created_at",
                params![WorkspaceId::random(), name],
            )
            .await?;
        let workspace = read(rows.first().ok_or(Error::Missing)?)?;
        audit::enter(tx, &actor, &deed(&workspace, "workspace.created")).await?;
        if let Some(owner) = owner {
            memberships::insert_in(tx, &actor, workspace.id, &owner, memberships::OWNER).await?;
        }
        Ok(workspace)
    })
}

/// A workspace.
///
/// # Errors
/// [`Error::Missing`].
pub async fn get(store: &Store, id: WorkspaceId) -> Result<Workspace, Error> {
    let rows = store
        .query("SELECT id, name, created_at FROM workspaces WHERE id = $1", params![id])
        .await?;
    read(rows.first().ok_or(Error::Missing)?)
}

/// All workspaces, the oldest first.
///
/// # Errors
/// [`Error::Unavailable`].
pub async fn list(store: &Store) -> Result<Vec<Workspace>, Error> {
    let rows = store
        .query("SELECT id, name, created_at FROM workspaces ORDER BY created_at, id", vec![])
        .await?;
    rows.iter().map(read).collect()
}

/// Gives a workspace another name.
///
/// # Errors
/// [`Error::Missing`].
pub async fn rename(store: &Store, id: WorkspaceId, name: String) -> Result<Workspace, Error> {
    store.write(Lane::Admin, (store.actor(), id, name), rename_in).await
}

fn rename_in(
    tx: &mut dyn Tx,
    (actor, id, name): (Arc<Actor>, WorkspaceId, String),
) -> BoxFuture<'_, Result<Workspace, Error>> {
    Box::pin(async move {
        let rows = tx
            .query("SELECT id, name, created_at FROM workspaces WHERE id = $1", params![id])
            .await?;
        let before = read(rows.first().ok_or(Error::Missing)?)?;
        tx.execute("UPDATE workspaces SET name = $2 WHERE id = $1", params![id, name.as_str()])
            .await?;
        let detail = json!({ "name": { "before": before.name, "after": name } });
        let renamed = Workspace { name, ..before };
        audit::enter(tx, &actor, &deed(&renamed, "workspace.renamed").with(detail)).await?;
        Ok(renamed)
    })
}

fn deed(workspace: &Workspace, action: &'static str) -> Deed {
    let subject = Subject::new("workspace", workspace.id.get(), workspace.name.as_str());
    Deed::new(workspace.id, action, subject)
}

pub(super) fn read(row: &Row) -> Result<Workspace, Error> {
    Ok(Workspace {
        id: WorkspaceId::from_stored(row.int(0)?),
        name: row.text(1)?,
        created_at: Millis::from_epoch(row.int(2)?),
    })
}
