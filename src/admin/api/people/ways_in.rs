//! `GET /api/v1/sign-in`: how people can sign in here.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use serde::Serialize;
use utoipa::ToSchema;

use crate::admin::problem::Problem;
use crate::admin::state::AdminState;
use crate::store::setup;

/// How people can sign in.
#[derive(Serialize, ToSchema)]
pub(in crate::admin) struct WaysIn {
    /// With an e-mail address and a password.
    password: bool,
    /// At a provider: `GET /api/v1/session/oidc` leads there.
    oidc: Option<ProviderView>,
    /// Whether the server waits for its first owner.
    setup: bool,
}

/// A provider, for a button.
#[derive(Serialize, ToSchema)]
#[schema(as = Provider)]
pub(in crate::admin) struct ProviderView {
    /// What people know it as.
    name: String,
}

/// Says how people can sign in, for the page where they do.
#[utoipa::path(get, path = "/api/v1/sign-in", tag = "people", operation_id = "ways_to_sign_in", security(()), responses((status = 200, body = WaysIn)))]
pub(in crate::admin) async fn list(
    State(state): State<Arc<AdminState>>,
) -> Result<Json<WaysIn>, Problem> {
    let setup = setup::is_awaited(&state.store).await.map_err(|error| state.fault(&error))?;
    let provider = state.provider.as_ref();
    let oidc = provider.map(|provider| ProviderView { name: provider.name().to_owned() });
    Ok(Json(WaysIn { password: true, oidc, setup }))
}
