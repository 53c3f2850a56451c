//! Workspaces: one's own, and the one a request is about.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::fields::name;
use super::view::{self, WorkspaceView};
use crate::accounts::role::Role;
use crate::admin::api::finish::to_the_end;
use crate::admin::auth::{Caller, May, WorkspaceWrite};
use crate::admin::body::JsonBody;
use crate::admin::problem::Problem;
use crate::admin::session::Person;
use crate::admin::state::AdminState;
use crate::store::workspaces;

/// A workspace's name.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::admin) struct WorkspaceDraft {
    name: String,
}

/// All of one's own.
#[derive(Serialize, ToSchema)]
pub(in crate::admin) struct WorkspaceList {
    workspaces: Vec<WorkspaceView>,
}

/// The workspaces one belongs to. A request is about the first of them, or about the one whose id it
/// sends as `Carom-Workspace`.
#[utoipa::path(get, path = "/api/v1/workspaces", tag = "people", operation_id = "list_workspaces", responses((status = 200, body = WorkspaceList)))]
pub(in crate::admin) async fn list(
    State(state): State<Arc<AdminState>>,
    person: Person,
) -> Result<Json<WorkspaceList>, Problem> {
    Ok(Json(WorkspaceList { workspaces: all(&state, &person).await? }))
}

/// The workspaces of a person, the one that they belong to for longest first.
pub(in crate::admin) async fn all(
    state: &AdminState,
    person: &Person,
) -> Result<Vec<WorkspaceView>, Problem> {
    view::workspaces(state, person.user.id).await
}

/// Makes a workspace, with whoever makes it as its owner.
#[utoipa::path(post, path = "/api/v1/workspaces", tag = "people", operation_id = "create_workspace", request_body = WorkspaceDraft, responses((status = 201, body = WorkspaceView)))]
pub(in crate::admin) async fn create(
    State(state): State<Arc<AdminState>>,
    person: Person,
    body: JsonBody<WorkspaceDraft>,
) -> Result<(StatusCode, Json<WorkspaceView>), Problem> {
    Ok((StatusCode::CREATED, Json(made(&state, &person, &body.value.name).await?)))
}

/// Makes a workspace of a person's own.
pub(in crate::admin) async fn made(
    state: &AdminState,
    person: &Person,
    new_name: &str,
) -> Result<WorkspaceView, Problem> {
    let name = name(new_name)?;
    let (store, owner) = (person.store(state), person.user.clone());
    let made = async move { workspaces::create(&store, name, Some(owner)).await };
    let made = to_the_end(made).await.map_err(|error| state.fault(&error))?;
    let role = Role::Owner.word().to_owned();
    Ok(WorkspaceView::new(made, Some(role)))
}

/// The workspace that the request is about.
#[utoipa::path(get, path = "/api/v1/workspace", tag = "people", operation_id = "read_workspace", responses((status = 200, body = WorkspaceView)))]
pub(in crate::admin) async fn read(
    State(state): State<Arc<AdminState>>,
    caller: Caller,
) -> Result<Json<WorkspaceView>, Problem> {
    let found = workspaces::get(&state.store, caller.workspace).await;
    let found = found.map_err(|error| state.fault(&error))?;
    Ok(Json(WorkspaceView::new(found, caller.role.map(|role| role.word().to_owned()))))
}

/// Gives the workspace another name.
#[utoipa::path(patch, path = "/api/v1/workspace", tag = "people", operation_id = "rename_workspace", request_body = WorkspaceDraft, responses((status = 200, body = WorkspaceView)))]
pub(in crate::admin) async fn rename(
    State(state): State<Arc<AdminState>>,
    caller: May<WorkspaceWrite>,
    body: JsonBody<WorkspaceDraft>,
) -> Result<Json<WorkspaceView>, Problem> {
    renamed(&state, &caller, &body.value.name).await.map(Json)
}

/// Gives the workspace of a caller, who may do so, another name.
pub(in crate::admin) async fn renamed(
    state: &AdminState,
    caller: &Caller,
    new_name: &str,
) -> Result<WorkspaceView, Problem> {
    let name = name(new_name)?;
    let (store, workspace) = (caller.store(state), caller.workspace);
    let renamed = async move { workspaces::rename(&store, workspace, name).await };
    let renamed = to_the_end(renamed).await.map_err(|error| state.fault(&error))?;
    Ok(WorkspaceView::new(renamed, caller.role.map(|role| role.word().to_owned())))
}
