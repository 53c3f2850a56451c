//! The QR code of a link.

use std::sync::Arc;

use axum::extract::{Path, Query, State};
use axum::http::HeaderMap;
use axum::response::Response;

use crate::accounts::permission::Permission;
use crate::admin::api::owned;
use crate::admin::api::qr::{QrQuery, drawn};
use crate::admin::pages::guest::Guest;
use crate::admin::problem::Problem;
use crate::admin::state::AdminState;

/// Draws it.
pub(in crate::admin) async fn qr(
    State(state): State<Arc<AdminState>>,
    guest: Guest,
    Path(id): Path<String>,
    Query(asked): Query<QrQuery>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    guest.caller.needs(Permission::LinksRead)?;
    let link = owned::named(&state, &guest.caller, &id).await?;
    drawn(&state, &link, &asked, &headers)
}
