//! Statistics of a link and of a whole workspace.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;

use super::asked;
use super::query::Parameters;
use super::view::StatsView;
use crate::admin::api::owned;
use crate::admin::api::path::PathId;
use crate::admin::auth::{May, StatsRead};
use crate::admin::problem::{Kind, Problem};
use crate::admin::state::AdminState;
use crate::clicks::stats::{self, Answer, Question, StatsError};
use crate::model::click::{Audience, ClickCount};
use crate::model::id::LinkId;
use crate::model::time::Millis;
use crate::store::stats::Scope;

/// Statistics of a link.
#[utoipa::path(get, path = "/api/v1/links/{id}/stats", tag = "statistics", operation_id = "link_statistics", params(
    ("from" = Option<String>, Query, description = "RFC 3339, or a date in `tz`"),
    ("to" = Option<String>, Query, description = "RFC 3339, or a date in `tz`"),
    ("tz" = Option<String>, Query, description = "An IANA time zone; UTC if left out"),
    ("interval" = Option<String>, Query, description = "quarter, hour, day, week or month"),
    ("dimension" = Option<String>, Query, description = "Dimensions to tell apart, with commas between"),
    ("limit" = Option<u32>, Query, description = "Values of a dimension at most", minimum = 1, maximum = 100),
    ("audience" = Option<String>, Query, description = "people, bots or all"),
    ("id" = String, Path, description = "The link"),
    ("country" = Option<String>, Query, description = "A filter; so is every dimension by its name"),
),
    responses((status = 200, body = StatsView)))]
pub(in crate::admin) async fn of_link(
    State(state): State<Arc<AdminState>>,
    caller: May<StatsRead>,
    PathId(id): PathId<LinkId>,
    parameters: Parameters,
) -> Result<Json<StatsView>, Problem> {
    let now = Millis::now();
    let link = owned::find(&state, &caller, id).await?;
    let question = asked::take(parameters, &state, Scope::Link(link.id), now)?;
    answer(&state, &question, now).await
}

/// Statistics of all links of the workspace, also those deleted since.
#[utoipa::path(get, path = "/api/v1/stats", tag = "statistics", operation_id = "workspace_statistics", params(
    ("from" = Option<String>, Query, description = "RFC 3339, or a date in `tz`"),
    ("to" = Option<String>, Query, description = "RFC 3339, or a date in `tz`"),
    ("tz" = Option<String>, Query, description = "An IANA time zone; UTC if left out"),
    ("interval" = Option<String>, Query, description = "quarter, hour, day, week or month"),
    ("dimension" = Option<String>, Query, description = "Dimensions to tell apart, with commas between"),
    ("limit" = Option<u32>, Query, description = "Values of a dimension at most", minimum = 1, maximum = 100),
    ("audience" = Option<String>, Query, description = "people, bots or all"),
    ("domain" = Option<String>, Query, description = "Only links of this domain"),
    ("tag" = Option<String>, Query, description = "Only links that have this tag now"),
    ("country" = Option<String>, Query, description = "A filter; so is every dimension by its name"),
),
    responses((status = 200, body = StatsView)))]
pub(in crate::admin) async fn of_workspace(
    State(state): State<Arc<AdminState>>,
    caller: May<StatsRead>,
    parameters: Parameters,
) -> Result<Json<StatsView>, Problem> {
    let now = Millis::now();
    caller.needs_every_domain()?;
    let question = asked::take(parameters, &state, Scope::Workspace(caller.workspace), now)?;
    answer(&state, &question, now).await
}

/// The answer to a question, or the problem of whoever asks for too much.
pub(in crate::admin) async fn answered(
    state: &AdminState,
    question: &Question,
    now: Millis,
) -> Result<Answer, Problem> {
    let answer = stats::answer(&state.store, question, state.clicks_kept, now).await;
    answer.map_err(|error| refused(state, &error))
}

async fn answer(
    state: &AdminState,
    question: &Question,
    now: Millis,
) -> Result<Json<StatsView>, Problem> {
    let answer = answered(state, question, now).await?;
    let pending = pending(state, question, now).await?;
    Ok(Json(StatsView::new(question, answer, pending)))
}

/// Clicks that the period holds and the store does not yet.
async fn pending(
    state: &AdminState,
    question: &Question,
    now: Millis,
) -> Result<Option<ClickCount>, Problem> {
    let Scope::Link(link) = &question.scope else { return Ok(None) };
    if question.filter.has_values() || question.span.to <= now {
        return Ok(None);
    }
    let live = state.clicks.live(&state.store, *link).await;
    let pending = live.map_err(|error| state.fault(&error))?.pending;
    Ok(Some(match question.filter.audience {
        None => pending,
        Some(Audience::People) => ClickCount { bots: 0, ..pending },
        Some(Audience::Bots) => ClickCount { people: 0, ..pending },
    }))
}

fn refused(state: &AdminState, error: &StatsError) -> Problem {
    match error {
        StatsError::TooManyBuckets(_) => {
            let detail = format!("{error}: ask for a longer `interval` or a shorter period");
            Problem::new(Kind::TOO_MANY_BUCKETS, detail).at("interval")
        }
        StatsError::TooManyVisits { .. } => {
            let detail = format!("{error}: ask for a shorter period");
            Problem::new(Kind::TOO_MANY_VISITS, detail).at("from")
        }
        StatsError::Store(error) => state.fault(error),
    }
}
