//! A domain is changed; a domain or a claim is deleted.

use std::sync::Arc;

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;

use super::found::{Found, answer, fault, reread};
use crate::admin::api::etag::Tags;
use crate::admin::api::finish::to_the_end;
use crate::admin::api::path::PathId;
use crate::admin::auth::{Caller, DomainsWrite, May};
use crate::admin::body::JsonBody;
use crate::admin::problem::{Kind, Problem};
use crate::admin::state::AdminState;
use crate::links::{DomainEdit, DomainView};
use crate::model::id::DomainId;
use crate::store;
use crate::store::domains::{self, Domain, Edit, claims};

/// Changes what the body names (RFC 7396) and leaves the rest.
#[utoipa::path(patch, path = "/api/v1/domains/{id}", tag = "domains", operation_id = "change_domain", params(("id" = String, Path, description = "The domain or the claim")), request_body = DomainEdit,
    responses((status = 200, body = DomainView), (status = 409, description = "It has links, or was changed meanwhile"),
    (status = 412, description = "Another version than `If-Match` names")))]
pub(in crate::admin) async fn change(
    State(state): State<Arc<AdminState>>,
    caller: May<DomainsWrite>,
    PathId(id): PathId<DomainId>,
    headers: HeaderMap,
    body: JsonBody<DomainEdit>,
) -> Result<Response, Problem> {
    let tags = Tags::if_match(&headers);
    let domain = changed(&state, caller.into_caller(), id, tags, &body.value).await?;
    Ok(answer(&state, &domain))
}

/// Changes a domain at a version that these tags name, for a caller who may.
pub(in crate::admin) async fn changed(
    state: &Arc<AdminState>,
    caller: Caller,
    id: DomainId,
    tags: Option<Tags>,
    edit: &DomainEdit,
) -> Result<Domain, Problem> {
    let edit = edit.check(&state.domains.table())?;
    let Found::Domain(domain) = Found::find(state, &caller, id).await? else {
        let detail = "the domain is not proven yet: verify it first";
        return Err(Problem::new(Kind::NOT_PROVEN, detail));
    };
    let version = wanted_version(&domain, tags.as_ref())?;
    to_the_end(apply(Arc::clone(state), caller, id, version, edit)).await
}

/// Deletes a domain without links, or a claim.
#[utoipa::path(delete, path = "/api/v1/domains/{id}", tag = "domains", operation_id = "delete_domain", params(("id" = String, Path, description = "The domain or the claim")),
    responses((status = 204, description = "Gone"), (status = 409, description = "It has links, or is the default one"),
    (status = 412, description = "Another version than `If-Match` names")))]
pub(in crate::admin) async fn delete(
    State(state): State<Arc<AdminState>>,
    caller: May<DomainsWrite>,
    PathId(id): PathId<DomainId>,
    headers: HeaderMap,
) -> Result<StatusCode, Problem> {
    removed(&state, caller.into_caller(), id, Tags::if_match(&headers)).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Deletes a domain at a version that these tags name, or a claim, for a caller who may.
pub(in crate::admin) async fn removed(
    state: &Arc<AdminState>,
    caller: Caller,
    id: DomainId,
    tags: Option<Tags>,
) -> Result<(), Problem> {
    let found = Found::find(state, &caller, id).await?;
    to_the_end(remove(Arc::clone(state), caller, found, tags)).await
}

/// The version that is asked for, or nothing when any will do.
fn wanted_version(domain: &Domain, tags: Option<&Tags>) -> Result<Option<i64>, Problem> {
    match tags {
        None => Ok(None),
        Some(tags) if tags.hold_strongly(domain.version) => Ok(Some(domain.version)),
        Some(_) => Err(another_version()),
    }
}

async fn apply(
    state: Arc<AdminState>,
    caller: Caller,
    id: DomainId,
    version: Option<i64>,
    edit: Edit,
) -> Result<Domain, Problem> {
    let store = caller.store(&state);
    match domains::change(&store, caller.workspace, id, version, edit).await {
        Ok(domain) => {
            reread(&state).await;
            Ok(domain)
        }
        Err(store::Error::InUse) => {
            let detail = "the domain has links, whose codes were made by the present rule: a rule is \
                          chosen before the first link";
            Err(Problem::new(Kind::IN_USE, detail).at("case_rule"))
        }
        Err(error) => Err(unwritten(&state, version, &error)),
    }
}

async fn remove(
    state: Arc<AdminState>,
    caller: Caller,
    found: Found,
    tags: Option<Tags>,
) -> Result<(), Problem> {
    let (store, workspace) = (caller.store(&state), caller.workspace);
    let domain = match found {
        Found::Domain(domain) => domain,
        // A claim has no versions.
        Found::Claim(_) if tags.is_some() => return Err(another_version()),
        Found::Claim(claim) => {
            let deleted = claims::delete(&store, workspace, claim.id).await;
            return deleted.map(drop).map_err(|error| fault(&state, &error));
        }
    };
    let version = wanted_version(&domain, tags.as_ref())?;
    match domains::delete(&store, workspace, domain.id, version).await {
        Ok(_) => {
            reread(&state).await;
            Ok(())
        }
        Err(store::Error::InUse) if domain.is_default() => {
            let detail = "requests by address need the default domain: it cannot be deleted";
            Err(Problem::new(Kind::IN_USE, detail))
        }
        Err(store::Error::InUse) => {
            Err(Problem::new(Kind::IN_USE, "the domain has links: delete them first"))
        }
        Err(error) => Err(unwritten(&state, version, &error)),
    }
}

fn unwritten(state: &AdminState, version: Option<i64>, error: &store::Error) -> Problem {
    match error {
        store::Error::Stale if version.is_some() => another_version(),
        error => fault(state, error),
    }
}

/// The problem of whoever has read another version.
pub(in crate::admin) fn another_version() -> Problem {
    let detail = "the domain is not at the version that `If-Match` names: read it again";
    Problem::new(Kind::ANOTHER_VERSION, detail).at("If-Match")
}
