//! Signing in and out.

use std::sync::Arc;

use axum::extract::State;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use utoipa::ToSchema;

use super::begin::{Asker, Begun, begin, wrong_code, wrong_credentials};
use super::fields::{email, too_often};
use super::view::Me;
use crate::accounts::totp::{RecoveryCode, TotpSecret};
use crate::admin::api::finish::to_the_end;
use crate::admin::body::JsonBody;
use crate::admin::problem::{Kind, Problem};
use crate::admin::session::Person;
use crate::admin::state::AdminState;
use crate::model::time::Millis;
use crate::store::sessions::{self, Factor, Which};
use crate::store::users::{self, Credentials, UserState};

/// What somebody signs in with.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::admin) struct SignInDraft {
    pub(in crate::admin) email: String,
    pub(in crate::admin) password: String,
    /// Of the authenticator, or a recovery code; only who has a second factor is asked for one.
    #[serde(default)]
    pub(in crate::admin) code: Option<String>,
}

/// Signs in. The cookie in the answer stands for the person from then on.
#[utoipa::path(post, path = "/api/v1/session", tag = "people", operation_id = "sign_in", request_body = SignInDraft, security(()),
    responses((status = 201, body = Me), (status = 401, description = "Wrong, or a code is needed: `type` says which"), (status = 403, description = "The account is disabled, or the request is of another site")))]
pub(in crate::admin) async fn sign_in(
    State(state): State<Arc<AdminState>>,
    asker: Asker,
    body: JsonBody<SignInDraft>,
) -> Result<Response, Problem> {
    signed_in(&state, asker, body.value).await?.answer(&state).await
}

/// Verifies what somebody signs in with, and begins their session.
pub(in crate::admin) async fn signed_in(
    state: &AdminState,
    asker: Asker,
    draft: SignInDraft,
) -> Result<Begun, Problem> {
    let SignInDraft { email: address, password, code } = draft;
    let address = email(&address)?;
    let tried = state.sign_in.attempts.password(address.folded(), asker.network);
    tried.map_err(too_often)?;
    let found = users::find_by_email(&state.store, address.folded()).await;
    let found = found.map_err(|error| state.fault(&error))?;
    // Without an account the answer takes as long.
    let stored = found.as_ref().and_then(|found| found.password.clone());
    let is_right = state.sign_in.passwords.verify(password, stored).await;
    let Some(found) = found.filter(|_| is_right) else { return Err(wrong_credentials()) };
    if found.user.state == UserState::Disabled {
        let detail = "the account is disabled: an operator enables it with `carom user enable`";
        return Err(Problem::new(Kind::ACCOUNT_DISABLED, detail));
    }
    let factor = factor(state, &found, code.as_deref())?;
    begin(state, found.user, factor, asker.place, asker.before).await
}

/// What a code proves. Whether it was used before, the store says.
fn factor(state: &AdminState, found: &Credentials, code: Option<&str>) -> Result<Factor, Problem> {
    let Some(secret) = &found.totp_secret else { return Ok(Factor::None) };
    let Some(code) = code else {
        let detail =
            "the password is right: send `code` too, from the authenticator or a recovery code";
        return Err(Problem::new(Kind::SECOND_FACTOR_REQUIRED, detail).at("code"));
    };
    if let Some(code) = RecoveryCode::parse(code) {
        return Ok(Factor::Recovery(code.digest()));
    }
    state.sign_in.attempts.code(found.user.id.get()).map_err(too_often)?;
    let step =
        TotpSecret::from_stored(secret).step(code, Millis::now().epoch_seconds(), found.totp_step);
    step.map(Factor::Step).ok_or_else(wrong_code)
}

/// Signs out: the session ends, here and in the store.
#[utoipa::path(delete, path = "/api/v1/session", tag = "people", operation_id = "sign_out", responses((status = 204, description = "Ended")))]
pub(in crate::admin) async fn sign_out(
    State(state): State<Arc<AdminState>>,
    person: Person,
) -> Result<Response, Problem> {
    let cookie = end(&state, person).await?;
    Ok((StatusCode::NO_CONTENT, [(header::SET_COOKIE, cookie)]).into_response())
}

/// Ends a person's session, and gives the `Set-Cookie` that takes the cookie away.
pub(in crate::admin) async fn end(
    state: &AdminState,
    person: Person,
) -> Result<HeaderValue, Problem> {
    let store = person.store(state);
    let ended = async move {
        let Person { user, session, .. } = person;
        sessions::end(&store, user, Which::One(session.id)).await
    };
    to_the_end(ended).await.map_err(|error| state.fault(&error))?;
    Ok(state.sign_in.no_cookie())
}
