//! What the forms of one's workspaces do.

use std::sync::Arc;

use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use serde::Deserialize;

use super::show::{Shown, shown};
use crate::accounts::permission::Permission;
use crate::admin::api::path::Named as _;
use crate::admin::api::people::workspaces::{all, made, renamed};
use crate::admin::pages::form::{Form, PageId};
use crate::admin::pages::guest::{Guest, Visitor, lead_to, remember};
use crate::admin::problem::{Kind, Problem};
use crate::admin::state::AdminState;
use crate::model::id::WorkspaceId;

/// A workspace's name.
#[derive(Deserialize)]
pub(in crate::admin) struct NameForm {
    name: String,
}

/// Makes a workspace, and goes into it.
pub(in crate::admin) async fn make(
    State(state): State<Arc<AdminState>>,
    visitor: Visitor,
    Form(NameForm { name }): Form<NameForm>,
) -> Response {
    match made(&state, &visitor.person, &name).await {
        Ok(made) => into(made.id, "/workspaces?done=made"),
        Err(problem) => {
            let not_made = Some((&problem, name.as_str()));
            shown(&state, &visitor, Shown { not_made, ..Shown::default() }).await
        }
    }
}

/// Goes into one of one's own.
pub(in crate::admin) async fn choose(
    State(state): State<Arc<AdminState>>,
    visitor: Visitor,
    PageId(id): PageId<WorkspaceId>,
) -> Response {
    let problem = match all(&state, &visitor.person).await {
        Ok(own) if own.iter().any(|it| it.id == id) => return into(id, "/links"),
        Ok(_) => WorkspaceId::missing(),
        Err(problem) => problem,
    };
    shown(&state, &visitor, Shown { trouble: Some(&problem), ..Shown::default() }).await
}

/// Gives the workspace that somebody is in another name. The form says which one they saw: another
/// window may have led them elsewhere since.
pub(in crate::admin) async fn rename(
    State(state): State<Arc<AdminState>>,
    guest: Guest,
    PageId(id): PageId<WorkspaceId>,
    Form(NameForm { name }): Form<NameForm>,
) -> Response {
    if let Err(refusal) = guest.needs(Permission::WorkspaceWrite) {
        return refusal;
    }
    let Guest { caller, person, workspace } = guest;
    let outcome = match caller.workspace == id {
        true => renamed(&state, &caller, &name).await.map(|_| ()),
        false => Err(elsewhere()),
    };
    let visitor = Visitor { person, acting: Some((caller, workspace)) };
    match outcome {
        Ok(()) => lead_to("/workspaces?done=renamed"),
        Err(problem) => {
            let not_renamed = Some((&problem, name.as_str()));
            shown(&state, &visitor, Shown { not_renamed, ..Shown::default() }).await
        }
    }
}

fn into(workspace: WorkspaceId, place: &str) -> Response {
    ([(header::SET_COOKIE, remember(workspace))], lead_to(place)).into_response()
}

fn elsewhere() -> Problem {
    let detail = "you are in another workspace than when this page was shown: look which one it is, \
                  and send the form again if you mean that one";
    Problem::new(Kind::CHANGED_MEANWHILE, detail)
}
