//! People: who they are, and what they prove it with.

use std::sync::Arc;

use futures_util::future::BoxFuture;
use serde_json::{Value as Json, json};

use super::audit::{self, Deed, Subject};
use super::driver::{Lane, Tx};
pub use super::second_factor::{NewTotp, add_totp, remove_totp};
use super::{Error, Row, Store, Value, memberships, setup};
use crate::model::actor::Actor;
use crate::model::id::{UserId, WorkspaceId};
use crate::model::time::Millis;
use crate::params;

/// The workspace under which deeds stand that belong to none: those on people who are in none.
const NOWHERE: WorkspaceId = WorkspaceId::from_stored(0);

/// Whether somebody may sign in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UserState {
    /// They may.
    Active,
    /// They may not, until they are enabled again.
    Disabled,
}

/// A person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct User {
    /// Their id.
    pub id: UserId,
    /// Their e-mail address, as they write it.
    pub email: String,
    /// Their name.
    pub name: String,
    /// Whether they may sign in.
    pub state: UserState,
    /// Whether they have a second factor.
    pub has_totp: bool,
    /// Since when there is an account.
    pub created_at: Millis,
    /// Counts the changes of what they prove themselves with.
    pub version: i64,
}

/// A person, and what the store knows to recognise them by.
#[derive(Clone)]
pub struct Credentials {
    /// Who.
    pub user: User,
    /// A PHC string, if they sign in with a password.
    pub password: Option<String>,
    /// The secret of the second factor, if they have one.
    pub totp_secret: Option<Vec<u8>>,
    /// The last step of it that was used.
    pub totp_step: i64,
}

/// An account to be made.
#[derive(Clone)]
pub struct NewUser {
    /// The e-mail address.
    pub email: String,
    /// The same, folded: what decides whether two are one.
    pub email_folded: String,
    /// A name.
    pub name: String,
    /// A PHC string.
    pub password: String,
    /// The workspace they belong to from the beginning, and their role there.
    pub member: Option<(WorkspaceId, &'static str)>,
}

/// Makes an account. From then on there is no set-up.
///
/// # Errors
/// [`Error::Taken`] when the address has one; [`Error::Missing`] when there is no such workspace.
pub async fn create(store: &Store, new: NewUser) -> Result<User, Error> {
    store
        .write(Lane::Admin, (store.actor(), new), |tx, (actor, new)| {
            Box::pin(async move {
                setup::close_in(tx).await?;
                insert_in(tx, &actor, &new, new.member).await
            })
        })
        .await
}

/// Makes an account that belongs to this workspace, in this role, from the beginning.
pub(super) async fn insert_in(
    tx: &mut dyn Tx,
    actor: &Actor,
    new: &NewUser,
    member: Option<(WorkspaceId, &str)>,
) -> Result<User, Error> {
    let id = UserId::random();
    let rows = tx
        .query(
            "INSERT INTO users (id, email, email_folded, name, state, password, totp_step,
                                created_at, updated_at, version)
             VALUES ($1, $2, $3, $4, 'active', $5, 0, {now}, {now}, 1) ON CONFLICT DO NOTHING
             RETURNING id, email, name, state, totp_step, created_at, version, totp_secret",
            params![
                id,
                new.email.as_str(),
                new.email_folded.as_str(),
                new.name.as_str(),
                new.password.as_str()
            ],
        )
        .await?;
    let user = read(rows.first().ok_or(Error::Taken)?)?;
    if let Some((workspace, role)) = member {
        memberships::insert_in(tx, actor, workspace, &user, role).await?;
    }
    tell(tx, actor, &user, "user.created", json!({ "name": new.name })).await?;
    Ok(user)
}

/// The person with this folded address.
///
/// # Errors
/// [`Error::Unavailable`].
pub async fn find_by_email(store: &Store, folded: &str) -> Result<Option<Credentials>, Error> {
    let rows = store
        .query(
            "SELECT id, email, name, state, totp_step, created_at, version, totp_secret, password
             FROM users WHERE email_folded = $1",
            params![folded],
        )
        .await?;
    rows.first().map(read_credentials).transpose()
}

/// What the person with this id proves themselves with.
///
/// # Errors
/// [`Error::Missing`].
pub async fn credentials(store: &Store, id: UserId) -> Result<Credentials, Error> {
    let rows = store
        .query(
            "SELECT id, email, name, state, totp_step, created_at, version, totp_secret, password
             FROM users WHERE id = $1",
            params![id],
        )
        .await?;
    read_credentials(rows.first().ok_or(Error::Missing)?)
}

/// The person with this id.
///
/// # Errors
/// [`Error::Missing`].
pub async fn get(store: &Store, id: UserId) -> Result<User, Error> {
    credentials(store, id).await.map(|found| found.user)
}

/// Everybody, the oldest account first.
///
/// # Errors
/// [`Error::Unavailable`].
pub async fn list(store: &Store) -> Result<Vec<User>, Error> {
    let rows = store
        .query(
            "SELECT id, email, name, state, totp_step, created_at, version, totp_secret
             FROM users ORDER BY created_at, id",
            vec![],
        )
        .await?;
    rows.iter().map(read).collect()
}

/// Gives somebody another name.
///
/// # Errors
/// [`Error::Missing`].
pub async fn rename(store: &Store, id: UserId, name: String) -> Result<User, Error> {
    store.write(Lane::Admin, (store.actor(), id, name), rename_in).await
}

