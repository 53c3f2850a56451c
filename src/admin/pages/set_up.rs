//! The first owner, from the address that the server printed.

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;

use super::form::Form;
use super::frame::{Frame, page};
use super::guest::lead_to;
use crate::admin::api::people::begin::Asker;
use crate::admin::api::people::setup::{SetUpDraft, made};
use crate::admin::problem::Problem;
use crate::admin::state::AdminState;

/// The form. The token stands in the address's fragment, which no server sees: the script puts it
/// into the form, or somebody pastes it.
#[derive(Default, Deserialize)]
pub(in crate::admin) struct SetUpForm {
    token: String,
    email: String,
    name: String,
    password: String,
}

#[derive(Template)]
#[template(path = "set_up.html")]
struct SetUpPage<'a> {
    frame: Frame,
    wrong: Option<&'a str>,
    token: &'a str,
    email: &'a str,
    name: &'a str,
}

/// The form.
pub(in crate::admin) async fn show() -> Response {
    form(StatusCode::OK, None, &SetUpForm::default())
}

/// Makes the first owner.
pub(in crate::admin) async fn send(
    State(state): State<Arc<AdminState>>,
    asker: Asker,
    Form(sent): Form<SetUpForm>,
) -> Response {
    let draft = SetUpDraft {
        token: sent.token.trim().to_owned(),
        email: sent.email.clone(),
        name: sent.name.clone(),
        password: sent.password.clone(),
    };
    match made(&state, asker, draft).await {
        Ok(begun) => ([(header::SET_COOKIE, begun.cookie)], lead_to("/")).into_response(),
        Err(problem) => form(problem.status(), Some(&problem), &sent),
    }
}

fn form(status: StatusCode, problem: Option<&Problem>, sent: &SetUpForm) -> Response {
    let page_of = SetUpPage {
        frame: Frame::new("Set up", None),
        wrong: problem.map(Problem::detail),
        token: &sent.token,
        email: &sent.email,
        name: &sent.name,
    };
    page(status, &page_of)
}
