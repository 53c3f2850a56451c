//! Whether this process lives, and whether it should be sent visitors.

use std::sync::Arc;
use std::time::Duration;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::Serialize;

use super::state::AdminState;
use crate::health::{CHANGE_BOUND, StoreHealth};
use crate::model::time::Millis;

#[derive(Serialize)]
pub(super) struct Readiness {
    ready: bool,
    /// Whether something is not as it should be, and redirects are served all the same.
    degraded: bool,
    redirects: &'static str,
    store: StoreReadiness,
    changes: ChangesReadiness,
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

/// Whether what was changed elsewhere is known here.
#[derive(Serialize)]
struct ChangesReadiness {
    state: &'static str,
    lag_ms: u64,
    bound_ms: u64,
    /// Since when changes may be unknown here, while the bound is broken.
    #[serde(skip_serializing_if = "Option::is_none")]
    since: Option<Millis>,
}

/// `GET /healthz`: the process answers.
pub(super) async fn alive() -> &'static str {
    "ok"
}

/// `GET /readyz`: ready while redirects can be served. A store that is down, and changes that are not
/// known here in time, are said and are no reason to send visitors elsewhere: known links go on
/// redirecting, and if the store is down for all nodes there would be nowhere to send them.
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
    let changes = changes(state.health.change_lag());
    let ready = status == StatusCode::OK;
    let degraded = store.since.is_some() || changes.since.is_some();
    (status, Json(Readiness { ready, degraded, redirects, store, changes }))
}

fn changes(lag: Duration) -> ChangesReadiness {
    let is_late = lag > CHANGE_BOUND;
    ChangesReadiness {
        state: if is_late { "late" } else { "followed" },
        lag_ms: lag.as_millis() as u64,
        bound_ms: CHANGE_BOUND.as_millis() as u64,
        since: is_late.then(|| Millis::now().before(lag)),
    }
}
