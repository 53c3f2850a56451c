//! Invitations looked at and accepted, by whoever has the link.

use std::net::IpAddr;
use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::Extensions;
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::begin::{Asker, Begun, begin};
use super::fields::{email, hashed, invalid, name, network, too_often};
use super::view::Me;
use crate::accounts::token::Token;
use crate::admin::api::finish::to_the_end;
use crate::admin::api::path::Named as _;
use crate::admin::body::JsonBody;
use crate::admin::problem::{Kind, Problem};
use crate::admin::session::Person;
use crate::admin::state::AdminState;
use crate::model::actor::{Actor, ActorKind};
use crate::model::id::InvitationId;
use crate::model::time::Millis;
use crate::store::invitations::{self, Guest, Invitation};
use crate::store::sessions::{Factor, Session};
use crate::store::users::{self, NewUser, User};
use crate::store::{Error, workspaces};

/// What stands behind the `#` of an invitation's link.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::admin) struct InvitationToken {
    token: String,
}

/// An invitation as its guest reads it.
#[derive(Serialize, ToSchema)]
pub(in crate::admin) struct OpenInvitation {
    pub(in crate::admin) workspace: String,
    pub(in crate::admin) email: String,
    pub(in crate::admin) role: String,
    pub(in crate::admin) invited_by: String,
    expires_at: Millis,
    /// Whether the address has an account: its owner signs in before they accept.
    pub(in crate::admin) has_account: bool,
}

/// Who accepts.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::admin) struct Acceptance {
    pub(in crate::admin) token: String,
    /// For a new account.
    #[serde(default)]
    pub(in crate::admin) name: Option<String>,
    /// For a new account.
    #[serde(default)]
    pub(in crate::admin) password: Option<String>,
}

/// Says what an invitation is to.
#[utoipa::path(post, path = "/api/v1/invitations/open", tag = "people", operation_id = "open_invitation", request_body = InvitationToken, security(()),
    responses((status = 200, body = OpenInvitation), (status = 403, description = "The request is of another site"), (status = 404, description = "It was accepted, has ended, or never was")))]
pub(in crate::admin) async fn open(
    State(state): State<Arc<AdminState>>,
    extensions: Extensions,
    body: JsonBody<InvitationToken>,
) -> Result<Json<OpenInvitation>, Problem> {
    opened(&state, network(&extensions), &body.value.token).await.map(Json)
}

/// What an invitation is to.
pub(in crate::admin) async fn opened(
    state: &AdminState,
    network: IpAddr,
    token: &str,
) -> Result<OpenInvitation, Problem> {
    let (invitation, _) = find(state, network, token).await?;
    let fault = |error| state.fault(&error);
    let workspace = workspaces::get(&state.store, invitation.workspace).await.map_err(fault)?;
    let account = users::find_by_email(&state.store, &invitation.email).await.map_err(fault)?;
    let Invitation { email, role, invited_by, expires_at, .. } = invitation;
    let has_account = account.is_some();
    let workspace = workspace.name;
    Ok(OpenInvitation { workspace, email, role, invited_by, expires_at, has_account })
}

/// Accepts an invitation, once: as whoever has signed in, or with a new account, which signs in.
#[utoipa::path(post, path = "/api/v1/invitations/accept", tag = "people", operation_id = "accept_invitation", request_body = Acceptance, security(()),
    responses((status = 200, body = Me, description = "Somebody with an account belongs to the workspace"), (status = 201, body = Me, description = "A new account does, and has signed in"), (status = 401, description = "The address has an account: sign in first"), (status = 403, description = "Somebody else is invited"), (status = 404, description = "It was accepted, has ended, or never was"), (status = 409, description = "They belong to the workspace already")))]
pub(in crate::admin) async fn accept(
    State(state): State<Arc<AdminState>>,
    asker: Asker,
    body: JsonBody<Acceptance>,
) -> Result<Response, Problem> {
    match accepted(&state, asker, body.value).await? {
        Accepted::Known(user, session) => {
            Ok(Json(Me::read(&state, user, session).await?).into_response())
        }
        Accepted::New(begun) => begun.answer(&state).await,
    }
}

