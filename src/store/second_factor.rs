//! Second factors: their secrets, and the codes that stand in for them.

use std::sync::Arc;

use futures_util::future::BoxFuture;
use serde_json::json;

use super::driver::{Lane, Tx};
use super::users::{User, read, tell};
use super::{Error, Store};
use crate::model::actor::Actor;
use crate::model::id::UserId;
use crate::params;

/// A second factor that its owner has shown a code of.
#[derive(Clone)]
pub struct NewTotp {
    /// Its secret.
    pub secret: Vec<u8>,
    /// The step of that code, which is used up.
    pub step: i64,
    /// SHA-256 of the codes that stand in for it.
    pub recovery: Vec<Vec<u8>>,
}

/// Gives somebody a second factor.
///
/// # Errors
/// [`Error::Taken`] when they have one.
pub async fn add_totp(store: &Store, id: UserId, totp: NewTotp) -> Result<User, Error> {
    store.write(Lane::Admin, (store.actor(), id, totp), add_totp_in).await
}

fn add_totp_in(
    tx: &mut dyn Tx,
    (actor, id, totp): (Arc<Actor>, UserId, NewTotp),
) -> BoxFuture<'_, Result<User, Error>> {
    Box::pin(async move {
        let rows = tx
            .query(
                "UPDATE users SET totp_secret = $2, totp_step = $3, updated_at = {now},
                                  version = version + 1
                 WHERE id = $1 AND totp_secret IS NULL
                 RETURNING id, email, name, state, totp_step, created_at, version, totp_secret",
                params![id, totp.secret, totp.step],
            )
            .await?;
        let user = read(rows.first().ok_or(Error::Taken)?)?;
        forget_recovery_codes_in(tx, id).await?;
        for digest in totp.recovery {
            tx.execute(
                "INSERT INTO recovery_codes (user_id, digest) VALUES ($1, $2)",
                params![id, digest],
            )
            .await?;
        }
        tell(tx, &actor, &user, "user.second_factor_added", json!({})).await?;
        Ok(user)
    })
}

/// Takes somebody's second factor away, and the codes that stand in for it. Says whether there was
/// one.
///
/// # Errors
/// [`Error::Missing`].
pub async fn remove_totp(store: &Store, id: UserId) -> Result<bool, Error> {
    store.write(Lane::Admin, (store.actor(), id), remove_totp_in).await
}

fn remove_totp_in(
    tx: &mut dyn Tx,
    (actor, id): (Arc<Actor>, UserId),
) -> BoxFuture<'_, Result<bool, Error>> {
    Box::pin(async move {
        let rows = tx
            .query(
                "UPDATE users SET totp_secret = NULL, updated_at = {now}, version = version + 1
                 WHERE id = $1 AND totp_secret IS NOT NULL
                 RETURNING id, email, name, state, totp_step, created_at, version, totp_secret",
                params![id],
            )
            .await?;
        let Some(row) = rows.first() else { return Ok(false) };
        let user = read(row)?;
        forget_recovery_codes_in(tx, id).await?;
        tell(tx, &actor, &user, "user.second_factor_removed", json!({})).await?;
        Ok(true)
    })
}

async fn forget_recovery_codes_in(tx: &mut dyn Tx, id: UserId) -> Result<(), Error> {
    tx.execute("DELETE FROM recovery_codes WHERE user_id = $1", params![id]).await.map(drop)
}
