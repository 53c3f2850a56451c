//! An invitation, from its link.

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;

use super::form::{Form, typed};
use super::frame::{Frame, page};
use super::guest::lead_to;
use crate::admin::api::people::accept::{Acceptance, Accepted, OpenInvitation, accepted, opened};
use crate::admin::api::people::begin::Asker;
use crate::admin::problem::Problem;
use crate::admin::state::AdminState;

/// The form: at first the token alone, which stands in the address's fragment.
#[derive(Default, Deserialize)]
pub(in crate::admin) struct InvitationForm {
    #[serde(default)]
    token: String,
    #[serde(default)]
    name: String,
    #[serde(default)]
    password: String,
    /// Whether somebody accepts, who has seen what the invitation is to.
    #[serde(default)]
    accepts: bool,
}

#[derive(Template)]
#[template(path = "invitation.html")]
struct InvitationPage<'a> {
    frame: Frame,
    wrong: Option<&'a str>,
    token: &'a str,
    name: &'a str,
    /// What it is to, once its token was sent.
    open: Option<&'a OpenInvitation>,
    is_signed_in: bool,
}

/// The form for the token.
pub(in crate::admin) async fn show() -> Response {
    form(StatusCode::OK, None, &InvitationForm::default(), None, false)
}

/// Shows what the invitation is to, or accepts it.
pub(in crate::admin) async fn send(
    State(state): State<Arc<AdminState>>,
    asker: Asker,
    Form(sent): Form<InvitationForm>,
) -> Response {
    let is_signed_in = asker.has_signed_in();
    let open = match opened(&state, asker.network(), sent.token.trim()).await {
        Ok(open) => open,
        Err(problem) => return form(problem.status(), Some(&problem), &sent, None, is_signed_in),
    };
    if !sent.accepts {
        return form(StatusCode::OK, None, &sent, Some(&open), is_signed_in);
    }
    let acceptance = Acceptance {
        token: sent.token.trim().to_owned(),
        name: typed(sent.name.clone()),
        password: typed(sent.password.clone()),
    };
    match accepted(&state, asker, acceptance).await {
        Ok(Accepted::Known(..)) => lead_to("/"),
        Ok(Accepted::New(begun)) => {
            ([(header::SET_COOKIE, begun.cookie)], lead_to("/")).into_response()
        }
        Err(problem) => form(problem.status(), Some(&problem), &sent, Some(&open), is_signed_in),
    }
}

fn form(
    status: StatusCode,
    problem: Option<&Problem>,
    sent: &InvitationForm,
    open: Option<&OpenInvitation>,
    is_signed_in: bool,
) -> Response {
    let page_of = InvitationPage {
        frame: Frame::new("Invitation", None),
        wrong: problem.map(Problem::detail),
        token: &sent.token,
        name: &sent.name,
        open,
        is_signed_in,
    };
    page(status, &page_of)
}
