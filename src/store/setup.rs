//! The set-up of a store that nobody has an account in: one token, for one first owner.
//!
//! One row of `facts` decides. It is made once, with the token's digest; an operator may put another
//! token's in its place; and it is closed once, for ever: by the transaction that makes the first
//! account, whichever way that comes.

use std::sync::Arc;

use futures_util::future::BoxFuture;

use super::audit::{self, Deed, Subject};
use super::driver::{Lane, Tx};
use super::users::{self, NewUser, User};
use super::{Error, Store, memberships};
use crate::model::actor::Actor;
use crate::model::id::WorkspaceId;
use crate::params;

/// What the row holds once the store was set up.
const DONE: &str = "done";

/// Offers a token's digest, as text. `true` when it opens the set-up from now on: nobody has an
/// account, and no other token was offered before.
///
/// # Errors
/// [`Error::Unavailable`].
pub async fn open(store: &Store, digest: String) -> Result<bool, Error> {
    let opened = store
        .execute(
            Lane::Admin,
            // No index: the first row it meets is the answer.
            "INSERT INTO facts (name, value)
             SELECT 'setup', CAST($1 AS TEXT)
             WHERE NOT EXISTS (SELECT id FROM users) ON CONFLICT DO NOTHING",
            params![digest],
        )
        .await?;
    Ok(opened == 1)
}

/// Offers another token's digest in the place of the one that was offered, which opens nothing from
/// then on. The deed stands in `workspace`.
///
/// # Errors
/// [`Error::Taken`] when somebody has an account: then there is no set-up any more.
pub async fn replace(store: &Store, workspace: WorkspaceId, digest: String) -> Result<(), Error> {
    store.write(Lane::Admin, (store.actor(), workspace, digest), replace_in).await
}

fn replace_in(
    tx: &mut dyn Tx,
    (actor, workspace, digest): (Arc<Actor>, WorkspaceId, String),
) -> BoxFuture<'_, Result<(), Error>> {
    Box::pin(async move {
        let offered = tx
            .execute(
                // No index: the first row it meets is the answer.
                "INSERT INTO facts (name, value)
                 SELECT 'setup', CAST($1 AS TEXT)
                 WHERE NOT EXISTS (SELECT id FROM users)
                 ON CONFLICT (name) DO UPDATE SET value = $1 WHERE facts.value <> $2",
                params![digest, DONE],
            )
            .await?;
        if offered == 0 {
            return Err(Error::Taken);
        }
        let subject = Subject::new("setup", 0, "set-up");
        audit::enter(tx, &actor, &Deed::new(workspace, "setup.offered", subject)).await
    })
}

/// Whether a token was offered and nobody has made use of it.
///
/// # Errors
/// [`Error::Unavailable`].
pub async fn is_waiting(store: &Store) -> Result<bool, Error> {
    let rows = store
        .query("SELECT name FROM facts WHERE name = 'setup' AND value <> $1", params![DONE])
        .await?;
    Ok(!rows.is_empty())
}

/// Whether this digest opens the set-up now.
///
/// # Errors
/// [`Error::Unavailable`].
pub async fn is_open(store: &Store, digest: &str) -> Result<bool, Error> {
    let rows = store
        .query("SELECT name FROM facts WHERE name = 'setup' AND value = $1", params![digest])
        .await?;
    Ok(!rows.is_empty())
}

/// Whether the set-up waits for somebody with its token.
///
/// # Errors
/// [`Error::Unavailable`].
pub async fn is_awaited(store: &Store) -> Result<bool, Error> {
    let rows = store
        .query("SELECT name FROM facts WHERE name = 'setup' AND value <> $1", params![DONE])
        .await?;
    Ok(!rows.is_empty())
}

/// Makes the first account, and closes the set-up for ever.
///
/// # Errors
/// [`Error::Missing`] when the digest does not open it, or it is closed.
pub async fn finish(store: &Store, digest: String, owner: NewUser) -> Result<User, Error> {
    store.write(Lane::Admin, (store.actor(), digest, owner), finish_in).await
}

fn finish_in(
    tx: &mut dyn Tx,
    (actor, digest, owner): (Arc<Actor>, String, NewUser),
) -> BoxFuture<'_, Result<User, Error>> {
    Box::pin(async move {
        // The row that decides: of all who race for it, one changes it, and the others find it
        // changed.
        let closed = tx
            .execute(
                "UPDATE facts SET value = $2 WHERE name = 'setup' AND value = $1",
                params![digest, DONE],
            )
            .await?;
        let rows = tx.query("SELECT id FROM users LIMIT 1", vec![]).await?;
        if closed == 0 || !rows.is_empty() {
            return Err(Error::Missing);
        }
        users::insert_in(tx, &actor, &owner, owner.member).await
    })
}

/// Makes an account on the operator's word. The very first one belongs to `home` as its owner, unless
/// it is to belong elsewhere. From then on there is no set-up.
///
/// # Errors
/// [`Error::Taken`] when the address has an account; [`Error::Missing`] when there is no such
/// workspace.
pub async fn create(store: &Store, new: NewUser, home: WorkspaceId) -> Result<User, Error> {
    store.write(Lane::Admin, (store.actor(), new, home), create_in).await
}

fn create_in(
    tx: &mut dyn Tx,
    (actor, new, home): (Arc<Actor>, NewUser, WorkspaceId),
) -> BoxFuture<'_, Result<User, Error>> {
    Box::pin(async move {
        // Whoever makes another first account at once waits here, and is then the second.
        close_in(tx).await?;
        let others = tx.query("SELECT id FROM users LIMIT 1", vec![]).await?;
        let first = others.is_empty().then_some((home, memberships::OWNER));
        users::insert_in(tx, &actor, &new, new.member.or(first)).await
    })
}

/// Closes the set-up: there is an account.
pub(super) async fn close_in(tx: &mut dyn Tx) -> Result<(), Error> {
    tx.execute(
        "INSERT INTO facts (name, value) VALUES ('setup', $1)
         ON CONFLICT (name) DO UPDATE SET value = $1",
        params![DONE],
    )
    .await
    .map(drop)
}
