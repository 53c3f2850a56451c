//! Sessions of people who have signed in. Only the SHA-256 of what their cookies hold is here.

use std::sync::Arc;

use futures_util::future::BoxFuture;
use serde_json::json;

use super::driver::{Lane, Tx};
use super::users::{self, User};
use super::{Error, Row, Store};
use crate::model::actor::Actor;
use crate::model::id::{SessionId, UserId};
use crate::model::time::Millis;
use crate::params;

/// A session that was not used for so long has ended.
pub const IDLE_MS: i64 = 7 * 24 * 3600 * 1000;

/// A session ends after so long, however much it is used.
pub const AGE_MAX_MS: i64 = 30 * 24 * 3600 * 1000;

/// How exactly a session's last use is known: a write for each request would cost more than it tells.
const SEEN_EVERY_MS: i64 = 60_000;

/// What a sign-in was proved with besides the password.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Factor {
    /// Nothing: there is no second factor.
    None,
    /// A code of this step, which works once.
    Step(i64),
    /// A recovery code with this digest, which works once.
    Recovery(Vec<u8>),
    /// Nothing of Carom's: they have signed in at a provider, by its rules.
    Provider,
}

/// A session to be begun.
#[derive(Debug, Clone)]
pub struct NewSession {
    /// SHA-256 of what the cookie holds.
    pub digest: Vec<u8>,
    /// The browser, as it calls itself.
    pub agent: String,
    /// Where from.
    pub network: String,
}

/// A session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session {
    /// Its id, which opens nothing.
    pub id: SessionId,
    /// Whose it is.
    pub user: UserId,
    /// What it remembers: a JSON object.
    pub data: String,
    /// The browser, as it calls itself.
    pub agent: String,
    /// Where it was begun.
    pub network: String,
    /// When it was begun.
    pub created_at: Millis,
    /// When it was last used, to the minute.
    pub seen_at: Millis,
    /// When it ends at the latest.
    pub expires_at: Millis,
}

/// Begins a session of somebody whose credentials, as of `user.version`, were verified. What the
/// second factor was proved with is used up in the same transaction.
///
/// # Errors
/// [`Error::Stale`] when their credentials have changed meanwhile or they were disabled;
/// [`Error::Missing`] when the code was used before.
pub async fn begin(
    store: &Store,
    user: User,
    factor: Factor,
    new: NewSession,
) -> Result<Session, Error> {
    store.write(Lane::Admin, (store.actor(), user, factor, new), begin_in).await
}

fn begin_in(
    tx: &mut dyn Tx,
    (actor, user, factor, new): (Arc<Actor>, User, Factor, NewSession),
) -> BoxFuture<'_, Result<Session, Error>> {
    Box::pin(async move {
        // Holds the person's row, so that a change of their password waits for this session and ends
        // it, or is seen here.
        let there = tx
            .execute(
                "UPDATE users SET updated_at = updated_at
                 WHERE id = $1 AND version = $2 AND state = 'active'",
                params![user.id, user.version],
            )
            .await?;
        if there == 0 {
            return Err(Error::Stale);
        }
        use_up(tx, user.id, &factor).await?;
        let rows = tx
            .query(
                "INSERT INTO sessions
                     (digest, id, user_id, data, agent, network, created_at, seen_at, expires_at)
                 VALUES ($1, $2, $3, '{}', $4, $5, {now}, {now}, {now} + $6)
                 RETURNING id, user_id, data, agent, network, created_at, seen_at, expires_at",
                params![
                    new.digest,
                    SessionId::random(),
                    user.id,
                    new.agent,
                    new.network,
                    AGE_MAX_MS
                ],
            )
            .await?;
        let factor = match factor {
            Factor::None => "none",
            Factor::Step(_) => "code",
            Factor::Recovery(_) => "recovery code",
            Factor::Provider => "the provider's",
        };
        let detail = json!({ "second_factor": factor });
        users::tell(tx, &actor, &user, "user.signed_in", detail).await?;
        read(rows.first().ok_or(Error::Missing)?)
    })
}

async fn use_up(tx: &mut dyn Tx, user: UserId, factor: &Factor) -> Result<(), Error> {
    let used = match factor {
        Factor::None | Factor::Provider => 1,
        Factor::Step(step) => {
            tx.execute(
                "UPDATE users SET totp_step = $2 WHERE id = $1 AND totp_step < $2",
                params![user, *step],
            )
            .await?
        }
        Factor::Recovery(digest) => {
            tx.execute(
                "DELETE FROM recovery_codes WHERE user_id = $1 AND digest = $2",
                params![user, digest.clone()],
            )
            .await?
        }
    };
    if used == 0 { Err(Error::Missing) } else { Ok(()) }
}

