//! Sign-ins under way at a provider: rows of `sessions` that belong to nobody yet. Only a SHA-256 of
//! what names them is here.

use futures_util::future::BoxFuture;

use super::driver::{Lane, Tx};
use super::{Error, Store};
use crate::model::id::SessionId;
use crate::params;

/// Somebody who has not come back after so long begins again.
pub const KEPT_MS: i64 = 10 * 60 * 1000;

/// Remembers a sign-in under way. Those that have ended are forgotten, so that a crowd of beginners
/// fills no more than what it begins in that time.
///
/// # Errors
/// [`Error::Unavailable`].
pub async fn create(store: &Store, digest: Vec<u8>, data: String) -> Result<(), Error> {
    store.write(Lane::Admin, (digest, data), create_in).await
}

fn create_in(
    tx: &mut dyn Tx,
    (digest, data): (Vec<u8>, String),
) -> BoxFuture<'_, Result<(), Error>> {
    Box::pin(async move {
        // Found by `sessions_of_user`, which has those of nobody side by side.
        tx.execute("DELETE FROM sessions WHERE user_id IS NULL AND expires_at <= {now}", vec![])
            .await?;
        tx.execute(
            "INSERT INTO sessions
                 (digest, id, data, agent, network, created_at, seen_at, expires_at)
             VALUES ($1, $2, $3, '', '', {now}, {now}, {now} + $4)",
            params![digest, SessionId::random(), data, KEPT_MS],
        )
        .await
        .map(drop)
    })
}

/// What was remembered under this digest, once: whoever asks again gets nothing.
///
/// # Errors
/// [`Error::Unavailable`].
pub async fn take(store: &Store, digest: Vec<u8>) -> Result<Option<String>, Error> {
    store.write(Lane::Admin, digest, take_in).await
}

fn take_in(tx: &mut dyn Tx, digest: Vec<u8>) -> BoxFuture<'_, Result<Option<String>, Error>> {
    Box::pin(async move {
        let rows = tx
            .query(
                "DELETE FROM sessions
                 WHERE digest = $1 AND user_id IS NULL AND expires_at > {now}
                 RETURNING data",
                params![digest],
            )
            .await?;
        rows.first().map(|row| row.text(0)).transpose()
    })
}
