//! The settings of a domain are saved, if nobody changed it meanwhile.

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;

use super::form::DomainForm;
use super::show::{Shown, shown};
use crate::accounts::permission::Permission;
use crate::admin::api::domains::change::{another_version, changed};
use crate::admin::api::domains::read;
use crate::admin::api::etag::Tags;
use crate::admin::pages::form::{Form, PageId, in_plain_words};
use crate::admin::pages::guest::{Guest, lead_to};
use crate::admin::problem::Problem;
use crate::admin::state::AdminState;
use crate::links::{DomainEdit, DomainView};
use crate::model::id::DomainId;

/// Saves what was changed.
pub(in crate::admin) async fn save(
    State(state): State<Arc<AdminState>>,
    guest: Guest,
    PageId(id): PageId<DomainId>,
    Form(sent): Form<DomainForm>,
) -> Response {
    if let Err(refusal) = guest.needs(Permission::DomainsWrite) {
        return refusal;
    }
    match saved(&state, &guest, id, &sent).await {
        Ok(()) => lead_to(&format!("/domains/{id}?done=saved")),
        Err(problem) => {
            let problem = in_plain_words("domain", problem);
            let what = Shown { sent: Some((&sent, &problem)), ..Shown::default() };
            shown(&state, &guest, id, what).await
        }
    }
}

async fn saved(
    state: &Arc<AdminState>,
    guest: &Guest,
    id: DomainId,
    sent: &DomainForm,
) -> Result<(), Problem> {
    let edit = match read::view(state, &guest.caller, id).await? {
        DomainView::Active(domain) if domain.version != sent.version => {
            return Err(another_version());
        }
        DomainView::Active(domain) if *sent == DomainForm::of(&domain) => return Ok(()),
        DomainView::Active(domain) => sent.edit(&domain)?,
        // The API says why a claim has no settings.
        DomainView::Pending(_) => DomainEdit::default(),
    };
    let tags = Some(Tags::of(sent.version));
    changed(state, guest.caller.clone(), id, tags, &edit).await.map(drop)
}
