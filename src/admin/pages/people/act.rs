//! What the forms of the people's page do.

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use serde::Deserialize;

use super::show::{Asked, InvitationForm, Shown, shown};
use crate::accounts::permission::Permission;
use crate::admin::api::people::invitations::{InvitationDraft, made, taken_back};
use crate::admin::api::people::members::{given, is_self, removed};
use crate::admin::pages::form::{Form, PageId};
use crate::admin::pages::guest::{Guest, lead_to};
use crate::admin::state::AdminState;
use crate::model::id::{InvitationId, UserId};

/// Another role for a member.
#[derive(Deserialize)]
pub(in crate::admin) struct RoleForm {
    #[serde(default)]
    role: String,
}

/// Invites somebody. The link is in this answer alone.
pub(in crate::admin) async fn invite(
    State(state): State<Arc<AdminState>>,
    guest: Guest,
    Form(sent): Form<InvitationForm>,
) -> Response {
    if let Err(refusal) = guest.needs(Permission::PeopleWrite) {
        return refusal;
    }
    let (email, role) = (sent.email.trim().to_owned(), sent.role.clone());
    match made(&state, &guest.caller, &InvitationDraft { email, role }).await {
        Ok(invitation) => {
            let what = Shown { made: Some(invitation), ..Shown::default() };
            shown(&state, &guest, what).await
        }
        Err(problem) => {
            let what = Shown { wrong: Some(&problem), sent, ..Shown::default() };
            shown(&state, &guest, what).await
        }
    }
}

/// Takes an invitation back.
pub(in crate::admin) async fn take_back(
    State(state): State<Arc<AdminState>>,
    guest: Guest,
    PageId(id): PageId<InvitationId>,
) -> Response {
    if let Err(refusal) = guest.needs(Permission::PeopleWrite) {
        return refusal;
    }
    match taken_back(&state, &guest.caller, id).await {
        Ok(()) => lead_to("/people?done=taken-back"),
        Err(problem) => {
            let what = Shown { trouble: Some(&problem), ..Shown::default() };
            shown(&state, &guest, what).await
        }
    }
}

/// Gives a member another role.
pub(in crate::admin) async fn change(
    State(state): State<Arc<AdminState>>,
    guest: Guest,
    PageId(user): PageId<UserId>,
    Form(RoleForm { role }): Form<RoleForm>,
) -> Response {
    if let Err(refusal) = guest.needs(Permission::PeopleWrite) {
        return refusal;
    }
    match given(&state, &guest.caller, user, &role).await {
        Ok(()) => lead_to("/people?done=changed"),
        Err(problem) => {
            let asked = Some(Asked { user, role });
            let what = Shown { trouble: Some(&problem), asked, ..Shown::default() };
            shown(&state, &guest, what).await
        }
    }
}

/// Sends a member away. Everybody may leave, and is led to where they belong still.
pub(in crate::admin) async fn remove(
    State(state): State<Arc<AdminState>>,
    guest: Guest,
    PageId(user): PageId<UserId>,
) -> Response {
    let is_self = is_self(&guest.caller, user);
    if !is_self && let Err(refusal) = guest.needs(Permission::PeopleWrite) {
        return refusal;
    }
    match removed(&state, &guest.caller, user).await {
        Ok(()) if is_self => lead_to("/"),
        Ok(()) => lead_to("/people?done=removed"),
        Err(problem) => {
            let what = Shown { trouble: Some(&problem), ..Shown::default() };
            shown(&state, &guest, what).await
        }
    }
}
