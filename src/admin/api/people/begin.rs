//! How every session begins, whatever it was proved with: with a new id.

use axum::Json;
use axum::http::{Extensions, HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};

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

/// [`start`]s a session, and answers with its cookie.
pub(super) async fn begin(
    state: &AdminState,
    user: User,
    factor: Factor,
    place: Place,
    before: Option<Person>,
) -> Result<Response, Problem> {
    let (user, session, cookie) = match start(state, user, factor, place, before).await {
        Ok(started) => started,
        Err(Error::Stale) => return Err(wrong_credentials()),
        Err(Error::Missing) => return Err(wrong_code()),
        Err(error) => return Err(state.fault(&error)),
    };
    let me = Me::read(state, user, session).await?;
    Ok((StatusCode::CREATED, [(header::SET_COOKIE, cookie)], Json(me)).into_response())
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
