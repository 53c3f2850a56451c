//! How often a link was followed, to the last redirect that this node answered.

use std::collections::HashMap;
use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use serde::Serialize;
use utoipa::ToSchema;

use super::owned;
use super::path::PathId;
use crate::admin::auth::{May, StatsRead};
use crate::admin::problem::Problem;
use crate::admin::state::AdminState;
use crate::clicks::LiveTotal;
use crate::model::id::LinkId;

/// Redirects answered for one link.
#[derive(Debug, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = Clicks)]
pub(in crate::admin) struct ClicksView {
    total: u64,
    people: u64,
    bots: u64,
    stored: u64,
    pending: u64,
}

impl From<LiveTotal> for ClicksView {
    fn from(live: LiveTotal) -> Self {
        let mut sum = live.stored;
        sum.add(live.pending);
        Self {
            total: sum.total(),
            people: sum.people,
            bots: sum.bots,
            stored: live.stored.total(),
            pending: live.pending.total(),
        }
    }
}

/// How often a link was followed: what the store has, and what this node has not written yet.
#[utoipa::path(get, path = "/api/v1/links/{id}/clicks", tag = "statistics", operation_id = "count_clicks",
    params(("id" = String, Path, description = "The link")), responses((status = 200, body = ClicksView)))]
pub(in crate::admin) async fn count(
    State(state): State<Arc<AdminState>>,
    caller: May<StatsRead>,
    PathId(id): PathId<LinkId>,
) -> Result<Json<ClicksView>, Problem> {
    let link = owned::find(&state, &caller, id).await?;
    let live = state.clicks.live(&state.store, link.id).await;
    live.map(|live| Json(live.into())).map_err(|error| state.fault(&error))
}

/// How often many links were followed.
pub(in crate::admin) async fn live_of_many(
    state: &AdminState,
    links: &[LinkId],
) -> Result<HashMap<LinkId, LiveTotal>, Problem> {
    let live = state.clicks.live_of_many(&state.store, links).await;
    live.map_err(|error| state.fault(&error))
}
