//! The domain or the claim that a path names, if its caller may see it.

use axum::Json;
use axum::http::header;
use axum::response::{IntoResponse, Response};

use crate::admin::api::etag::etag;
use crate::admin::api::path::Named as _;
use crate::admin::auth::Caller;
use crate::admin::problem::{Kind, Problem};
use crate::admin::state::AdminState;
use crate::dns::{record_name, record_value};
use crate::links::{DomainView, Record};
use crate::model::id::DomainId;
use crate::store;
use crate::store::domains::claims::{self, Claim};
use crate::store::domains::{self, Domain};

/// What an id stands for.
pub(super) enum Found {
    /// A domain that serves.
    Domain(Domain),
    /// A name without a proof yet.
    Claim(Claim),
}

impl Found {
    /// What the id stands for, or the one problem for all that a caller may not see.
    pub(super) async fn find(
        state: &AdminState,
        caller: &Caller,
        id: DomainId,
    ) -> Result<Self, Problem> {
        let fault = |error| fault(state, &error);
        let domain = domains::get(&state.store, caller.workspace, id).await.map_err(fault)?;
        let claim = claims::get(&state.store, caller.workspace, id).await.map_err(fault)?;
        let found = domain.map(Self::Domain).or(claim.map(Self::Claim));
        found.filter(|_| caller.reaches(id)).ok_or_else(DomainId::missing)
    }

    /// As programs read it.
    pub(super) fn view(&self, state: &AdminState) -> DomainView {
        match self {
            Self::Domain(domain) => DomainView::of_domain(domain, &state.short_urls),
            Self::Claim(claim) => view_of_claim(claim),
        }
    }

    pub(super) fn answer(&self, state: &AdminState) -> Response {
        match self {
            Self::Domain(domain) => answer(state, domain),
            Self::Claim(claim) => Json(view_of_claim(claim)).into_response(),
        }
    }
}

/// A domain as it is.
pub(super) fn answer(state: &AdminState, domain: &Domain) -> Response {
    let view = DomainView::of_domain(domain, &state.short_urls);
    ([(header::ETAG, etag(domain.version))], Json(view)).into_response()
}

pub(super) fn view_of_claim(claim: &Claim) -> DomainView {
    let (name, value) = (record_name(&claim.host), record_value(&claim.token));
    DomainView::of_claim(claim, Record { name, value })
}

/// After a change: this node answers by it at once. If it cannot be read now, the change log says it
/// again within seconds.
pub(super) async fn reread(state: &AdminState) {
    if let Err(error) = state.domains.reload(&state.store).await {
        tracing::debug!(%error, "the domains are read again a little later");
    }
}

/// The answer to a failure of the store.
pub(super) fn fault(state: &AdminState, error: &store::Error) -> Problem {
    match error {
        store::Error::Missing => DomainId::missing(),
        store::Error::Stale => {
            let detail = "the domain was changed by somebody else meanwhile: try again";
            Problem::new(Kind::CHANGED_MEANWHILE, detail)
        }
        error => state.fault(error),
    }
}
