//! The first owner of a store that nobody has an account in.

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use serde::Deserialize;
use utoipa::ToSchema;

use super::begin::{Asker, Begun, begin};
use super::fields::{email, hashed, name, too_often};
use super::view::Me;
use crate::accounts::role::Role;
use crate::accounts::token::Token;
use crate::admin::api::finish::to_the_end;
use crate::admin::body::JsonBody;
use crate::admin::problem::{Kind, Problem};
use crate::admin::state::AdminState;
use crate::model::actor::{Actor, ActorKind};
use crate::store::sessions::Factor;
use crate::store::users::NewUser;
use crate::store::{Error, facts, setup};

/// What tries of the set-up are counted for, beside the network.
const ACCOUNT: &str = "the set-up";

/// The first account.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::admin) struct SetUpDraft {
    /// What stands behind the `#` of the address that the server printed.
    pub(in crate::admin) token: String,
    pub(in crate::admin) email: String,
    pub(in crate::admin) name: String,
    pub(in crate::admin) password: String,
}

/// Makes the first owner, and signs them in. Works once in the life of a store.
#[utoipa::path(post, path = "/api/v1/setup", tag = "people", operation_id = "set_up", request_body = SetUpDraft, security(()),
    responses((status = 201, body = Me), (status = 403, description = "The request is of another site"), (status = 404, description = "The token is not the one, or somebody has an account")))]
pub(in crate::admin) async fn set_up(
    State(state): State<Arc<AdminState>>,
    asker: Asker,
    body: JsonBody<SetUpDraft>,
) -> Result<Response, Problem> {
    made(&state, asker, body.value).await?.answer(&state).await
}

/// Makes the first owner, and begins their session.
pub(in crate::admin) async fn made(
    state: &AdminState,
    asker: Asker,
    draft: SetUpDraft,
) -> Result<Begun, Problem> {
    state.sign_in.attempts.network(asker.network).map_err(too_often)?;
    let digest = Token::parse(&draft.token).ok_or_else(closed)?.digest_text();
    let fault = |error| state.fault(&error);
    let _alone = state.sign_in.set_up.lock().await;
    // Before a password is hashed: that is dear.
    if !setup::is_open(&state.store, &digest).await.map_err(fault)? {
        return Err(closed());
    }
    let (address, name) = (email(&draft.email)?, name(&draft.name)?);
    let password = hashed(state, draft.password, &address).await?;
    let workspace = facts::default_workspace(&state.store).await.map_err(fault)?;
    let owner = NewUser {
        email: address.as_str().to_owned(),
        email_folded: address.folded().to_owned(),
        name,
        password,
        member: Some((workspace, Role::Owner.word())),
    };
    let place = asker.place;
    let actor =
        Actor { kind: ActorKind::Nobody, id: 0, name: ACCOUNT.to_owned(), from: place.from() };
    let store = state.store.on_behalf_of(actor);
    let made = to_the_end(async move { setup::finish(&store, digest, owner).await }).await;
    match made {
        Ok(user) => begin(state, user, Factor::None, place, asker.before).await,
        Err(Error::Missing) => Err(closed()),
        Err(error) => Err(state.fault(&error)),
    }
}

fn closed() -> Problem {
    let detail = "the set-up is closed, or this is not its token: an operator makes accounts with \
                  `carom user create`, and a new set-up address with `carom user setup-link`";
    Problem::new(Kind::SET_UP_CLOSED, detail)
}
