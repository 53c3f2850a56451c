//! The set-up of a store that nobody has an account in: one token, for one first owner.
//!
//! One row of `facts` decides. It is made once, with the token's digest, and emptied once: by the
//! transaction that makes the first account, whichever way that comes.

use std::sync::Arc;

use futures_util::future::BoxFuture;

use super::driver::{Lane, Tx};
use super::users::{self, NewUser, User};
use super::{Error, Store};
use crate::model::actor::Actor;
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
            // No index: it ends at the first row.
            "INSERT INTO facts (name, value)
             SELECT 'setup', CAST($1 AS TEXT)
             WHERE NOT EXISTS (SELECT id FROM users) ON CONFLICT DO NOTHING",
            params![digest],
        )
        .await?;
    Ok(opened == 1)
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
        users::insert_in(tx, &actor, &owner).await
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