/// Who has accepted.
pub(in crate::admin) enum Accepted {
    /// Somebody with an account, in the session that they had.
    Known(User, Session),
    /// Somebody who got an account, and a session.
    New(Begun),
}

/// Accepts an invitation.
pub(in crate::admin) async fn accepted(
    state: &AdminState,
    asker: Asker,
    acceptance: Acceptance,
) -> Result<Accepted, Problem> {
    let Acceptance { token, name, password } = acceptance;
    let (invitation, digest) = find(state, asker.network, &token).await?;
    if let Some(person) = asker.before {
        return as_person(state, person, &invitation, digest).await;
    }
    let account = users::find_by_email(&state.store, &invitation.email).await;
    if account.map_err(|error| state.fault(&error))?.is_some() {
        return Err(sign_in_first());
    }
    let guest = newcomer(state, &invitation, name, password).await?;
    let place = asker.place;
    let (kind, name) = (ActorKind::Nobody, "an invitation".to_owned());
    let store = state.store.on_behalf_of(Actor { kind, id: 0, name, from: place.from() });
    let accepted =
        to_the_end(async move { invitations::accept(&store, digest, Guest::New(guest)).await });
    match accepted.await {
        Ok((_, user)) => begin(state, user, Factor::None, place, None).await.map(Accepted::New),
        Err(Error::Missing) => Err(InvitationId::missing()),
        Err(Error::Taken) => Err(sign_in_first()),
        Err(error) => Err(state.fault(&error)),
    }
}

async fn as_person(
    state: &AdminState,
    person: Person,
    invitation: &Invitation,
    digest: Vec<u8>,
) -> Result<Accepted, Problem> {
    if email(&person.user.email)?.folded() != invitation.email {
        let detail = "this invitation is of another address: sign out, or sign in with that one";
        return Err(Problem::new(Kind::NOT_INVITED, detail));
    }
    let (store, guest) = (person.store(state), Guest::Known(person.user));
    let accepted = to_the_end(async move { invitations::accept(&store, digest, guest).await });
    match accepted.await {
        Ok((_, user)) => Ok(Accepted::Known(user, person.session)),
        Err(Error::Missing) => Err(InvitationId::missing()),
        Err(Error::Taken) => {
            Err(Problem::new(Kind::ALREADY_MEMBER, "you belong to the workspace already"))
        }
        Err(error) => Err(state.fault(&error)),
    }
}

async fn newcomer(
    state: &AdminState,
    invitation: &Invitation,
    new_name: Option<String>,
    password: Option<String>,
) -> Result<NewUser, Problem> {
    let address = email(&invitation.email)?;
    let needed = |field| invalid(field, format!("a new account needs a {field}"));
    let name = name(&new_name.ok_or_else(|| needed("name"))?)?;
    let password = hashed(state, password.ok_or_else(|| needed("password"))?, &address).await?;
    let (email, email_folded) = (address.as_str().to_owned(), address.folded().to_owned());
    Ok(NewUser { email, email_folded, name, password, member: None })
}

/// The invitation of a token. Tries are counted for the network.
async fn find(
    state: &AdminState,
    network: IpAddr,
    token: &str,
) -> Result<(Invitation, Vec<u8>), Problem> {
    state.sign_in.attempts.network(network).map_err(too_often)?;
    let digest = Token::parse(token).ok_or_else(InvitationId::missing)?.digest();
    let found = invitations::find(&state.store, digest.clone()).await;
    let found = found.map_err(|error| state.fault(&error))?.ok_or_else(InvitationId::missing)?;
    Ok((found, digest))
}

fn sign_in_first() -> Problem {
    let detail = "the address has an account: sign in with it, then accept";
    Problem::new(Kind::SIGN_IN_FIRST, detail)
}
