//! The page of a domain, or of a claim that waits for its proof.

use std::sync::Arc;

use askama::Template;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::Response;

use super::form::DomainForm;
use crate::accounts::permission::Permission;
use crate::admin::api::domains::read;
use crate::admin::pages::filters;
use crate::admin::pages::form::{Done, PageId};
use crate::admin::pages::frame::{Frame, Room, page};
use crate::admin::pages::guest::Guest;
use crate::admin::problem::Problem;
use crate::admin::state::AdminState;
use crate::links::{ActiveView, DomainView, PendingView};
use crate::model::domain::ProvenBy;
use crate::model::id::DomainId;

/// What the page shows beside the domain.
#[derive(Default)]
pub(super) struct Shown<'a> {
    /// Settings that were refused, and why.
    pub(super) sent: Option<(&'a DomainForm, &'a Problem)>,
    /// Why nothing became of another form.
    pub(super) trouble: Option<&'a Problem>,
    /// What was done just now.
    pub(super) done: Option<&'static str>,
}

#[derive(Template)]
#[template(path = "domain.html")]
struct DomainPage<'a> {
    frame: Frame,
    domain: ActiveView,
    form: &'a DomainForm,
    wrong: Option<&'a str>,
    /// The field that is wrong.
    field: &'a str,
    trouble: Option<&'a str>,
    is_proven_by_dns: bool,
    may_write: bool,
    may_read_history: bool,
}

#[derive(Template)]
#[template(path = "claimed.html")]
struct ClaimPage<'a> {
    frame: Frame,
    claim: PendingView,
    trouble: Option<&'a str>,
    may_write: bool,
}

/// Shows a domain, or a claim.
pub(in crate::admin) async fn show(
    State(state): State<Arc<AdminState>>,
    guest: Guest,
    PageId(id): PageId<DomainId>,
    Query(Done { done }): Query<Done>,
) -> Response {
    let done = match done.as_str() {
        "saved" => Some("Saved. Visitors are led by it from now on."),
        "claimed" => Some("The name is claimed. Now set the record below."),
        "proven" => Some("The record is there: the domain serves."),
        _ => None,
    };
    shown(&state, &guest, id, Shown { done, ..Shown::default() }).await
}

/// The page, as it is after whatever was done.
pub(super) async fn shown(
    state: &AdminState,
    guest: &Guest,
    id: DomainId,
    what: Shown<'_>,
) -> Response {
    if let Err(refusal) = guest.needs(Permission::DomainsRead) {
        return refusal;
    }
    match read::view(state, &guest.caller, id).await {
        Ok(DomainView::Active(domain)) => of_domain(guest, domain, &what),
        Ok(DomainView::Pending(claim)) => of_claim(guest, claim, &what),
        Err(problem) => guest.refused(&problem),
    }
}

fn of_domain(guest: &Guest, domain: ActiveView, what: &Shown<'_>) -> Response {
    let as_it_is = DomainForm::of(&domain);
    let problem = what.sent.map(|(_, problem)| problem);
    let page_of = DomainPage {
        frame: guest.frame(Room::Domains, domain.name.clone()).telling(what.done),
        form: what.sent.map_or(&as_it_is, |(form, _)| form),
        wrong: problem.map(Problem::detail),
        field: problem.and_then(Problem::field).unwrap_or_default(),
        trouble: what.trouble.map(Problem::detail),
        is_proven_by_dns: domain.proven_by == ProvenBy::Dns,
        may_write: guest.may(Permission::DomainsWrite),
        may_read_history: guest.may(Permission::AuditRead),
        domain,
    };
    page(problem.or(what.trouble).map_or(StatusCode::OK, Problem::status), &page_of)
}

fn of_claim(guest: &Guest, mut claim: PendingView, what: &Shown<'_>) -> Response {
    // A domain whose settings were typed may have been given up and claimed anew meanwhile.
    let trouble = what.trouble.or(what.sent.map(|(_, problem)| problem));
    // What the last check brought is said once.
    claim.problem.take_if(|said| trouble.is_some_and(|it| it.detail() == said));
    let page_of = ClaimPage {
        frame: guest.frame(Room::Domains, claim.name.clone()).telling(what.done),
        trouble: trouble.map(Problem::detail),
        claim,
        may_write: guest.may(Permission::DomainsWrite),
    };
    page(trouble.map_or(StatusCode::OK, Problem::status), &page_of)
}
