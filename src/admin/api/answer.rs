//! Answers that hold a link.

use axum::Json;
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};

use super::etag::etag;
use crate::admin::problem::Problem;
use crate::admin::state::AdminState;
use crate::links::LinkView;
use crate::model::id::LinkId;
use crate::model::link::Link;
use crate::store::claims;
use crate::store::idempotency::Answered;

/// Says that the answer was given before (as Stripe's API and others have it).
const REPLAYED: HeaderName = HeaderName::from_static("idempotent-replayed");

/// A new link is its own first version.
const FIRST_VERSION: i64 = 1;

/// Nobody can have followed it.
const CLAIMED_AT_BIRTH: u64 = 0;

/// The link as it is.
pub(super) async fn current(state: &AdminState, link: &Link) -> Result<Response, Problem> {
    let view = seen(state, link).await?;
    Ok(([(header::ETAG, etag(link.version))], Json(view)).into_response())
}

/// The same as a value.
pub(in crate::admin) async fn seen(state: &AdminState, link: &Link) -> Result<LinkView, Problem> {
    let claimed = claims::claimed(&state.store, link).await.map_err(|error| state.fault(&error))?;
    Ok(state.view(link, claimed))
}

/// The link as it was just made, and where to find it.
pub(super) fn created(state: &AdminState, link: &Link) -> Response {
    (StatusCode::CREATED, birth(link.id), Json(state.view(link, CLAIMED_AT_BIRTH))).into_response()
}

/// The body that [`created`] sends, as the store keeps it for [`replayed`].
pub(super) fn kept(state: &AdminState, link: &Link) -> String {
    serde_json::to_string(&state.view(link, CLAIMED_AT_BIRTH))
        .expect("a link's view has only text for keys")
}

/// What was answered the first time.
pub(super) fn replayed(before: Answered) -> Response {
    let json = HeaderValue::from_static("application/json");
    let headers = [(header::CONTENT_TYPE, json), (REPLAYED, HeaderValue::from_static("true"))];
    (StatusCode::CREATED, birth(before.link), headers, before.answer).into_response()
}

/// The headers of an answer to a link's creation.
fn birth(id: LinkId) -> [(HeaderName, HeaderValue); 2] {
    let location = HeaderValue::try_from(format!("/api/v1/links/{id}"));
    [(header::LOCATION, location.expect("an id is digits")), (header::ETAG, etag(FIRST_VERSION))]
}
