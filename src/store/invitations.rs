//! Invitations to a workspace: links that work once. Only the SHA-256 of their tokens is here.

use std::sync::Arc;

use futures_util::future::BoxFuture;
use serde_json::json;

use super::audit::{self, Deed, Subject};
use super::driver::{Lane, Tx};
use super::users::{self, NewUser, User};
use super::{Error, Row, Store, memberships, setup};
use crate::model::actor::Actor;
use crate::model::id::{InvitationId, WorkspaceId};
use crate::model::time::Millis;
use crate::params;

/// How long an invitation can be accepted.
pub const KEPT_MS: i64 = 7 * 24 * 3600 * 1000;

/// An invitation to be made.
#[derive(Debug, Clone)]
pub struct NewInvitation {
    /// Who is invited: the e-mail address.
    pub email: String,
    /// The role they will have.
    pub role: &'static str,
    /// SHA-256 of the token.
    pub digest: Vec<u8>,
}

/// An invitation that can be accepted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Invitation {
    /// Its id.
    pub id: InvitationId,
    /// Where to.
    pub workspace: WorkspaceId,
    /// Who is invited.
    pub email: String,
    /// The role they will have.
    pub role: String,
    /// Who has invited them, by the name they had.
    pub invited_by: String,
    /// Since when.
    pub created_at: Millis,
    /// Until when.
    pub expires_at: Millis,
}

/// Who accepts.
#[derive(Clone)]
pub enum Guest {
    /// Somebody with an account.
    Known(User),
    /// Somebody who gets one, which belongs to the invitation's workspace and to no other.
    New(NewUser),
}

/// Makes an invitation. An earlier one of the same address to the same workspace ends.
///
/// # Errors
/// [`Error::Missing`] when there is no such workspace.
pub async fn create(
    store: &Store,
    workspace: WorkspaceId,
    new: NewInvitation,
) -> Result<Invitation, Error> {
    store.write(Lane::Admin, (store.actor(), workspace, new), create_in).await
}

fn create_in(
    tx: &mut dyn Tx,
    (actor, workspace, new): (Arc<Actor>, WorkspaceId, NewInvitation),
) -> BoxFuture<'_, Result<Invitation, Error>> {
    Box::pin(async move {
        // Two invitations of one address at once: the later one ends the earlier.
        memberships::lock_in(tx, workspace).await?;
        end_earlier_in(tx, workspace, &new.email).await?;
        let rows = tx
            .query(
                "INSERT INTO invitations
                     (id, workspace_id, email, role, digest, invited_by, created_at, expires_at)
                 VALUES ($1, $2, $3, $4, $5, $6, {now}, {now} + $7)
                 RETURNING id, workspace_id, email, role, invited_by, created_at, expires_at",
                params![
                    InvitationId::random(),
                    workspace,
                    new.email.as_str(),
                    new.role,
                    new.digest,
                    actor.name.as_str(),
                    KEPT_MS
                ],
            )
            .await?;
        let invitation = read(rows.first().ok_or(Error::Missing)?)?;
        let detail = json!({ "role": new.role });
        audit::enter(tx, &actor, &deed(&invitation, "invitation.created").with(detail)).await?;
        Ok(invitation)
    })
}

/// Ends open invitations of an address, in whichever case they were written.
async fn end_earlier_in(tx: &mut dyn Tx, workspace: WorkspaceId, email: &str) -> Result<(), Error> {
    let open = tx
        .query(
            "SELECT id, email FROM invitations WHERE workspace_id = $1 AND accepted_at IS NULL",
            params![workspace],
        )
        .await?;
    for row in &open {
        // Folded here: SQLite's LOWER knows ASCII alone.
        if row.text(1)?.to_lowercase() == email.to_lowercase() {
            tx.execute("DELETE FROM invitations WHERE id = $1", params![row.int(0)?]).await?;
        }
    }
    Ok(())
}

/// The invitations to a workspace that can be accepted, oldest first.
///
/// # Errors
/// [`Error::Unavailable`].
pub async fn list(store: &Store, workspace: WorkspaceId) -> Result<Vec<Invitation>, Error> {
    let rows = store
        .query(
            "SELECT id, workspace_id, email, role, invited_by, created_at, expires_at
             FROM invitations
             WHERE workspace_id = $1 AND accepted_at IS NULL AND expires_at > {now}
             ORDER BY created_at, id",
            params![workspace],
        )
        .await?;
    rows.iter().map(read).collect()
}

