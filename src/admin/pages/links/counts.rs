//! How often links were followed up to now, for the script, which keeps the numbers of a page alive.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::Json;
use axum::extract::{Query, State};
use serde::Deserialize;

use crate::accounts::permission::Permission;
use crate::admin::api::clicks::live_of_many;
use crate::admin::api::owned;
use crate::admin::pages::guest::Guest;
use crate::admin::problem::Problem;
use crate::admin::state::AdminState;
use crate::model::id::LinkId;

/// Links of a page at most.
const LINKS_MAX: usize = 200;

/// Which links.
#[derive(Deserialize)]
pub(in crate::admin) struct Asked {
    #[serde(default)]
    ids: String,
}

/// Clicks of people by the links' ids. Those of others are left out.
pub(in crate::admin) async fn counts(
    State(state): State<Arc<AdminState>>,
    guest: Guest,
    Query(asked): Query<Asked>,
) -> Result<Json<BTreeMap<String, u64>>, Problem> {
    guest.caller.needs(Permission::StatsRead)?;
    let ids = asked.ids.split(',').filter_map(|id| id.parse().ok()).take(LINKS_MAX);
    let ids: Vec<LinkId> = ids.collect();
    let own = owned::among(&state, &guest.caller, &ids).await?;
    let own: Vec<LinkId> = own.into_iter().map(|link| link.id).collect();
    let live = live_of_many(&state, &own).await?;
    let count = |(id, live): (LinkId, crate::clicks::LiveTotal)| {
        (id.to_string(), live.stored.people + live.pending.people)
    };
    Ok(Json(live.into_iter().map(count).collect()))
}
