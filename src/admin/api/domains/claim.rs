//! A name is claimed, and proven by a TXT record.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};

use super::found::{Found, answer, fault, reread, view_of_claim};
use crate::admin::api::finish::to_the_end;
use crate::admin::api::path::PathId;
use crate::admin::auth::{Caller, DomainsWrite, May};
use crate::admin::body::JsonBody;
use crate::admin::problem::{Kind, Problem};
use crate::admin::state::AdminState;
use crate::dns::{self, Turn, Unproven};
use crate::links::{DomainDraft, DomainView};
use crate::model::id::DomainId;
use crate::store;
use crate::store::domains::Domain;
use crate::store::domains::claims::{self, Claim};

/// Names of a workspace that wait for their proof, at most. Two who claim at once may pass it by one.
const CLAIMS_MAX: usize = 100;

/// Claims a name, and says which record proves it.
#[utoipa::path(post, path = "/api/v1/domains", tag = "domains", operation_id = "claim_domain", request_body = DomainDraft,
    responses((status = 201, body = DomainView), (status = 409, description = "The name is taken, or was claimed already")))]
pub(in crate::admin) async fn create(
    State(state): State<Arc<AdminState>>,
    caller: May<DomainsWrite>,
    body: JsonBody<DomainDraft>,
) -> Result<Response, Problem> {
    let claim = claimed(&state, &caller, &body.value).await?;
    let location = HeaderValue::try_from(format!("/api/v1/domains/{}", claim.id));
    let location = [(header::LOCATION, location.expect("an id is digits"))];
    Ok((StatusCode::CREATED, location, Json(view_of_claim(&claim))).into_response())
}

/// Claims a name for a caller who may.
pub(in crate::admin) async fn claimed(
    state: &AdminState,
    caller: &Caller,
    draft: &DomainDraft,
) -> Result<Claim, Problem> {
    caller.needs_every_domain()?;
    let host = draft.check(&state.short_urls, &state.domains.table())?;
    let waiting = claims::of_workspace(&state.store, caller.workspace).await;
    if waiting.map_err(|error| fault(state, &error))?.len() >= CLAIMS_MAX {
        let detail = format!(
            "{CLAIMS_MAX} names of this workspace wait for their proof already: prove or delete some"
        );
        return Err(Problem::new(Kind::TOO_MANY_DOMAINS, detail));
    }
    let (store, token) = (caller.store(state), dns::new_token());
    let claimed = claims::create(&store, caller.workspace, host.clone(), token).await;
    claimed.map_err(|error| match error {
        store::Error::Taken => {
            let detail =
                format!("this workspace has `{host}` already: `GET /api/v1/domains` shows it");
            Problem::new(Kind::DOMAIN_TAKEN, detail).at("host")
        }
        error => fault(state, &error),
    })
}

/// Looks the record up; a domain that is proven stays one.
#[utoipa::path(post, path = "/api/v1/domains/{id}/verify", tag = "domains", operation_id = "verify_domain", params(("id" = String, Path, description = "The domain or the claim")),
    responses((status = 200, body = DomainView), (status = 409, description = "Not proven, taken, or under way")))]
pub(in crate::admin) async fn verify(
    State(state): State<Arc<AdminState>>,
    caller: May<DomainsWrite>,
    PathId(id): PathId<DomainId>,
) -> Result<Response, Problem> {
    let domain = verified(&state, caller.into_caller(), id).await?;
    Ok(answer(&state, &domain))
}

/// Looks the record of a claim up, for a caller who may.
pub(in crate::admin) async fn verified(
    state: &Arc<AdminState>,
    caller: Caller,
    id: DomainId,
) -> Result<Domain, Problem> {
    let claim = match Found::find(state, &caller, id).await? {
        Found::Domain(domain) => return Ok(domain),
        Found::Claim(claim) => claim,
    };
    let Some(turn) = state.dns.turn(id) else {
        let detail = "the record of this domain is being looked up: wait for that answer";
        return Err(Problem::new(Kind::UNDER_WAY, detail));
    };
    let outcome = state.dns.prove(&claim.host, &claim.token).await;
    to_the_end(write(Arc::clone(state), caller, claim, outcome, turn)).await
}

/// Writes down what a lookup has brought, and holds its turn until then.
async fn write(
    state: Arc<AdminState>,
    caller: Caller,
    claim: Claim,
    outcome: Result<(), Unproven>,
    _turn: Turn,
) -> Result<Domain, Problem> {
    let (store, workspace) = (caller.store(&state), caller.workspace);
    let fault = |error| fault(&state, &error);
    if let Err(unproven) = outcome {
        let detail = unproven.to_string();
        claims::checked(&store, workspace, claim.id, detail.clone()).await.map_err(fault)?;
        return Err(Problem::new(Kind::NOT_PROVEN, detail));
    }
    match claims::prove(&store, workspace, claim.id).await {
        Ok(domain) => {
            reread(&state).await;
            Ok(domain)
        }
        Err(store::Error::Taken) => {
            let detail = format!(
                "`{}` is served here for somebody else already: ask whoever runs this server",
                claim.host
            );
            Err(Problem::new(Kind::DOMAIN_TAKEN, detail))
        }
        Err(error) => Err(fault(error)),
    }
}
