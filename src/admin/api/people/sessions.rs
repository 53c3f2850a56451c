//! One's own sessions.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::Serialize;
use utoipa::ToSchema;

use super::view::SessionView;
use crate::admin::api::finish::to_the_end;
use crate::admin::api::path::{Named as _, PathId};
use crate::admin::problem::Problem;
use crate::admin::session::Person;
use crate::admin::state::AdminState;
use crate::model::id::SessionId;
use crate::store::sessions::{self, Which};

/// All of them: there are few.
#[derive(Serialize, ToSchema)]
pub(in crate::admin) struct SessionList {
    sessions: Vec<SessionView>,
}

/// One's sessions that have not ended, the last used one first.
#[utoipa::path(get, path = "/api/v1/me/sessions", tag = "people", operation_id = "list_sessions", responses((status = 200, body = SessionList)))]
pub(in crate::admin) async fn list(
    State(state): State<Arc<AdminState>>,
    person: Person,
) -> Result<Json<SessionList>, Problem> {
    Ok(Json(SessionList { sessions: all(&state, &person).await? }))
}

/// A person's sessions that have not ended, the last used one first.
pub(in crate::admin) async fn all(
    state: &AdminState,
    person: &Person,
) -> Result<Vec<SessionView>, Problem> {
    let found = sessions::list(&state.store, person.user.id).await;
    let found = found.map_err(|error| state.fault(&error))?;
    let view = |session| SessionView::new(session, person.session.id);
    Ok(found.into_iter().map(view).collect())
}

/// Ends all of one's sessions but the one that asks.
#[utoipa::path(delete, path = "/api/v1/me/sessions", tag = "people", operation_id = "end_other_sessions", responses((status = 204, description = "Ended")))]
pub(in crate::admin) async fn end_others(
    State(state): State<Arc<AdminState>>,
    person: Person,
) -> Result<StatusCode, Problem> {
    others_ended(&state, person).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Ends all of a person's sessions but the one that asks.
pub(in crate::admin) async fn others_ended(
    state: &AdminState,
    person: Person,
) -> Result<(), Problem> {
    let others = Which::AllBut(person.session.id);
    end(state, person, others).await?;
    Ok(())
}

/// Ends one of one's sessions at once.
#[utoipa::path(delete, path = "/api/v1/me/sessions/{id}", tag = "people", operation_id = "end_session", params(("id" = String, Path, description = "The session")), responses((status = 204, description = "Ended")))]
pub(in crate::admin) async fn end_one(
    State(state): State<Arc<AdminState>>,
    person: Person,
    PathId(id): PathId<SessionId>,
) -> Result<StatusCode, Problem> {
    one_ended(&state, person, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Ends one of a person's sessions.
pub(in crate::admin) async fn one_ended(
    state: &AdminState,
    person: Person,
    id: SessionId,
) -> Result<(), Problem> {
    match end(state, person, Which::One(id)).await? {
        0 => Err(SessionId::missing()),
        _ => Ok(()),
    }
}

async fn end(state: &AdminState, person: Person, which: Which) -> Result<u64, Problem> {
    let store = person.store(state);
    let ended = async move { sessions::end(&store, person.user, which).await };
    to_the_end(ended).await.map_err(|error| state.fault(&error))
}
