//! Who belongs to which workspace, and in which role. Roles are words here; what they allow is not
//! known.

use std::collections::HashMap;
use std::sync::Arc;

use futures_util::future::BoxFuture;
use serde_json::json;

use super::audit::{self, Deed, Subject};
use super::driver::{Lane, Tx};
use super::users::{User, UserState};
use super::workspaces::{self, Workspace};
use super::{Error, Row, Store};
use crate::model::actor::Actor;
use crate::model::id::{UserId, WorkspaceId};
use crate::model::time::Millis;
use crate::params;

/// The role that a workspace is never without, once somebody has it.
pub const OWNER: &str = "owner";

/// Somebody who belongs to a workspace.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    /// Who.
    pub user: UserId,
    /// Their e-mail address.
    pub email: String,
    /// Their name.
    pub name: String,
    /// Whether they may sign in.
    pub state: UserState,
    /// Whether they have a second factor.
    pub has_totp: bool,
    /// Their role.
    pub role: String,
    /// Since when they belong.
    pub since: Millis,
}

/// What becomes of a membership.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Change {
    /// It has this role.
    Role(&'static str),
    /// It ends.
    End,
}

/// Which roles whoever acts may give and take.
pub type Reach = Arc<[&'static str]>;

/// What became of a change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Changed {
    /// It was made.
    Done,
    /// Not made: the role that they have, or the new one, is beyond reach.
    Beyond,
    /// Not made: the workspace would be without an owner.
    LastOwner,
}

/// Adds somebody to a workspace.
///
/// # Errors
/// [`Error::Taken`] when they belong to it; [`Error::Missing`] when there is no such workspace.
pub async fn add(
    store: &Store,
    workspace: WorkspaceId,
    user: User,
    role: &'static str,
) -> Result<(), Error> {
    store
        .write(
            Lane::Admin,
            (store.actor(), workspace, user, role),
            |tx, (actor, workspace, user, role)| {
                Box::pin(async move { insert_in(tx, &actor, workspace, &user, role).await })
            },
        )
        .await
}

pub(super) async fn insert_in(
    tx: &mut dyn Tx,
    actor: &Actor,
    workspace: WorkspaceId,
    user: &User,
    role: &str,
) -> Result<(), Error> {
    lock_in(tx, workspace).await?;
    let added = tx
        .execute(
            "INSERT INTO memberships (workspace_id, user_id, role, created_at)
             VALUES ($1, $2, $3, {now}) ON CONFLICT DO NOTHING",
            params![workspace, user.id, role],
        )
        .await?;
    if added == 0 {
        return Err(Error::Taken);
    }
    let deed = deed(workspace, "member.added", user.id, &user.email);
    audit::enter(tx, actor, &deed.with(json!({ "role": role }))).await
}

/// Everybody who belongs to a workspace, the first of them first.
///
/// # Errors
/// [`Error::Unavailable`].
pub async fn list(store: &Store, workspace: WorkspaceId) -> Result<Vec<Member>, Error> {
    let memberships = store
        .query(
            // Walks the primary key's first part.
            "SELECT user_id, role, created_at FROM memberships
             WHERE workspace_id = $1 ORDER BY created_at, user_id",
            params![workspace],
        )
        .await?;
    let people = store
        .query(
            "SELECT id, email, name, state, totp_step, created_at, version, totp_secret
             FROM users
             WHERE id IN (SELECT user_id FROM memberships WHERE workspace_id = $1)",
            params![workspace],
        )
        .await?;
    let mut known = HashMap::new();
    for row in &people {
        let user = super::users::read(row)?;
        known.insert(user.id, user);
    }
    let mut members = Vec::with_capacity(memberships.len());
    for row in &memberships {
        let id = UserId::from_stored(row.int(0)?);
        // Who was added between the two readings is in the next list.
        let Some(user) = known.remove(&id) else { continue };
        let User { email, name, state, has_totp, .. } = user;
        let (role, since) = (row.text(1)?, Millis::from_epoch(row.int(2)?));
        members.push(Member { user: id, email, name, state, has_totp, role, since });
    }
    Ok(members)
}

/// The workspaces that somebody belongs to, the oldest membership first, and their role in each.
///
/// # Errors
/// [`Error::Unavailable`].
pub async fn of_user(store: &Store, user: UserId) -> Result<Vec<(Workspace, String)>, Error> {
    let memberships = store
        .query(
            "SELECT workspace_id, role FROM memberships
             WHERE user_id = $1 ORDER BY created_at, workspace_id",
            params![user],
        )
        .await?;
    let rows = store
        .query(
            "SELECT id, name, created_at FROM workspaces
             WHERE id IN (SELECT workspace_id FROM memberships WHERE user_id = $1)",
            params![user],
        )
        .await?;
    let mut known = HashMap::new();
    for row in &rows {
        let workspace = workspaces::read(row)?;
        known.insert(workspace.id, workspace);
    }
    let mut all = Vec::with_capacity(memberships.len());
    for row in &memberships {
        let id = WorkspaceId::from_stored(row.int(0)?);
        if let Some(workspace) = known.remove(&id) {
            all.push((workspace, row.text(1)?));
        }
    }
    Ok(all)
}

