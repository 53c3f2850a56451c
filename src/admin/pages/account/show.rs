//! The page of one's own account.

use std::sync::Arc;

use askama::Template;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::Response;

use super::browsers::in_short;
use crate::admin::api::people::me::has_password;
use crate::admin::api::people::sessions;
use crate::admin::api::people::totp::{TotpOffer, is_offered};
use crate::admin::api::people::view::SessionView;
use crate::admin::pages::filters;
use crate::admin::pages::form::Done;
use crate::admin::pages::frame::{Frame, page};
use crate::admin::pages::guest::Visitor;
use crate::admin::problem::Problem;
use crate::admin::state::AdminState;
use crate::links::{QrStyle, qr_code};
use crate::model::time::Millis;

/// Pixels of a side of the QR code: it fits a narrow phone.
const DRAWING_SIZE: u32 = 240;

/// A part of the page, with a form that can be refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Part {
    Name,
    Password,
    Factor,
    Sessions,
}

/// What the page shows beside the account.
#[derive(Default)]
pub(super) struct Shown<'a> {
    /// Why nothing became of a form.
    pub(super) trouble: Option<(Part, &'a Problem)>,
    /// The name that was typed.
    pub(super) name: Option<String>,
    /// A second factor that was offered just now.
    pub(super) offer: Option<TotpOffer>,
    /// The recovery codes of one that is in force since just now.
    pub(super) codes: Vec<String>,
    /// What was done just now.
    pub(super) done: Option<&'static str>,
}

/// How far somebody is with a second factor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Factor {
    None,
    /// It waits for its first code.
    Offered,
    InForce,
}

#[derive(Template)]
#[template(path = "account.html")]
struct AccountPage<'a> {
    frame: Frame,
    trouble: Option<(Part, &'a Problem)>,
    email: &'a str,
    since: Millis,
    name: &'a str,
    has_password: bool,
    factor: Factor,
    offer: Option<TotpOffer>,
    /// The offer as a drawing; nothing where its text is too long for one.
    drawing: Option<String>,
    codes: Vec<String>,
    sessions: Vec<SessionView>,
}

impl AccountPage<'_> {
    /// What was wrong with the form of this part.
    fn wrong(&self, part: Part) -> Option<&str> {
        let of_part = self.trouble.filter(|(it, _)| *it == part);
        of_part.map(|(_, problem)| problem.detail())
    }

    /// All recovery codes, a line each.
    fn codes_text(&self) -> String {
        self.codes.join("\n")
    }

    /// What a browser calls itself, in short.
    fn browser(&self, agent: &str) -> String {
        in_short(agent)
    }
}

/// The account of whoever looks.
pub(in crate::admin) async fn show(
    State(state): State<Arc<AdminState>>,
    visitor: Visitor,
    Query(Done { done }): Query<Done>,
) -> Response {
    let done = match done.as_str() {
        "name" => Some("Your name is changed."),
        "password" => Some("Your password is changed. All your other sessions have ended."),
        "session" => Some("The session has ended."),
        "others" => Some("All your other sessions have ended."),
        "factor" => Some("The second factor is gone. The password alone lets you in."),
        _ => None,
    };
    shown(&state, &visitor, Shown { done, ..Shown::default() }).await
}

/// The page, as it is after whatever was done.
pub(super) async fn shown(state: &AdminState, visitor: &Visitor, what: Shown<'_>) -> Response {
    let person = &visitor.person;
    let asked =
        async { Ok((has_password(state, person).await?, sessions::all(state, person).await?)) };
    let (has_password, sessions) = match asked.await {
        Ok(found) => found,
        Err(problem) => return visitor.refused(&problem),
    };
    let factor = if person.user.has_totp || !what.codes.is_empty() {
        Factor::InForce
    } else if what.offer.is_some() || is_offered(person) {
        Factor::Offered
    } else {
        Factor::None
    };
    let status = match what.trouble {
        Some((_, problem)) => problem.status(),
        None if !what.codes.is_empty() => StatusCode::CREATED,
        None => StatusCode::OK,
    };
    let page_of = AccountPage {
        frame: visitor.frame("Your account").telling(what.done),
        trouble: what.trouble,
        email: &person.user.email,
        since: person.user.created_at,
        name: what.name.as_deref().unwrap_or(&person.user.name),
        has_password,
        factor,
        drawing: what.offer.as_ref().and_then(|offer| drawing(&offer.url)),
        offer: what.offer,
        codes: what.codes,
        sessions,
    };
    page(status, &page_of)
}

/// A QR code as a drawing in the page, so that its secret has no address of its own.
fn drawing(url: &str) -> Option<String> {
    let style = QrStyle { size: DRAWING_SIZE, ..QrStyle::default() };
    String::from_utf8(qr_code(url, &style).ok()?).ok()
}
