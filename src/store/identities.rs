//! Who people are at providers of sign-ins: an issuer, and a subject there.

use std::sync::Arc;

use futures_util::future::BoxFuture;
use serde_json::json;

use super::driver::{Lane, Tx};
use super::users::{self, User};
use super::{Error, Store};
use crate::model::actor::Actor;
use crate::model::id::UserId;
use crate::params;

/// Who somebody is at a provider.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    /// The provider.
    pub issuer: String,
    /// Who that is there.
    pub subject: String,
}

/// An account for somebody who signs in at a provider only.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewPerson {
    /// Who they are there.
    pub identity: Identity,
    /// The e-mail address.
    pub email: String,
    /// The same, folded: what decides whether two are one.
    pub email_folded: String,
    /// A name.
    pub name: String,
}

/// Whose identity this is.
///
/// # Errors
/// [`Error::Unavailable`].
pub async fn find(store: &Store, identity: &Identity) -> Result<Option<User>, Error> {
    let rows = store
        .query(
            "SELECT id, email, name, state, totp_step, created_at, version, totp_secret
             FROM users
             WHERE id = (SELECT user_id FROM identities WHERE issuer = $1 AND subject = $2)",
            params![identity.issuer.as_str(), identity.subject.as_str()],
        )
        .await?;
    rows.first().map(users::read).transpose()
}

/// Gives somebody an identity: from now on it opens their account. They are at another version then.
///
/// # Errors
/// [`Error::Stale`] when they are not at `user.version` any more or may not sign in; [`Error::Taken`]
/// when the identity has an account.
pub async fn attach(store: &Store, user: User, identity: Identity) -> Result<User, Error> {
    store.write(Lane::Admin, (store.actor(), user, identity), attach_in).await
}

fn attach_in(
    tx: &mut dyn Tx,
    (actor, user, identity): (Arc<Actor>, User, Identity),
) -> BoxFuture<'_, Result<User, Error>> {
    Box::pin(async move {
        let rows = tx
            .query(
                "UPDATE users SET updated_at = {now}, version = version + 1
                 WHERE id = $1 AND version = $2 AND state = 'active'
                 RETURNING id, email, name, state, totp_step, created_at, version, totp_secret",
                params![user.id, user.version],
            )
            .await?;
        let user = users::read(rows.first().ok_or(Error::Stale)?)?;
        insert_in(tx, &actor, &user, &identity).await?;
        Ok(user)
    })
}

/// Makes an account without a password and without a workspace, for somebody who has an identity.
///
/// # Errors
/// [`Error::Taken`] when the address or the identity has an account; [`Error::InUse`] while nobody has
/// one, for the first is its owner's, who sets the server up.
pub async fn create(store: &Store, new: NewPerson) -> Result<User, Error> {
    store.write(Lane::Admin, (store.actor(), new), create_in).await
}

fn create_in(
    tx: &mut dyn Tx,
    (actor, new): (Arc<Actor>, NewPerson),
) -> BoxFuture<'_, Result<User, Error>> {
    Box::pin(async move {
        if tx.query("SELECT id FROM users LIMIT 1", vec![]).await?.is_empty() {
            return Err(Error::InUse);
        }
        let rows = tx
            .query(
                "INSERT INTO users (id, email, email_folded, name, state, totp_step, created_at,
                                    updated_at, version)
                 VALUES ($1, $2, $3, $4, 'active', 0, {now}, {now}, 1) ON CONFLICT DO NOTHING
                 RETURNING id, email, name, state, totp_step, created_at, version, totp_secret",
                params![
                    UserId::random(),
                    new.email.as_str(),
                    new.email_folded.as_str(),
                    new.name.as_str()
                ],
            )
            .await?;
        let user = users::read(rows.first().ok_or(Error::Taken)?)?;
        users::tell(tx, &actor, &user, "user.created", json!({ "name": new.name })).await?;
        insert_in(tx, &actor, &user, &new.identity).await?;
        Ok(user)
    })
}

async fn insert_in(
    tx: &mut dyn Tx,
    actor: &Actor,
    user: &User,
    identity: &Identity,
) -> Result<(), Error> {
    let Identity { issuer, subject } = identity;
    let inserted = tx
        .execute(
            "INSERT INTO identities (issuer, subject, user_id, created_at)
             VALUES ($1, $2, $3, {now}) ON CONFLICT DO NOTHING",
            params![issuer.as_str(), subject.as_str(), user.id],
        )
        .await?;
    if inserted == 0 {
        return Err(Error::Taken);
    }
    let detail = json!({ "issuer": issuer, "subject": subject });
    users::tell(tx, actor, user, "user.identity_added", detail).await
}
