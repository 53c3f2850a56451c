//! One's own account.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::{Extensions, HeaderMap};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use utoipa::ToSchema;

use super::begin::{Place, begin};
use super::fields::{email, hashed, invalid, name, network, too_often};
use super::view::Me;
use crate::admin::api::finish::to_the_end;
use crate::admin::body::JsonBody;
use crate::admin::problem::{Kind, Problem};
use crate::admin::session::Person;
use crate::admin::state::AdminState;
use crate::store::Error;
use crate::store::sessions::Factor;
use crate::store::users;

/// What somebody changes of their own account.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::admin) struct MeDraft {
    #[serde(default)]
    name: Option<String>,
    /// A new password. Every session ends, and the answer begins a new one.
    #[serde(default)]
    password: Option<String>,
    /// Needed for a new password.
    #[serde(default)]
    current_password: Option<String>,
}

/// Who has signed in, and where they belong.
#[utoipa::path(get, path = "/api/v1/me", tag = "people", operation_id = "read_me", responses((status = 200, body = Me)))]
pub(in crate::admin) async fn read(
    State(state): State<Arc<AdminState>>,
    person: Person,
) -> Result<Json<Me>, Problem> {
    Ok(Json(Me::read(&state, person.user, person.session).await?))
}

/// Changes one's own name, or password.
#[utoipa::path(patch, path = "/api/v1/me", tag = "people", operation_id = "change_me", request_body = MeDraft,
    responses((status = 200, body = Me), (status = 201, body = Me, description = "The password was changed: the answer has the cookie of a new session"), (status = 403, description = "The current password is wrong, or a key asks"), (status = 409, description = "It was changed meanwhile")))]
pub(in crate::admin) async fn change(
    State(state): State<Arc<AdminState>>,
    person: Person,
    extensions: Extensions,
    headers: HeaderMap,
    body: JsonBody<MeDraft>,
) -> Result<Response, Problem> {
    let MeDraft { name: new_name, password, current_password } = body.value;
    let new_name = new_name.as_deref().map(name).transpose()?;
    // All that can be refused first.
    let password = match password {
        Some(password) => {
            prove(&state, &person, current_password, &extensions).await?;
            Some(hashed(&state, password, &email(&person.user.email)?).await?)
        }
        None => None,
    };
    let store = person.store(&state);
    let (id, version) = (person.user.id, person.user.version);
    let changed = to_the_end(async move {
        let mut user = person.user;
        if let Some(name) = new_name {
            user = users::rename(&store, id, name).await?;
        }
        let Some(password) = password else { return Ok((user, Some(person.session))) };
        user = users::set_password(&store, id, Some(version), password).await?;
        Ok((user, None))
    });
    match changed.await {
        Ok((user, Some(session))) => {
            Ok(Json(Me::read(&state, user, session).await?).into_response())
        }
        Ok((user, None)) => {
            let place = Place::of(&headers, &extensions);
            begin(&state, user, Factor::None, place, None).await?.answer(&state).await
        }
        Err(error) => Err(fault(&state, &error)),
    }
}

/// Asks a person for their password again, before what would outlast a stolen session. Whoever has
/// none, since they sign in elsewhere, has nothing to say.
pub(super) async fn prove(
    state: &AdminState,
    person: &Person,
    password: Option<String>,
    extensions: &Extensions,
) -> Result<(), Problem> {
    let found = users::credentials(&state.store, person.user.id).await;
    let stored = found.map_err(|error| state.fault(&error))?.password;
    let Some(stored) = stored else { return Ok(()) };
    let Some(password) = password else {
        return Err(invalid(
            "current_password",
            "the current password is needed for this".to_owned(),
        ));
    };
    let account = email(&person.user.email)?;
    let tried = state.sign_in.attempts.password(account.folded(), network(extensions));
    tried.map_err(too_often)?;
    if state.sign_in.passwords.verify(password, Some(stored)).await {
        return Ok(());
    }
    Err(Problem::new(Kind::WRONG_PASSWORD, "that is not the current password")
        .at("current_password"))
}

/// The answer to a failure of the store that is about a person.
pub(super) fn fault(state: &AdminState, error: &Error) -> Problem {
    match error {
        Error::Stale => {
            let detail = "the account was changed elsewhere meanwhile: sign in again";
            Problem::new(Kind::CHANGED_MEANWHILE, detail)
        }
        error => state.fault(error),
    }
}