fn rename_in(
    tx: &mut dyn Tx,
    (actor, id, name): (Arc<Actor>, UserId, String),
) -> BoxFuture<'_, Result<User, Error>> {
    Box::pin(async move {
        // Not a new version: nothing changes about how they sign in.
        let rows = tx
            .query(
                "UPDATE users SET name = $2, updated_at = {now} WHERE id = $1
                 RETURNING id, email, name, state, totp_step, created_at, version, totp_secret",
                params![id, name.as_str()],
            )
            .await?;
        let user = read(rows.first().ok_or(Error::Missing)?)?;
        tell(tx, &actor, &user, "user.renamed", json!({ "name": name })).await?;
        Ok(user)
    })
}

/// Gives somebody another password and ends all their sessions.
///
/// # Errors
/// [`Error::Missing`]; [`Error::Stale`] when they are not at `version` any more, if one is named.
pub async fn set_password(
    store: &Store,
    id: UserId,
    version: Option<i64>,
    password: String,
) -> Result<User, Error> {
    store.write(Lane::Admin, (store.actor(), id, version, password), set_password_in).await
}

fn set_password_in(
    tx: &mut dyn Tx,
    (actor, id, version, password): (Arc<Actor>, UserId, Option<i64>, String),
) -> BoxFuture<'_, Result<User, Error>> {
    Box::pin(async move {
        let rows = tx
            .query(
                "UPDATE users SET password = $3, updated_at = {now}, version = version + 1
                 WHERE id = $1 AND (CAST($2 AS BIGINT) IS NULL OR version = $2)
                 RETURNING id, email, name, state, totp_step, created_at, version, totp_secret",
                params![id, version, password],
            )
            .await?;
        let lost = if version.is_some() { Error::Stale } else { Error::Missing };
        let user = read(rows.first().ok_or(lost)?)?;
        end_sessions_in(tx, id).await?;
        tell(tx, &actor, &user, "user.password_changed", json!({})).await?;
        Ok(user)
    })
}

/// Lets somebody sign in or not. Whoever may not has no session from then on.
///
/// # Errors
/// [`Error::Missing`].
pub async fn set_state(store: &Store, id: UserId, state: UserState) -> Result<User, Error> {
    store.write(Lane::Admin, (store.actor(), id, state), set_state_in).await
}

fn set_state_in(
    tx: &mut dyn Tx,
    (actor, id, state): (Arc<Actor>, UserId, UserState),
) -> BoxFuture<'_, Result<User, Error>> {
    Box::pin(async move {
        let rows = tx
            .query(
                "UPDATE users SET state = $2, updated_at = {now}, version = version + 1
                 WHERE id = $1
                 RETURNING id, email, name, state, totp_step, created_at, version, totp_secret",
                params![id, state.word()],
            )
            .await?;
        let user = read(rows.first().ok_or(Error::Missing)?)?;
        let action = match state {
            UserState::Active => "user.enabled",
            UserState::Disabled => {
                end_sessions_in(tx, id).await?;
                "user.disabled"
            }
        };
        tell(tx, &actor, &user, action, json!({})).await?;
        Ok(user)
    })
}

async fn end_sessions_in(tx: &mut dyn Tx, id: UserId) -> Result<(), Error> {
    tx.execute("DELETE FROM sessions WHERE user_id = $1", params![id]).await.map(drop)
}

/// Enters a deed on a person, in each workspace that they belong to.
pub(super) async fn tell(
    tx: &mut dyn Tx,
    actor: &Actor,
    user: &User,
    action: &'static str,
    detail: Json,
) -> Result<(), Error> {
    let rows = tx
        .query("SELECT workspace_id FROM memberships WHERE user_id = $1", params![user.id])
        .await?;
    let mut places = Vec::with_capacity(rows.len().max(1));
    for row in &rows {
        places.push(WorkspaceId::from_stored(row.int(0)?));
    }
    if places.is_empty() {
        places.push(NOWHERE);
    }
    for workspace in places {
        let subject = Subject::new("user", user.id.get(), user.email.as_str());
        let deed = Deed::new(workspace, action, subject).with(detail.clone());
        audit::enter(tx, actor, &deed).await?;
    }
    Ok(())
}

impl UserState {
    /// The word in the store and in the API.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Disabled => "disabled",
        }
    }

    pub(super) fn read(word: &str) -> Result<Self, Error> {
        match word {
            "active" => Ok(Self::Active),
            "disabled" => Ok(Self::Disabled),
            other => Err(Error::Corrupt(format!("a user's state is {other}"))),
        }
    }
}

fn read_credentials(row: &Row) -> Result<Credentials, Error> {
    let user = read(row)?;
    let totp_secret = if user.has_totp { Some(row.bytes(7)?.to_vec()) } else { None };
    Ok(Credentials { totp_step: row.int(4)?, password: row.opt_text(8)?, totp_secret, user })
}

pub(super) fn read(row: &Row) -> Result<User, Error> {
    Ok(User {
        id: UserId::from_stored(row.int(0)?),
        email: row.text(1)?,
        name: row.text(2)?,
        state: UserState::read(&row.text(3)?)?,
        created_at: Millis::from_epoch(row.int(5)?),
        version: row.int(6)?,
        has_totp: row.fields().get(7) != Some(&Value::Null),
    })
}
