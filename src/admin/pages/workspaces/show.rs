//! The page of one's workspaces.

use std::sync::Arc;

use askama::Template;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::Response;

use crate::accounts::permission::Permission;
use crate::admin::api::people::view::WorkspaceView;
use crate::admin::api::people::workspaces::all;
use crate::admin::pages::form::Done;
use crate::admin::pages::frame::{Frame, page};
use crate::admin::pages::guest::Visitor;
use crate::admin::problem::Problem;
use crate::admin::state::AdminState;
use crate::model::id::WorkspaceId;

/// What the page shows beside the workspaces.
#[derive(Default)]
pub(super) struct Shown<'a> {
    /// Why none was made, with the name that was typed.
    pub(super) not_made: Option<(&'a Problem, &'a str)>,
    /// Why it has no other name, with the one that was typed.
    pub(super) not_renamed: Option<(&'a Problem, &'a str)>,
    /// Why nothing became of another form.
    pub(super) trouble: Option<&'a Problem>,
    /// What was done just now.
    pub(super) done: Option<&'static str>,
}

#[derive(Template)]
#[template(path = "workspaces.html")]
struct WorkspacesPage<'a> {
    frame: Frame,
    trouble: Option<&'a str>,
    workspaces: Vec<WorkspaceView>,
    /// The one that they are in, with its name.
    chosen: Option<(WorkspaceId, &'a str)>,
    may_rename: bool,
    not_made: Option<&'a str>,
    not_renamed: Option<&'a str>,
    /// Names that were typed.
    new_name: &'a str,
    other_name: &'a str,
}

impl WorkspacesPage<'_> {
    /// Whether they are in it.
    fn is_chosen(&self, workspace: &WorkspaceView) -> bool {
        self.chosen.is_some_and(|(id, _)| id == workspace.id)
    }
}

/// The workspaces of whoever looks.
pub(in crate::admin) async fn show(
    State(state): State<Arc<AdminState>>,
    visitor: Visitor,
    Query(Done { done }): Query<Done>,
) -> Response {
    let done = match done.as_str() {
        "made" => Some("The workspace is made. You own it, and you are in it now."),
        "renamed" => Some("The workspace has its new name."),
        _ => None,
    };
    shown(&state, &visitor, Shown { done, ..Shown::default() }).await
}

/// The page, as it is after whatever was done.
pub(super) async fn shown(state: &AdminState, visitor: &Visitor, what: Shown<'_>) -> Response {
    let workspaces = match all(state, &visitor.person).await {
        Ok(workspaces) => workspaces,
        Err(problem) => return visitor.refused(&problem),
    };
    let acting = visitor.acting.as_ref();
    let chosen = acting.map(|(caller, name)| (caller.workspace, name.as_str()));
    let may = |(caller, _): &(crate::admin::auth::Caller, String)| {
        caller.permissions.has(Permission::WorkspaceWrite)
    };
    let (not_made, new_name) = what.not_made.unzip();
    let (not_renamed, other_name) = what.not_renamed.unzip();
    let problem = what.trouble.or(not_made).or(not_renamed);
    let status = problem.map_or(StatusCode::OK, Problem::status);
    let page_of = WorkspacesPage {
        frame: visitor.frame("Your workspaces").telling(what.done),
        trouble: what.trouble.map(Problem::detail),
        workspaces,
        chosen,
        may_rename: acting.is_some_and(may),
        not_made: not_made.map(Problem::detail),
        not_renamed: not_renamed.map(Problem::detail),
        new_name: new_name.unwrap_or_default(),
        other_name: other_name.or(chosen.map(|(_, name)| name)).unwrap_or_default(),
    };
    page(status, &page_of)
}
