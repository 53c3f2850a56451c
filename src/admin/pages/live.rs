//! Visits as they happen: the page, and the events that keep it alive.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use futures_util::stream;
use tokio::sync::broadcast::error::RecvError;
use tokio::time::Instant;

use super::filters;
use super::frame::{Frame, Room, page};
use super::guest::Guest;
use crate::accounts::permission::Permission;
use crate::admin::live::{Beat, Live};
use crate::admin::problem::Problem;
use crate::admin::state::AdminState;

/// A stream ends after this time, and the browser asks again: whoever was sent away meanwhile is not
/// let in any more.
const STREAM_MAX: Duration = Duration::from_secs(60);

/// When a browser asks again.
const RETRY: Duration = Duration::from_secs(1);

#[derive(Template)]
#[template(path = "live.html")]
struct LivePage {
    frame: Frame,
    beat: Beat,
}

/// The page, as things stand.
pub(in crate::admin) async fn show(
    State(state): State<Arc<AdminState>>,
    guest: Guest,
) -> Result<Response, Response> {
    guest.needs(Permission::StatsRead)?;
    let joined = Live::join(&state, guest.caller.workspace).await;
    let (beat, _) = joined.map_err(|error| guest.refused(&state.fault(&error)))?;
    Ok(page(StatusCode::OK, &LivePage { frame: guest.frame(Room::Live, "Live"), beat }))
}

/// What happens, once a second (server-sent events, WHATWG HTML §9.2). The first event has the visits
/// of the last minutes, so that nothing is missing after a break.
pub(in crate::admin) async fn events(
    State(state): State<Arc<AdminState>>,
    guest: Guest,
) -> Result<Response, Problem> {
    guest.caller.needs(Permission::StatsRead)?;
    let joined = Live::join(&state, guest.caller.workspace).await;
    let (first, beats) = joined.map_err(|error| state.fault(&error))?;
    let events = stream::unfold((Some(Arc::new(first)), beats, Instant::now() + STREAM_MAX), next);
    Ok(Sse::new(events).keep_alive(KeepAlive::default()).into_response())
}

type Joined = (Option<Arc<Beat>>, tokio::sync::broadcast::Receiver<Arc<Beat>>, Instant);

/// The next event, until the time is over or nobody tells any more.
async fn next((first, mut beats, end): Joined) -> Option<(Result<Event, Infallible>, Joined)> {
    if let Some(first) = first {
        return Some((Ok(event(&first).retry(RETRY)), (None, beats, end)));
    }
    loop {
        match tokio::time::timeout_at(end, beats.recv()).await {
            Ok(Ok(beat)) => return Some((Ok(event(&beat)), (None, beats, end))),
            // A slow reader goes on with what is new.
            Ok(Err(RecvError::Lagged(_))) => {}
            Ok(Err(RecvError::Closed)) | Err(_) => return None,
        }
    }
}

fn event(beat: &Beat) -> Event {
    let event = Event::default().id(beat.at.to_string());
    event.json_data(beat).expect("a beat has only text for keys")
}
