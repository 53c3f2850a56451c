//! How every session begins, whatever it was proved with: with a new id.

use std::net::IpAddr;
use std::sync::Arc;

use axum::Json;
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{Extensions, HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};

use super::fields::network;
use super::view::Me;
use crate::accounts::token::Token;
use crate::admin::api::finish::to_the_end;
use crate::admin::auth;
use crate::admin::problem::{Kind, Problem};
use crate::admin::session::{Person, actor};
use crate::admin::state::AdminState;
use crate::store::Error;
use crate::store::sessions::{self, Factor, NewSession, Session, Which};
use crate::store::users::User;

/// Characters of a browser's name that are kept.
const AGENT_LENGTH_MAX: usize = 256;

/// Where a session begins.
pub(super) struct Place {
    agent: String,
    from: String,
}

impl Place {
    /// The browser and the address of a request.
    pub(super) fn of(headers: &HeaderMap, extensions: &Extensions) -> Self {
        let agent = headers.get(header::USER_AGENT).map(HeaderValue::as_bytes);
        let agent = String::from_utf8_lossy(agent.unwrap_or_default());
        let agent = agent.chars().filter(|c| !c.is_control()).take(AGENT_LENGTH_MAX).collect();
        Self { agent, from: auth::from(extensions) }
    }

    /// The address.
    pub(super) fn from(&self) -> String {
        self.from.clone()
    }
}

/// Who asks, before anybody knows them: from where, by which browser, and in whose session so far.
pub(in crate::admin) struct Asker {
    pub(super) network: IpAddr,
    pub(super) place: Place,
    pub(super) before: Option<Person>,
}

impl Asker {
    /// The address that tries are counted for.
    pub(in crate::admin) fn network(&self) -> IpAddr {
        self.network
    }

    /// Whether they have a session.
    pub(in crate::admin) fn has_signed_in(&self) -> bool {
        self.before.is_some()
    }
}

impl FromRequestParts<Arc<AdminState>> for Asker {
    type Rejection = Problem;

    async fn from_request_parts(
        parts: &mut Parts,
        state: &Arc<AdminState>,
    ) -> Result<Self, Problem> {
        Ok(Self {
            network: network(&parts.extensions),
            place: Place::of(&parts.headers, &parts.extensions),
            before: Person::of_cookie(parts, state).await?,
        })
    }
}

/// A session that has begun.
pub(in crate::admin) struct Begun {
    pub(super) user: User,
    pub(super) session: Session,
    /// The `Set-Cookie` that goes with it.
    pub(in crate::admin) cookie: HeaderValue,
}

impl Begun {
    /// The answer of the API.
    pub(super) async fn answer(self, state: &AdminState) -> Result<Response, Problem> {
        let me = Me::read(state, self.user, self.session).await?;
        Ok((StatusCode::CREATED, [(header::SET_COOKIE, self.cookie)], Json(me)).into_response())
    }
}

/// [`start`]s a session.
pub(super) async fn begin(
    state: &AdminState,
    user: User,
    factor: Factor,
    place: Place,
    before: Option<Person>,
) -> Result<Begun, Problem> {
    match start(state, user, factor, place, before).await {
        Ok((user, session, cookie)) => Ok(Begun { user, session, cookie }),
        Err(Error::Stale) => Err(wrong_credentials()),
        Err(Error::Missing) => Err(wrong_code()),
        Err(error) => Err(state.fault(&error)),
    }
}

/// Begins a session of somebody whose credentials, as of `user.version`, were verified, with its cookie.
/// A session that the browser had ends.
pub(super) async fn start(
    state: &AdminState,
    user: User,
    factor: Factor,
    place: Place,
    before: Option<Person>,
) -> Result<(User, Session, HeaderValue), Error> {
    let token = Token::random();
    let (store, digest) = (state.store.on_behalf_of(actor(&user, place.from())), token.digest());
    let new = NewSession { digest, agent: place.agent, network: place.from };
    let who = user.clone();
    let begun = to_the_end(async move {
        let session = sessions::begin(&store, who, factor, new).await?;
        if let Some(before) = before {
            sessions::end(&store, before.user, Which::One(before.session.id)).await?;
        }
        Ok(session)
    });
    Ok((user, begun.await?, state.sign_in.cookie(&token)))
}

/// One answer for an unknown address and a wrong password.
pub(super) fn wrong_credentials() -> Problem {
    let detail = "the e-mail address or the password is wrong: who has lost theirs asks the operator for \
                  `carom user reset-password`";
    Problem::new(Kind::WRONG_CREDENTIALS, detail)
}

/// One answer for a wrong code and a used one.
pub(super) fn wrong_code() -> Problem {
    let detail =
        "the code is wrong or was used already: wait for the next one, or take a recovery code";
    Problem::new(Kind::WRONG_CODE, detail).at("code")
}