/// The session with this digest, if it has not ended by the store's clock.
///
/// # Errors
/// [`Error::Unavailable`].
pub async fn find(store: &Store, digest: Vec<u8>) -> Result<Option<Session>, Error> {
    let rows = store
        .query(
            "SELECT id, user_id, data, agent, network, created_at, seen_at, expires_at
             FROM sessions
             WHERE digest = $1 AND user_id IS NOT NULL AND expires_at > {now}
               AND seen_at > {now} - $2",
            params![digest, IDLE_MS],
        )
        .await?;
    rows.first().map(read).transpose()
}

impl Session {
    /// Whether its last use, as the store has it, is so fresh that another need not be noted.
    #[must_use]
    pub fn was_seen_lately(&self, now: Millis) -> bool {
        now.get().saturating_sub(self.seen_at.get()) < SEEN_EVERY_MS
    }
}

/// Notes that a session was used, to the minute.
///
/// # Errors
/// [`Error::Unavailable`].
pub async fn seen(store: &Store, digest: Vec<u8>) -> Result<(), Error> {
    store
        .execute(
            Lane::Background,
            "UPDATE sessions SET seen_at = {now} WHERE digest = $1 AND seen_at < {now} - $2",
            params![digest, SEEN_EVERY_MS],
        )
        .await
        .map(drop)
}

/// Makes a session remember something else.
///
/// # Errors
/// [`Error::Missing`] when it has ended.
pub async fn remember(store: &Store, digest: Vec<u8>, data: String) -> Result<(), Error> {
    let kept = store
        .execute(
            Lane::Admin,
            "UPDATE sessions SET data = $2 WHERE digest = $1",
            params![digest, data],
        )
        .await?;
    if kept == 0 { Err(Error::Missing) } else { Ok(()) }
}

/// Somebody's sessions that have not ended, the last used one first.
///
/// # Errors
/// [`Error::Unavailable`].
pub async fn list(store: &Store, user: UserId) -> Result<Vec<Session>, Error> {
    let rows = store
        .query(
            "SELECT id, user_id, data, agent, network, created_at, seen_at, expires_at
             FROM sessions
             WHERE user_id = $1 AND expires_at > {now} AND seen_at > {now} - $2
             ORDER BY seen_at DESC, id",
            params![user, IDLE_MS],
        )
        .await?;
    rows.iter().map(read).collect()
}

/// Ends one session of somebody, or all but one. Says how many there were.
///
/// # Errors
/// [`Error::Unavailable`].
pub async fn end(store: &Store, user: User, which: Which) -> Result<u64, Error> {
    store.write(Lane::Admin, (store.actor(), user, which), end_in).await
}

/// Which sessions of somebody.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Which {
    /// This one.
    One(SessionId),
    /// All but this one.
    AllBut(SessionId),
}

fn end_in(
    tx: &mut dyn Tx,
    (actor, user, which): (Arc<Actor>, User, Which),
) -> BoxFuture<'_, Result<u64, Error>> {
    Box::pin(async move {
        let ended = match which {
            Which::One(id) => {
                tx.execute(
                    "DELETE FROM sessions WHERE user_id = $1 AND id = $2",
                    params![user.id, id],
                )
                .await?
            }
            Which::AllBut(id) => {
                tx.execute(
                    "DELETE FROM sessions WHERE user_id = $1 AND id <> $2",
                    params![user.id, id],
                )
                .await?
            }
        };
        if ended > 0 {
            let detail = json!({ "sessions": ended });
            users::tell(tx, &actor, &user, "user.sessions_ended", detail).await?;
        }
        Ok(ended)
    })
}

/// Forgets sessions that have ended.
///
/// # Errors
/// [`Error::Unavailable`].
pub async fn forget(store: &Store) -> Result<u64, Error> {
    store
        .execute(
            Lane::Background,
            // No index: a few rows for each person, looked through once an hour.
            "DELETE FROM sessions WHERE expires_at <= {now} OR seen_at <= {now} - $1",
            params![IDLE_MS],
        )
        .await
}

fn read(row: &Row) -> Result<Session, Error> {
    Ok(Session {
        id: SessionId::from_stored(row.int(0)?),
        user: UserId::from_stored(row.int(1)?),
        data: row.text(2)?,
        agent: row.text(3)?,
        network: row.text(4)?,
        created_at: Millis::from_epoch(row.int(5)?),
        seen_at: Millis::from_epoch(row.int(6)?),
        expires_at: Millis::from_epoch(row.int(7)?),
    })
}
