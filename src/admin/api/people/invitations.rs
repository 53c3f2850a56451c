//! Invitations to the workspace: made, listed, taken back.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::fields::{email, role};
use crate::accounts::email::Email;
use crate::accounts::token::Token;
use crate::admin::api::finish::to_the_end;
use crate::admin::api::path::{Named as _, PathId};
use crate::admin::auth::{Caller, May, PeopleRead, PeopleWrite};
use crate::admin::body::JsonBody;
use crate::admin::problem::{Kind, Problem};
use crate::admin::state::AdminState;
use crate::mail;
use crate::model::id::InvitationId;
use crate::model::time::Millis;
use crate::store::invitations::{self, Invitation, KEPT_MS, NewInvitation};
use crate::store::workspaces;
use crate::telemetry::in_full;

/// The page that an invitation's link leads to.
const PAGE: &str = "/invitation";

const DAY_MS: i64 = 24 * 3600 * 1000;

/// Who is to be invited.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::admin) struct InvitationDraft {
    pub(in crate::admin) email: String,
    /// `viewer`, `editor`, `admin` or `owner`; no more than one's own.
    pub(in crate::admin) role: String,
}

/// An invitation as programs read it.
#[derive(Serialize, ToSchema)]
#[schema(as = Invitation)]
pub(in crate::admin) struct InvitationView {
    pub(in crate::admin) id: InvitationId,
    pub(in crate::admin) email: String,
    pub(in crate::admin) role: String,
    pub(in crate::admin) invited_by: String,
    pub(in crate::admin) created_at: Millis,
    pub(in crate::admin) expires_at: Millis,
    /// The address to send: only where it was just made. Its fragment is the token.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::admin) link: Option<String>,
    /// Whether the server for mails has taken it: only where it was just made, and mails are sent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::admin) mailed: Option<bool>,
}

/// All that can be accepted.
#[derive(Serialize, ToSchema)]
pub(in crate::admin) struct InvitationList {
    invitations: Vec<InvitationView>,
}

/// The invitations that can be accepted, oldest first.
#[utoipa::path(get, path = "/api/v1/invitations", tag = "people", operation_id = "list_invitations", responses((status = 200, body = InvitationList)))]
pub(in crate::admin) async fn list(
    State(state): State<Arc<AdminState>>,
    caller: May<PeopleRead>,
) -> Result<Json<InvitationList>, Problem> {
    Ok(Json(InvitationList { invitations: all(&state, &caller).await? }))
}

/// The invitations to the workspace of a caller who may see them.
pub(in crate::admin) async fn all(
    state: &AdminState,
    caller: &Caller,
) -> Result<Vec<InvitationView>, Problem> {
    let found = invitations::list(&state.store, caller.workspace).await;
    let found = found.map_err(|error| state.fault(&error))?;
    let view = |invitation| InvitationView::new(invitation, None);
    Ok(found.into_iter().map(view).collect())
}

/// Invites somebody for a week. An earlier invitation of the same address ends.
#[utoipa::path(post, path = "/api/v1/invitations", tag = "people", operation_id = "invite", request_body = InvitationDraft,
    responses((status = 201, body = InvitationView), (status = 403, description = "The caller may not, or the role is above their own")))]
pub(in crate::admin) async fn create(
    State(state): State<Arc<AdminState>>,
    caller: May<PeopleWrite>,
    body: JsonBody<InvitationDraft>,
) -> Result<(StatusCode, Json<InvitationView>), Problem> {
    Ok((StatusCode::CREATED, Json(made(&state, &caller, &body.value).await?)))
}

/// Invites somebody, for a caller who may. The view alone has the link.
pub(in crate::admin) async fn made(
    state: &AdminState,
    caller: &Caller,
    draft: &InvitationDraft,
) -> Result<InvitationView, Problem> {
    let (address, role) = (email(&draft.email)?, role(&draft.role)?);
    if !caller.permissions.holds(role.permissions()) {
        let detail = "nobody invites into a role that may do more than they may themselves";
        return Err(Problem::new(Kind::BEYOND_ROLE, detail).at("role"));
    }
    let token = Token::random();
    let new = NewInvitation {
        email: address.folded().to_owned(),
        role: role.word(),
        digest: token.digest(),
    };
    let (store, workspace) = (caller.store(state), caller.workspace);
    let made = async move { invitations::create(&store, workspace, new).await };
    let made = to_the_end(made).await.map_err(|error| state.fault(&error))?;
    let link = state.sign_in.page(PAGE, token.reveal());
    let mailed = mailed(state, &address, &made, &link).await;
    Ok(InvitationView { mailed, ..InvitationView::new(made, Some(link)) })
}

/// Mails an invitation that stands, where mails are sent, and says whether it was taken.
async fn mailed(state: &AdminState, to: &Email, made: &Invitation, link: &str) -> Option<bool> {
    let mailer = state.mailer.clone()?;
    let workspace = match workspaces::get(&state.store, made.workspace).await {
        Ok(workspace) => workspace.name,
        Err(error) => {
            tracing::warn!(why = %in_full(&error), "an invitation was not mailed");
            return Some(false);
        }
    };
    let (to, made, link) = (to.clone(), made.clone(), link.to_owned());
    // It is sent although whoever invites hangs up.
    let sent = to_the_end(async move {
        let letter = mail::Invitation {
            to: &to,
            workspace: &workspace,
            inviter: &made.invited_by,
            role: &made.role,
            link: &link,
            days: KEPT_MS / DAY_MS,
        };
        mailer.send_invitation(&letter).await
    });
    let sent = sent.await;
    if let Err(error) = &sent {
        tracing::warn!(why = %in_full(error), "an invitation was not mailed");
    }
    Some(sent.is_ok())
}

/// Takes an invitation back.
#[utoipa::path(delete, path = "/api/v1/invitations/{id}", tag = "people", operation_id = "take_invitation_back", params(("id" = String, Path, description = "The invitation")), responses((status = 204, description = "Taken back")))]
pub(in crate::admin) async fn delete(
    State(state): State<Arc<AdminState>>,
    caller: May<PeopleWrite>,
    PathId(id): PathId<InvitationId>,
) -> Result<StatusCode, Problem> {
    taken_back(&state, &caller, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Takes an invitation back, for a caller who may.
pub(in crate::admin) async fn taken_back(
    state: &AdminState,
    caller: &Caller,
    id: InvitationId,
) -> Result<(), Problem> {
    let (store, workspace) = (caller.store(state), caller.workspace);
    let deleted = async move { invitations::delete(&store, workspace, id).await };
    match to_the_end(deleted).await.map_err(|error| state.fault(&error))? {
        true => Ok(()),
        false => Err(InvitationId::missing()),
    }
}

impl InvitationView {
    fn new(invitation: Invitation, link: Option<String>) -> Self {
        let Invitation { id, email, role, invited_by, created_at, expires_at, .. } = invitation;
        Self { id, email, role, invited_by, created_at, expires_at, link, mailed: None }
    }
}
