//! One link: read, change, delete.

use std::sync::Arc;

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};

use super::answer;
use super::etag::{Tags, etag};
use super::finish::to_the_end;
use super::owned;
use super::path::PathId;
use crate::admin::auth::{Caller, LinksRead, LinksWrite, May};
use crate::admin::body::JsonBody;
use crate::admin::problem::{Kind, Problem};
use crate::admin::state::AdminState;
use crate::links::{LinkEdit, LinkView};
use crate::model::id::{LinkId, WorkspaceId};
use crate::model::link::Link;
use crate::store::links::{self, Edit};
use crate::store::{self, changes};

/// A link.
#[utoipa::path(get, path = "/api/v1/links/{id}", tag = "links", operation_id = "read_link", params(("id" = String, Path, description = "The link")),
    responses((status = 200, body = LinkView), (status = 304, description = "Unchanged: see `If-None-Match`")))]
pub(in crate::admin) async fn read(
    State(state): State<Arc<AdminState>>,
    caller: May<LinksRead>,
    PathId(id): PathId<LinkId>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let link = owned::find(&state, &caller, id).await?;
    // Clicks are claimed without a new version, so what was sent of a limited link is no news only
    // by chance.
    let known = Tags::if_none_match(&headers).filter(|_| link.max_clicks.is_none());
    if known.is_some_and(|tags| tags.hold_weakly(link.version)) {
        let tag = [(header::ETAG, etag(link.version))];
        return Ok((StatusCode::NOT_MODIFIED, tag).into_response());
    }
    answer::current(&state, &link).await
}

/// Changes what the body names (RFC 7396) and leaves the rest.
#[utoipa::path(patch, path = "/api/v1/links/{id}", tag = "links", operation_id = "change_link", params(("id" = String, Path, description = "The link")),
    request_body = LinkEdit, responses((status = 200, body = LinkView),
    (status = 409, description = "The code is taken, or others were faster every time"),
    (status = 412, description = "Another version than `If-Match` names")))]
pub(in crate::admin) async fn change(
    State(state): State<Arc<AdminState>>,
    caller: May<LinksWrite>,
    PathId(id): PathId<LinkId>,
    headers: HeaderMap,
    body: JsonBody<LinkEdit>,
) -> Result<Response, Problem> {
    let edit = checked(&state, caller.workspace, body.value).await?;
    let version = wanted_version(&state, &caller, id, &headers).await?;
    let write = apply(Arc::clone(&state), caller.into_caller(), id, version, edit);
    let link = to_the_end(write).await?;
    answer::current(&state, &link).await
}

/// Changes a link as it was at a version, for a caller who may and reaches it.
pub(in crate::admin) async fn changed(
    state: &Arc<AdminState>,
    caller: Caller,
    id: LinkId,
    version: i64,
    edit: LinkEdit,
) -> Result<Link, Problem> {
    let edit = checked(state, caller.workspace, edit).await?;
    to_the_end(apply(Arc::clone(state), caller, id, Some(version), edit)).await
}

async fn checked(
    state: &Arc<AdminState>,
    workspace: WorkspaceId,
    edit: LinkEdit,
) -> Result<Edit, Problem> {
    if edit.has_password() {
        state.checked_slowly(workspace, move |rules| edit.check(rules)).await
    } else {
        state.checked(workspace, |rules| edit.check(rules))
    }
}

/// Deletes a link; its clicks stay.
#[utoipa::path(delete, path = "/api/v1/links/{id}", tag = "links", operation_id = "delete_link", params(("id" = String, Path, description = "The link")),
    responses((status = 204, description = "Gone"), (status = 412, description = "Another version than `If-Match` names")))]
pub(in crate::admin) async fn delete(
    State(state): State<Arc<AdminState>>,
    caller: May<LinksWrite>,
    PathId(id): PathId<LinkId>,
    headers: HeaderMap,
) -> Result<StatusCode, Problem> {
    let version = wanted_version(&state, &caller, id, &headers).await?;
    to_the_end(remove(state, caller.into_caller(), id, version)).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// The version that `If-Match` asks for, or nothing when any will do.
async fn wanted_version(
    state: &AdminState,
    caller: &Caller,
    id: LinkId,
    headers: &HeaderMap,
) -> Result<Option<i64>, Problem> {
    let tags = Tags::if_match(headers);
    // Whoever is confined to some domains is told so before anything is written.
    if tags.is_none() && caller.domains.is_none() {
        return Ok(None);
    }
    let link = owned::find(state, caller, id).await?;
    let Some(tags) = tags else { return Ok(None) };
    if tags.hold_strongly(link.version) { Ok(Some(link.version)) } else { Err(another_version()) }
}

async fn apply(
    state: Arc<AdminState>,
    caller: Caller,
    id: LinkId,
    version: Option<i64>,
    edit: Edit,
) -> Result<Link, Problem> {
    let chosen = edit.code.clone();
    match links::change(&caller.store(&state), caller.workspace, id, version, edit).await {
        Ok(changed) => {
            let (link, before) = (changed.link, changed.code_before);
            let change = changes::id_of(link.id, link.version);
            state.cache.changed_here(change, link.domain, &[&before, &link.code]).await;
            Ok(link)
        }
        Err(error) => Err(match (error, chosen) {
            (store::Error::Taken, Some(code)) => Problem::code_taken(&code),
            (error, _) => unwritten(&state, version, &error),
        }),
    }
}

async fn remove(
    state: Arc<AdminState>,
    caller: Caller,
    id: LinkId,
    version: Option<i64>,
) -> Result<(), Problem> {
    match links::delete(&caller.store(&state), caller.workspace, id, version).await {
        Ok(link) => {
            let change = changes::id_of(link.id, link.version + 1);
            state.cache.changed_here(change, link.domain, &[&link.code]).await;
            Ok(())
        }
        Err(error) => Err(unwritten(&state, version, &error)),
    }
}

fn unwritten(state: &AdminState, version: Option<i64>, error: &store::Error) -> Problem {
    match error {
        store::Error::Stale if version.is_some() => another_version(),
        error => state.fault(error),
    }
}

pub(in crate::admin) fn another_version() -> Problem {
    let detail = "the link is not at the version that `If-Match` names: read it again";
    Problem::new(Kind::ANOTHER_VERSION, detail).at("If-Match")
}
