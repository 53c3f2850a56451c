//! People who have signed in: the session that their cookie stands for.

use std::sync::Arc;

use axum::extract::{FromRequestParts, OptionalFromRequestParts};
use axum::http::request::Parts;
use axum::http::{HeaderMap, header};
use axum_extra::extract::CookieJar;

use super::auth::{self, Caller};
use super::problem::{Kind, Problem};
use super::state::AdminState;
use crate::accounts::token::Token;
use crate::model::actor::{Actor, ActorKind};
use crate::model::time::Millis;
use crate::store::sessions::{self, Session};
use crate::store::users::{self, User, UserState};
use crate::store::{Error, Store};

/// Somebody who has signed in, in whatever workspace.
#[derive(Debug, Clone)]
pub(super) struct Person {
    /// Who.
    pub(super) user: User,
    /// By which session.
    pub(super) session: Session,
    /// SHA-256 of its token.
    pub(super) digest: Vec<u8>,
    from: String,
}

impl Person {
    /// Who they are, for the audit log.
    pub(super) fn actor(&self) -> Actor {
        actor(&self.user, self.from.clone())
    }

    /// The store, asked on their behalf.
    pub(super) fn store(&self, state: &AdminState) -> Store {
        state.store.on_behalf_of(self.actor())
    }

    /// Whoever sends the cookie of a session that has not ended; nobody without one.
    pub(super) async fn of_cookie(
        parts: &Parts,
        state: &AdminState,
    ) -> Result<Option<Self>, Problem> {
        let jar = CookieJar::from_headers(&parts.headers);
        let Some(cookie) = jar.get(state.sign_in.cookie_name()) else { return Ok(None) };
        says_where_it_is_from(parts)?;
        let Some(digest) = Token::parse(cookie.value()).map(|token| token.digest()) else {
            return Ok(None);
        };
        let found = sessions::find(&state.store, digest.clone()).await;
        let Some(session) = found.map_err(|error| state.fault(&error))? else { return Ok(None) };
        let user = match users::get(&state.store, session.user).await {
            Ok(user) if user.state == UserState::Active => user,
            Ok(_) | Err(Error::Missing) => return Ok(None),
            Err(error) => return Err(state.fault(&error)),
        };
        note_use(state, &session, &digest);
        Ok(Some(Self { user, session, digest, from: auth::from(&parts.extensions) }))
    }
}

/// Whoever has signed in, for the audit log.
pub(super) fn actor(user: &User, from: String) -> Actor {
    Actor { kind: ActorKind::User, id: user.id.get(), name: user.email.clone(), from }
}

/// Browsers say of every request that changes something where it is from, and the router refuses
/// those from elsewhere. A cookie that comes without a word about that is no browser's.
fn says_where_it_is_from(parts: &Parts) -> Result<(), Problem> {
    if parts.method.is_safe() || is_said(&parts.headers) {
        return Ok(());
    }
    let detail = "a session's cookie works with `Sec-Fetch-Site` or `Origin` alone, as browsers send \
                  them: programs use an API key";
    Err(Problem::new(Kind::CROSS_SITE, detail))
}

fn is_said(headers: &HeaderMap) -> bool {
    headers.contains_key("sec-fetch-site") || headers.contains_key(header::ORIGIN)
}

/// In the background: nobody waits for it.
fn note_use(state: &AdminState, session: &Session, digest: &[u8]) {
    if session.was_seen_lately(Millis::now()) {
        return;
    }
    let (store, digest) = (state.store.clone(), digest.to_vec());
    tokio::spawn(async move {
        if let Err(error) = sessions::seen(&store, digest).await {
            tracing::debug!(%error, "a session's use was not noted");
        }
    });
}

impl FromRequestParts<Arc<AdminState>> for Person {
    type Rejection = Problem;

    async fn from_request_parts(
        parts: &mut Parts,
        state: &Arc<AdminState>,
    ) -> Result<Self, Problem> {
        if parts.headers.contains_key(header::AUTHORIZATION) {
            // A key that does not work is told so first.
            Caller::from_request_parts(parts, state).await?;
            let detail = "this is for people who have signed in, and an API key is no person";
            return Err(Problem::new(Kind::NOT_FOR_KEYS, detail));
        }
        Self::of_cookie(parts, state).await?.ok_or_else(auth::unauthorized)
    }
}

impl OptionalFromRequestParts<Arc<AdminState>> for Person {
    type Rejection = Problem;

    async fn from_request_parts(
        parts: &mut Parts,
        state: &Arc<AdminState>,
    ) -> Result<Option<Self>, Problem> {
        Self::of_cookie(parts, state).await
    }
}
