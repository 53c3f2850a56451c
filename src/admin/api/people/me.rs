//! One's own account.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::{Extensions, HeaderMap};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use utoipa::ToSchema;

use super::begin::{Begun, Place, begin};
use super::fields::{email, hashed, invalid, name, network, too_often};
use super::view::Me;
use crate::admin::api::finish::to_the_end;
use crate::admin::body::JsonBody;
use crate::admin::problem::{Kind, Problem};
use crate::admin::session::Person;
use crate::admin::state::AdminState;
use crate::store::Error;
use crate::store::sessions::{Factor, Session};
use crate::store::users::{self, User};

/// What somebody changes of their own account.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::admin) struct MeDraft {
    #[serde(default)]
    pub(in crate::admin) name: Option<String>,
    /// A new password. Every session ends, and the answer begins a new one.
    #[serde(default)]
    pub(in crate::admin) password: Option<String>,
    /// Needed for a new password.
    #[serde(default)]
    pub(in crate::admin) current_password: Option<String>,
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
    match changed(&state, person, &headers, &extensions, body.value).await? {
        Changed::Kept(user, session) => {
            Ok(Json(Me::read(&state, user, session).await?).into_response())
        }
        Changed::Anew(begun) => begun.answer(&state).await,
    }
}

/// Whose account was changed.
pub(in crate::admin) enum Changed {
    /// Somebody's, in the session that they had.
    Kept(User, Session),
    /// Somebody's whose password is another: every session has ended, and this one has begun.
    Anew(Begun),
}

/// Changes one's own name, or password.
pub(in crate::admin) async fn changed(
    state: &AdminState,
    person: Person,
    headers: &HeaderMap,
    extensions: &Extensions,
    draft: MeDraft,
) -> Result<Changed, Problem> {
    let MeDraft { name: new_name, password, current_password } = draft;
    let new_name = new_name.as_deref().map(name).transpose()?;
    // All that can be refused first.
    let password = match password {
        Some(password) => {
            prove(state, &person, current_password, extensions).await?;
            Some(hashed(state, password, &email(&person.user.email)?).await?)
        }
        None => None,
    };
    let store = person.store(state);
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
        Ok((user, Some(session))) => Ok(Changed::Kept(user, session)),
        Ok((user, None)) => {
            let place = Place::of(headers, extensions);
            begin(state, user, Factor::None, place, None).await.map(Changed::Anew)
        }
        Err(error) => Err(fault(state, &error)),
    }
}

/// Whether a person has a password. Who signs in elsewhere may have none.
pub(in crate::admin) async fn has_password(
    state: &AdminState,
    person: &Person,
) -> Result<bool, Problem> {
    Ok(password_of(state, person).await?.is_some())
}

async fn password_of(state: &AdminState, person: &Person) -> Result<Option<String>, Problem> {
    let found = users::credentials(&state.store, person.user.id).await;
    Ok(found.map_err(|error| state.fault(&error))?.password)
}

/// Asks a person for their password again, before what would outlast a stolen session. Whoever has
/// none, since they sign in elsewhere, has nothing to say.
pub(super) async fn prove(
    state: &AdminState,
    person: &Person,
    password: Option<String>,
    extensions: &Extensions,
) -> Result<(), Problem> {
    let Some(stored) = password_of(state, person).await? else { return Ok(()) };
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
