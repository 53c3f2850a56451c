//! A name is claimed, looked up, given up.

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use serde::Deserialize;

use super::{list, show};
use crate::accounts::permission::Permission;
use crate::admin::api::domains::change::removed;
use crate::admin::api::domains::claim::{claimed, verified};
use crate::admin::api::domains::read;
use crate::admin::pages::form::{Form, PageId};
use crate::admin::pages::guest::{Guest, lead_to};
use crate::admin::problem::{Kind, Problem};
use crate::admin::state::AdminState;
use crate::links::{DomainDraft, DomainView};
use crate::model::id::DomainId;

/// A name to be claimed.
#[derive(Deserialize)]
pub(in crate::admin) struct ClaimForm {
    #[serde(default)]
    host: String,
}

/// Claims a name.
pub(in crate::admin) async fn claim(
    State(state): State<Arc<AdminState>>,
    guest: Guest,
    Form(ClaimForm { host }): Form<ClaimForm>,
) -> Response {
    if let Err(refusal) = guest.needs(Permission::DomainsWrite) {
        return refusal;
    }
    let draft = DomainDraft { host: host.trim().to_owned() };
    match claimed(&state, &guest.caller, &draft).await {
        Ok(claim) => lead_to(&format!("/domains/{}?done=claimed", claim.id)),
        Err(problem) => {
            let wrong = Some(match problem.kind() {
                Kind::DOMAIN_TAKEN => "This workspace has that name already: it stands below.",
                _ => problem.detail(),
            });
            let what = list::Shown { wrong, status: problem.status(), host: &host, done: None };
            list::shown(&state, &guest, what).await
        }
    }
}

/// Looks a claim's record up now.
pub(in crate::admin) async fn check(
    State(state): State<Arc<AdminState>>,
    guest: Guest,
    PageId(id): PageId<DomainId>,
) -> Response {
    if let Err(refusal) = guest.needs(Permission::DomainsWrite) {
        return refusal;
    }
    match verified(&state, guest.caller.clone(), id).await {
        Ok(_) => lead_to(&format!("/domains/{id}?done=proven")),
        Err(problem) => again(&state, &guest, id, &problem).await,
    }
}

/// Ends a domain without links, or a claim.
pub(in crate::admin) async fn give_up(
    State(state): State<Arc<AdminState>>,
    guest: Guest,
    PageId(id): PageId<DomainId>,
) -> Response {
    if let Err(refusal) = guest.needs(Permission::DomainsWrite) {
        return refusal;
    }
    let given_up = async {
        let was = read::view(&state, &guest.caller, id).await?;
        removed(&state, guest.caller.clone(), id, None).await?;
        Ok::<_, Problem>(was)
    };
    match given_up.await {
        Ok(DomainView::Active(_)) => lead_to("/domains?done=given-up"),
        Ok(DomainView::Pending(_)) => lead_to("/domains?done=claim-given-up"),
        Err(problem) => again(&state, &guest, id, &problem).await,
    }
}

/// The domain's page once more, with what became of it.
async fn again(state: &AdminState, guest: &Guest, id: DomainId, problem: &Problem) -> Response {
    let what = show::Shown { trouble: Some(problem), ..show::Shown::default() };
    show::shown(state, guest, id, what).await
}