/// The invitation with this digest, if it can be accepted.
///
/// # Errors
/// [`Error::Unavailable`].
pub async fn find(store: &Store, digest: Vec<u8>) -> Result<Option<Invitation>, Error> {
    let rows = store
        .query(
            "SELECT id, workspace_id, email, role, invited_by, created_at, expires_at
             FROM invitations
             WHERE digest = $1 AND accepted_at IS NULL AND expires_at > {now}",
            params![digest],
        )
        .await?;
    rows.first().map(read).transpose()
}

/// Takes an invitation back. Says whether there was one.
///
/// # Errors
/// [`Error::Unavailable`].
pub async fn delete(
    store: &Store,
    workspace: WorkspaceId,
    id: InvitationId,
) -> Result<bool, Error> {
    store.write(Lane::Admin, (store.actor(), workspace, id), delete_in).await
}

fn delete_in(
    tx: &mut dyn Tx,
    (actor, workspace, id): (Arc<Actor>, WorkspaceId, InvitationId),
) -> BoxFuture<'_, Result<bool, Error>> {
    Box::pin(async move {
        let rows = tx
            .query(
                "DELETE FROM invitations
                 WHERE id = $1 AND workspace_id = $2 AND accepted_at IS NULL
                 RETURNING id, workspace_id, email, role, invited_by, created_at, expires_at",
                params![id, workspace],
            )
            .await?;
        let Some(row) = rows.first() else { return Ok(false) };
        audit::enter(tx, &actor, &deed(&read(row)?, "invitation.deleted")).await?;
        Ok(true)
    })
}

/// Accepts an invitation, once: whoever accepts belongs to its workspace.
///
/// # Errors
/// [`Error::Missing`] when it cannot be accepted any more; [`Error::Taken`] when a new guest's address
/// has an account, or a known one belongs to the workspace already. Then it stays open.
pub async fn accept(
    store: &Store,
    digest: Vec<u8>,
    guest: Guest,
) -> Result<(Invitation, User), Error> {
    store.write(Lane::Admin, (store.actor(), digest, guest), accept_in).await
}

fn accept_in(
    tx: &mut dyn Tx,
    (actor, digest, guest): (Arc<Actor>, Vec<u8>, Guest),
) -> BoxFuture<'_, Result<(Invitation, User), Error>> {
    Box::pin(async move {
        let rows = tx
            .query(
                "UPDATE invitations SET accepted_at = {now}
                 WHERE digest = $1 AND accepted_at IS NULL AND expires_at > {now}
                 RETURNING id, workspace_id, email, role, invited_by, created_at, expires_at",
                params![digest],
            )
            .await?;
        let invitation = read(rows.first().ok_or(Error::Missing)?)?;
        audit::enter(tx, &actor, &deed(&invitation, "invitation.accepted")).await?;
        let (workspace, role) = (invitation.workspace, invitation.role.as_str());
        let user = match guest {
            Guest::Known(user) => {
                memberships::insert_in(tx, &actor, workspace, &user, role).await?;
                user
            }
            Guest::New(new) => {
                setup::close_in(tx).await?;
                users::insert_in(tx, &actor, &new, Some((workspace, role))).await?
            }
        };
        Ok((invitation, user))
    })
}

/// Forgets invitations that ended before `before`.
///
/// # Errors
/// [`Error::Unavailable`].
pub async fn forget(store: &Store, before: Millis) -> Result<u64, Error> {
    store
        .execute(
            Lane::Background,
            // No index: a handful of rows, looked through once an hour.
            "DELETE FROM invitations WHERE expires_at < $1",
            params![before],
        )
        .await
}

fn deed(invitation: &Invitation, action: &'static str) -> Deed {
    let subject = Subject::new("invitation", invitation.id.get(), invitation.email.as_str());
    Deed::new(invitation.workspace, action, subject)
}

fn read(row: &Row) -> Result<Invitation, Error> {
    Ok(Invitation {
        id: InvitationId::from_stored(row.int(0)?),
        workspace: WorkspaceId::from_stored(row.int(1)?),
        email: row.text(2)?,
        role: row.text(3)?,
        invited_by: row.text(4)?,
        created_at: Millis::from_epoch(row.int(5)?),
        expires_at: Millis::from_epoch(row.int(6)?),
    })
}
