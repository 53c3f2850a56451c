//! Whether this process lives, and whether it should be sent visitors.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::Serialize;

use super::state::AdminState;
use crate::health::StoreHealth;
use crate::model::time::Millis;

#[derive(Serialize)]
pub(super) struct Readiness {
    ready: bool,
    redirects: &'static str,
    store: StoreReadiness,
}

#[derive(Serialize)]
struct StoreReadiness {
    name: String,
    state: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    since: Option<Millis>,
    #[serde(skip_serializing_if = "Option::is_none")]
    why: Option<String>,
}

/// `GET /healthz`: the process answers.
pub(super) async fn alive() -> &'static str {
    "ok"
}

/// `GET /readyz`: ready while redirects can be served. A store that is down is said and is no reason
/// to send visitors elsewhere: known links go on redirecting without it.
pub(super) async fn ready(State(state): State<Arc<AdminState>>) -> (StatusCode, Json<Readiness>) {
    let (status, redirects) = if state.health.is_draining() {
        (StatusCode::SERVICE_UNAVAILABLE, "draining")
    } else {
        (StatusCode::OK, "ready")
    };
    let (word, since, why) = match state.health.store() {
        StoreHealth::Up => ("up", None, None),
        StoreHealth::Down { since, why } => ("down", Some(since), Some(why)),
    };
    let store = StoreReadiness { name: state.store.describe(), state: word, since, why };
    (status, Json(Readiness { ready: status == StatusCode::OK, redirects, store }))
}
