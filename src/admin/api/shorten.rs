//! A link is made.

use std::sync::Arc;

use axum::Extension;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;

use super::answer;
use super::finish::to_the_end;
use super::idempotency::{self, Asked, Claim, UnderWay};
use crate::admin::auth::{Caller, LinksWrite, May};
use crate::admin::body::JsonBody;
use crate::admin::problem::{Kind, Problem};
use crate::admin::state::AdminState;
use crate::links::{LinkDraft, LinkView};
use crate::model::link::Link;
use crate::store::links::{self, CodeChoice, NewLink, Once};
use crate::store::{self, Store, changes};

/// Makes a link, once for each `Idempotency-Key`.
#[utoipa::path(post, path = "/api/v1/links", tag = "links", operation_id = "create_link",
    request_body = LinkDraft, params(("Idempotency-Key" = Option<String>, Header)), responses((status = 201, body = LinkView),
    (status = 409, description = "The code is taken, or the first request is still under way")))]
pub(in crate::admin) async fn create(
    State(state): State<Arc<AdminState>>,
    Extension(under_way): Extension<UnderWay>,
    caller: May<LinksWrite>,
    headers: HeaderMap,
    body: JsonBody<LinkDraft>,
) -> Result<Response, Problem> {
    let claim = match idempotency::ask(&state, &under_way, &caller, &headers, &body.bytes).await? {
        Asked::Unnamed => None,
        Asked::First(claim) => Some(claim),
        Asked::Again(before) => return Ok(answer::replayed(before)),
    };
    let link = made(&state, &caller, body.value, claim).await?;
    Ok(answer::created(&state, &link))
}

/// Makes a link for a caller who may.
pub(in crate::admin) async fn made(
    state: &Arc<AdminState>,
    caller: &Caller,
    draft: LinkDraft,
    claim: Option<Claim>,
) -> Result<Link, Problem> {
    let workspace = caller.workspace;
    let new = if draft.has_password() {
        state.checked_slowly(workspace, move |rules| draft.check(rules)).await?
    } else {
        state.checked(workspace, |rules| draft.check(rules))?
    };
    if !caller.reaches(new.domain) {
        return Err(Problem::new(Kind::MISSING_SCOPE, "this key is not good for that domain"));
    }
    let store = caller.store(state);
    to_the_end(make(Arc::clone(state), store, new, claim)).await
}

/// Holds `claim` until the write has ended, however it ends.
async fn make(
    state: Arc<AdminState>,
    store: Store,
    new: NewLink,
    claim: Option<Claim>,
) -> Result<Link, Problem> {
    let code = new.code.clone();
    let once = claim.as_ref().map(|claim| once(&state, claim));
    match links::create(&store, new, once).await {
        Ok(link) => {
            let change = changes::id_of(link.id, link.version);
            state.cache.made_here(change, link.domain, &[&link.code]);
            Ok(link)
        }
        Err(store::Error::Taken) => {
            // Another node with the same request takes the code before it keeps the answer: the
            // code is this caller's own then.
            if let Some(claim) = &claim
                && claim.is_overtaken(&state).await?
            {
                return Err(idempotency::still_under_way());
            }
            Err(taken(&code))
        }
        Err(store::Error::Stale) => Err(idempotency::still_under_way()),
        Err(error) => Err(state.fault(&error)),
    }
}

fn once(state: &Arc<AdminState>, claim: &Claim) -> Once {
    let state = Arc::clone(state);
    let answer = Arc::new(move |link: &Link| answer::kept(&state, link));
    Once { request: claim.request.clone(), answer }
}

/// No code was free, or not the chosen one.
pub(super) fn taken(code: &CodeChoice) -> Problem {
    match code {
        CodeChoice::Chosen(code) => Problem::code_taken(code),
        CodeChoice::Random { length } | CodeChoice::RandomFolded { length } => {
            let detail = format!(
                "every random code of {length} letters that was drawn is taken: try again, and \
                 raise `links.code_length` when that goes on"
            );
            Problem::new(Kind::CODE_TAKEN, detail)
        }
    }
}
