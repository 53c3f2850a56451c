//! Signing in and out.

use std::sync::Arc;

use askama::Template;
use axum::extract::{Query, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;

use super::form::{Form, typed};
use super::frame::{Frame, page};
use super::guest::lead_to;
use super::refused::refused;
use crate::admin::api::people::begin::Asker;
use crate::admin::api::people::session::{SignInDraft, end, signed_in};
use crate::admin::problem::{Kind, Problem};
use crate::admin::session::Person;
use crate::admin::state::AdminState;
use crate::sso::pending::ReturnTo;
use crate::store::setup;

/// Where somebody wanted to go.
#[derive(Default, Deserialize)]
pub(in crate::admin) struct Wanted {
    #[serde(default)]
    next: String,
}

/// The form.
#[derive(Deserialize)]
pub(in crate::admin) struct SignInForm {
    email: String,
    password: String,
    #[serde(default)]
    code: String,
    #[serde(default)]
    next: String,
}

#[derive(Template)]
#[template(path = "sign_in.html")]
struct SignInPage<'a> {
    frame: Frame,
    /// What was wrong.
    wrong: Option<&'a str>,
    email: &'a str,
    asks_for_code: bool,
    next: &'a str,
    provider: Option<&'a str>,
    is_awaiting_set_up: bool,
}

/// The form. Whoever has signed in goes on.
pub(in crate::admin) async fn show(
    State(state): State<Arc<AdminState>>,
    person: Option<Person>,
    Query(Wanted { next }): Query<Wanted>,
) -> Response {
    if person.is_some() {
        return lead_to(next_page(&next).as_str());
    }
    let awaited = setup::is_awaited(&state.store).await;
    match awaited {
        Ok(is_awaiting_set_up) => form(&state, StatusCode::OK, None, "", &next, is_awaiting_set_up),
        Err(error) => refused(None, &state.fault(&error)),
    }
}

/// Signs in.
pub(in crate::admin) async fn send(
    State(state): State<Arc<AdminState>>,
    asker: Asker,
    Form(form_sent): Form<SignInForm>,
) -> Response {
    let SignInForm { email, password, code, next } = form_sent;
    let draft = SignInDraft { email: email.clone(), password, code: typed(code) };
    match signed_in(&state, asker, draft).await {
        Ok(begun) => {
            let headers = [(header::SET_COOKIE, begun.cookie)];
            (headers, lead_to(next_page(&next).as_str())).into_response()
        }
        Err(problem) => form(&state, problem.status(), Some(&problem), &email, &next, false),
    }
}

/// Signs out.
pub(in crate::admin) async fn out(
    State(state): State<Arc<AdminState>>,
    person: Person,
) -> Response {
    match end(&state, person).await {
        Ok(cookie) => ([(header::SET_COOKIE, cookie)], lead_to("/sign-in")).into_response(),
        Err(problem) => refused(None, &problem),
    }
}

fn form(
    state: &AdminState,
    status: StatusCode,
    problem: Option<&Problem>,
    email: &str,
    next: &str,
    is_awaiting_set_up: bool,
) -> Response {
    let asks_for_code = problem
        .is_some_and(|it| [Kind::SECOND_FACTOR_REQUIRED, Kind::WRONG_CODE].contains(&it.kind()));
    let page_of = SignInPage {
        frame: Frame::new("Sign in", None),
        wrong: problem.map(Problem::detail),
        email,
        asks_for_code,
        next,
        provider: state.provider.as_ref().map(crate::sso::provider::Provider::name),
        is_awaiting_set_up,
    };
    page(status, &page_of)
}

/// A page of this site, or the first one.
fn next_page(next: &str) -> ReturnTo {
    ReturnTo::try_from(next.to_owned()).unwrap_or_default()
}
