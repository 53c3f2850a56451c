//! What the forms of one's account do to the name, the password and the sessions.

use std::sync::Arc;

use axum::extract::State;
use axum::http::{Extensions, HeaderMap, header};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;

use super::show::{Part, Shown, shown};
use crate::admin::api::people::me::{Changed, MeDraft, changed};
use crate::admin::api::people::sessions::{one_ended, others_ended};
use crate::admin::pages::form::{Form, PageId, typed};
use crate::admin::pages::guest::{Visitor, lead_to};
use crate::admin::problem::Problem;
use crate::admin::state::AdminState;
use crate::model::id::SessionId;

/// A new name.
#[derive(Deserialize)]
pub(in crate::admin) struct NameForm {
    name: String,
}

/// A new password. Who has none yet is not asked for the current one.
#[derive(Deserialize)]
pub(in crate::admin) struct PasswordForm {
    #[serde(default)]
    current_password: String,
    password: String,
}

/// Changes the name.
pub(in crate::admin) async fn name(
    State(state): State<Arc<AdminState>>,
    visitor: Visitor,
    headers: HeaderMap,
    extensions: Extensions,
    Form(NameForm { name }): Form<NameForm>,
) -> Response {
    let draft = MeDraft { name: Some(name.clone()), password: None, current_password: None };
    match changed(&state, visitor.person.clone(), &headers, &extensions, draft).await {
        Ok(_) => lead_to("/account?done=name"),
        Err(problem) => {
            let trouble = Some((Part::Name, &problem));
            shown(&state, &visitor, Shown { trouble, name: Some(name), ..Shown::default() }).await
        }
    }
}

/// Changes the password. Every session ends, and this browser gets a new one.
pub(in crate::admin) async fn password(
    State(state): State<Arc<AdminState>>,
    visitor: Visitor,
    headers: HeaderMap,
    extensions: Extensions,
    Form(PasswordForm { current_password, password }): Form<PasswordForm>,
) -> Response {
    let current_password = typed(current_password);
    let draft = MeDraft { name: None, password: Some(password), current_password };
    let there = lead_to("/account?done=password");
    match changed(&state, visitor.person.clone(), &headers, &extensions, draft).await {
        Ok(Changed::Anew(begun)) => ([(header::SET_COOKIE, begun.cookie)], there).into_response(),
        Ok(Changed::Kept(..)) => there,
        Err(problem) => refused(&state, &visitor, Part::Password, &problem).await,
    }
}

/// Ends one session.
pub(in crate::admin) async fn end(
    State(state): State<Arc<AdminState>>,
    visitor: Visitor,
    PageId(id): PageId<SessionId>,
) -> Response {
    match one_ended(&state, visitor.person.clone(), id).await {
        Ok(()) => lead_to("/account?done=session"),
        Err(problem) => refused(&state, &visitor, Part::Sessions, &problem).await,
    }
}

/// Ends all other sessions.
pub(in crate::admin) async fn end_others(
    State(state): State<Arc<AdminState>>,
    visitor: Visitor,
) -> Response {
    match others_ended(&state, visitor.person.clone()).await {
        Ok(()) => lead_to("/account?done=others"),
        Err(problem) => refused(&state, &visitor, Part::Sessions, &problem).await,
    }
}

/// The page, with what was wrong with the form of a part.
pub(super) async fn refused(
    state: &AdminState,
    visitor: &Visitor,
    part: Part,
    problem: &Problem,
) -> Response {
    let trouble = Some((part, problem));
    shown(state, visitor, Shown { trouble, ..Shown::default() }).await
}
