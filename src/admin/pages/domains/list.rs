//! The page of all domains.

use std::sync::Arc;

use askama::Template;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::Response;

use crate::accounts::permission::Permission;
use crate::admin::api::domains::read;
use crate::admin::pages::filters;
use crate::admin::pages::form::Done;
use crate::admin::pages::frame::{Frame, Room, page};
use crate::admin::pages::guest::Guest;
use crate::admin::problem::Problem;
use crate::admin::state::AdminState;
use crate::links::{ActiveView, DomainView, PendingView};

/// What the page shows beside the domains.
#[derive(Default)]
pub(super) struct Shown<'a> {
    /// Why nothing was claimed.
    pub(super) wrong: Option<&'a str>,
    pub(super) status: StatusCode,
    /// The name that was typed.
    pub(super) host: &'a str,
    /// What was done just now.
    pub(super) done: Option<&'static str>,
}

#[derive(Template)]
#[template(path = "domains.html")]
struct DomainsPage<'a> {
    frame: Frame,
    wrong: Option<&'a str>,
    host: &'a str,
    domains: Vec<ActiveView>,
    claims: Vec<PendingView>,
    may_write: bool,
}

/// The domains and the claims of the workspace.
pub(in crate::admin) async fn show(
    State(state): State<Arc<AdminState>>,
    guest: Guest,
    Query(Done { done }): Query<Done>,
) -> Response {
    let done = match done.as_str() {
        "given-up" => Some("The domain is given up. Nothing answers for its name here any more."),
        "claim-given-up" => Some("The claim is given up. You can remove its record."),
        _ => None,
    };
    shown(&state, &guest, Shown { done, ..Shown::default() }).await
}

/// The page, as it is after whatever was done.
pub(super) async fn shown(state: &AdminState, guest: &Guest, what: Shown<'_>) -> Response {
    if let Err(refusal) = guest.needs(Permission::DomainsRead) {
        return refusal;
    }
    match listed(state, guest, &what).await {
        Ok(page_of) => page(what.status, &page_of),
        Err(problem) => guest.refused(&problem),
    }
}

async fn listed<'a>(
    state: &AdminState,
    guest: &Guest,
    what: &Shown<'a>,
) -> Result<DomainsPage<'a>, Problem> {
    let (mut domains, mut claims) = (Vec::new(), Vec::new());
    for view in read::all(state, &guest.caller).await? {
        match view {
            DomainView::Active(domain) => domains.push(domain),
            DomainView::Pending(claim) => claims.push(claim),
        }
    }
    Ok(DomainsPage {
        frame: guest.frame(Room::Domains, "Domains").telling(what.done),
        wrong: what.wrong,
        host: what.host,
        domains,
        claims,
        may_write: guest.may(Permission::DomainsWrite),
    })
}
