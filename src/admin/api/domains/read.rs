//! Domains and claims are listed and read.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use utoipa::ToSchema;

use super::found::{Found, fault, view_of_claim};
use crate::admin::api::etag::{Tags, etag};
use crate::admin::api::path::PathId;
use crate::admin::auth::{Caller, DomainsRead, May};
use crate::admin::problem::Problem;
use crate::admin::state::AdminState;
use crate::links::DomainView;
use crate::model::id::DomainId;
use crate::store::domains::{self, Domain, claims};

/// All of them: there are few.
#[derive(Serialize, ToSchema)]
#[schema(as = DomainList)]
pub(in crate::admin) struct List {
    domains: Vec<DomainView>,
}

/// Domains and claims, the default domain first, then by host.
#[utoipa::path(get, path = "/api/v1/domains", tag = "domains", operation_id = "list_domains", responses((status = 200, body = List)))]
pub(in crate::admin) async fn list(
    State(state): State<Arc<AdminState>>,
    caller: May<DomainsRead>,
) -> Result<Json<List>, Problem> {
    Ok(Json(List { domains: all(&state, &caller).await? }))
}

/// The domains and claims of a caller who may see them.
pub(in crate::admin) async fn all(
    state: &AdminState,
    caller: &Caller,
) -> Result<Vec<DomainView>, Problem> {
    let fault = |error| fault(state, &error);
    let own = domains::of_workspace(&state.store, caller.workspace).await.map_err(fault)?;
    let claimed = claims::of_workspace(&state.store, caller.workspace).await.map_err(fault)?;
    let (default, others): (Vec<_>, Vec<_>) =
        own.into_iter().filter(|domain| caller.reaches(domain.id)).partition(Domain::is_default);
    let view = |domain| DomainView::of_domain(domain, &state.short_urls);
    let claims = claimed.iter().filter(|claim| caller.reaches(claim.id)).map(view_of_claim);
    let mut rest: Vec<_> = others.iter().map(view).chain(claims).collect();
    rest.sort_by(|a, b| a.host().cmp(b.host()));
    Ok(default.iter().map(view).chain(rest).collect())
}

/// A domain or a claim of a caller who may see it.
pub(in crate::admin) async fn view(
    state: &AdminState,
    caller: &Caller,
    id: DomainId,
) -> Result<DomainView, Problem> {
    Ok(Found::find(state, caller, id).await?.view(state))
}

/// A domain, or a claim.
#[utoipa::path(get, path = "/api/v1/domains/{id}", tag = "domains", operation_id = "read_domain", params(("id" = String, Path, description = "The domain or the claim")),
    responses((status = 200, body = DomainView), (status = 304, description = "Unchanged: see `If-None-Match`")))]
pub(in crate::admin) async fn one(
    State(state): State<Arc<AdminState>>,
    caller: May<DomainsRead>,
    PathId(id): PathId<DomainId>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let found = Found::find(&state, &caller, id).await?;
    if let Found::Domain(domain) = &found
        && Tags::if_none_match(&headers).is_some_and(|tags| tags.hold_weakly(domain.version))
    {
        let tag = [(header::ETAG, etag(domain.version))];
        return Ok((StatusCode::NOT_MODIFIED, tag).into_response());
    }
    Ok(found.answer(&state))
}