/// The role of somebody in a workspace, or in the one they belong to for longest.
///
/// # Errors
/// [`Error::Unavailable`].
pub async fn find(
    store: &Store,
    user: UserId,
    workspace: Option<WorkspaceId>,
) -> Result<Option<(WorkspaceId, String)>, Error> {
    let rows = store
        .query(
            "SELECT workspace_id, role FROM memberships
             WHERE user_id = $1 AND (CAST($2 AS BIGINT) IS NULL OR workspace_id = $2)
             ORDER BY created_at, workspace_id LIMIT 1",
            params![user, workspace],
        )
        .await?;
    let read = |row: &Row| Ok((WorkspaceId::from_stored(row.int(0)?), row.text(1)?));
    rows.first().map(read).transpose()
}

/// Changes or ends somebody's membership, if it and what it becomes are within reach. Without a
/// reach, all roles are. The role that they have already is written nowhere.
///
/// # Errors
/// [`Error::Missing`] when they do not belong to the workspace.
pub async fn change(
    store: &Store,
    workspace: WorkspaceId,
    user: UserId,
    change: Change,
    reach: Option<Reach>,
) -> Result<Changed, Error> {
    store.write(Lane::Admin, (store.actor(), workspace, user, change, reach), change_in).await
}

fn change_in(
    tx: &mut dyn Tx,
    (actor, workspace, user, change, reach): (
        Arc<Actor>,
        WorkspaceId,
        UserId,
        Change,
        Option<Reach>,
    ),
) -> BoxFuture<'_, Result<Changed, Error>> {
    Box::pin(async move {
        lock_in(tx, workspace).await?;
        let rows = tx
            .query(
                "SELECT role FROM memberships WHERE workspace_id = $1 AND user_id = $2",
                params![workspace, user],
            )
            .await?;
        let role = rows.first().ok_or(Error::Missing)?.text(0)?;
        let is_within = |role: &str| reach.as_ref().is_none_or(|reach| reach.contains(&role));
        let becomes = match change {
            Change::Role(role) => Some(role),
            Change::End => None,
        };
        if !is_within(&role) || !becomes.is_none_or(is_within) {
            return Ok(Changed::Beyond);
        }
        if role == OWNER && becomes != Some(OWNER) && owners_in(tx, workspace).await? < 2 {
            return Ok(Changed::LastOwner);
        }
        if becomes == Some(&role) {
            return Ok(Changed::Done);
        }
        let email = email_in(tx, user).await?;
        match becomes {
            Some(new) => {
                tx.execute(
                    "UPDATE memberships SET role = $3 WHERE workspace_id = $1 AND user_id = $2",
                    params![workspace, user, new],
                )
                .await?;
                let detail = json!({ "role": { "before": role, "after": new } });
                let deed = deed(workspace, "member.changed", user, &email).with(detail);
                audit::enter(tx, &actor, &deed).await?;
            }
            None => {
                tx.execute(
                    "DELETE FROM memberships WHERE workspace_id = $1 AND user_id = $2",
                    params![workspace, user],
                )
                .await?;
                let deed = deed(workspace, "member.removed", user, &email);
                audit::enter(tx, &actor, &deed.with(json!({ "role": role }))).await?;
            }
        }
        Ok(Changed::Done)
    })
}

/// Keeps other changes of a workspace's people waiting: two owners who demote each other at once must
/// not both succeed.
pub(super) async fn lock_in(tx: &mut dyn Tx, workspace: WorkspaceId) -> Result<(), Error> {
    let there =
        tx.execute("UPDATE workspaces SET name = name WHERE id = $1", params![workspace]).await?;
    if there == 0 { Err(Error::Missing) } else { Ok(()) }
}

async fn owners_in(tx: &mut dyn Tx, workspace: WorkspaceId) -> Result<u64, Error> {
    let rows = tx
        .query(
            "SELECT COUNT(user_id) FROM memberships WHERE workspace_id = $1 AND role = $2",
            params![workspace, OWNER],
        )
        .await?;
    rows.first().ok_or(Error::Missing)?.count(0)
}

async fn email_in(tx: &mut dyn Tx, user: UserId) -> Result<String, Error> {
    let rows = tx.query("SELECT email FROM users WHERE id = $1", params![user]).await?;
    rows.first().ok_or(Error::Missing)?.text(0)
}

fn deed(workspace: WorkspaceId, action: &'static str, user: UserId, email: &str) -> Deed {
    Deed::new(workspace, action, Subject::new("user", user.get(), email))
}
