//! Visits of a link, newest first: pages of JSON, or one table.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use serde::ser::{SerializeMap, Serializer};
use utoipa::ToSchema;

use super::csv::{self, Whose};
use super::period::Period;
use super::query::{Parameters, invalid};
use crate::admin::api::owned;
use crate::admin::api::path::PathId;
use crate::admin::auth::{May, StatsRead};
use crate::admin::problem::Problem;
use crate::admin::state::AdminState;
use crate::model::click::Audience;
use crate::model::dimension::Dimension;
use crate::model::id::{LinkId, StreamId};
use crate::model::time::Millis;
use crate::store::clicks::Visit;
use crate::store::stats::{self, Place};

const LIMIT_DEFAULT: u32 = 50;
const LIMIT_MAX: u32 = 1_000;

/// One page, and where the next one begins.
#[derive(Serialize, ToSchema)]
#[schema(as = VisitPage)]
pub(in crate::admin) struct Page {
    /// `at`, `audience`, `visitor`, and each dimension by its name.
    #[schema(value_type = Vec<Object>)]
    visits: Vec<VisitView>,
    next_cursor: Option<String>,
}

/// A visit as clients see it.
struct VisitView(Visit);

impl Serialize for VisitView {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let visit = &self.0;
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("at", &visit.at)?;
        map.serialize_entry("audience", audience(visit))?;
        map.serialize_entry("visitor", &visitor(visit))?;
        for dimension in Dimension::ALL {
            map.serialize_entry(dimension.name(), &visit.values.get(dimension).map(|it| &**it))?;
        }
        map.end()
    }
}

/// Who made a visit.
pub(super) fn audience(visit: &Visit) -> &'static str {
    match visit.audience {
        Audience::People => "people",
        Audience::Bots => "bots",
    }
}

/// What tells its visitor apart from others of the same UTC day.
pub(super) fn visitor(visit: &Visit) -> Option<String> {
    (visit.visitor != 0).then(|| format!("{:016x}", visit.visitor))
}

/// Single visits of a link, newest first, as JSON or as a table.
#[utoipa::path(get, path = "/api/v1/links/{id}/visits", tag = "statistics", operation_id = "list_visits", params(
    ("id" = String, Path, description = "The link"),
    ("from" = Option<String>, Query, description = "RFC 3339, or a date in `tz`"),
    ("to" = Option<String>, Query, description = "RFC 3339, or a date in `tz`"),
    ("tz" = Option<String>, Query, description = "An IANA time zone; UTC if left out"),
    ("format" = Option<String>, Query, description = "json or csv"),
    ("limit" = Option<u32>, Query, minimum = 1, maximum = 1000),
    ("cursor" = Option<String>, Query, description = "`next_cursor` of the page before"),
), responses((status = 200, content((Page = "application/json"), (String = "text/csv")))))]
pub(in crate::admin) async fn list(
    State(state): State<Arc<AdminState>>,
    caller: May<StatsRead>,
    PathId(id): PathId<LinkId>,
    headers: HeaderMap,
    mut parameters: Parameters,
) -> Result<Response, Problem> {
    let link = owned::find(&state, &caller, id).await?;
    let form = Form::take(&mut parameters, &headers)?;
    let Period { span, .. } = Period::take(&mut parameters, Millis::now())?;
    if form == Form::Csv {
        parameters.end()?;
        return csv::export(state, Whose::Link(link.id), span).await;
    }
    let limit = parameters.limit(LIMIT_DEFAULT, LIMIT_MAX)?;
    let after = parameters.text("cursor")?.as_deref().map(read_cursor).transpose()?;
    parameters.end()?;
    // One more than is shown tells whether there is a next page.
    let visits = stats::visits(&state.store, link.id, span, after, limit + 1).await;
    let mut visits = visits.map_err(|error| state.fault(&error))?;
    let has_more = visits.len() > limit as usize;
    visits.truncate(limit as usize);
    let next_cursor = visits.last().filter(|_| has_more).map(cursor);
    let visits = visits.into_iter().map(VisitView).collect();
    Ok(Json(Page { visits, next_cursor }).into_response())
}

/// Single visits of all links of the workspace, newest first, as a table.
#[utoipa::path(get, path = "/api/v1/visits", tag = "statistics", operation_id = "export_visits", params(
    ("from" = Option<String>, Query, description = "RFC 3339, or a date in `tz`"),
    ("to" = Option<String>, Query, description = "RFC 3339, or a date in `tz`"),
    ("tz" = Option<String>, Query, description = "An IANA time zone; UTC if left out"),
), responses((status = 200, content((String = "text/csv")))))]
pub(in crate::admin) async fn export(
    State(state): State<Arc<AdminState>>,
    caller: May<StatsRead>,
    mut parameters: Parameters,
) -> Result<Response, Problem> {
    caller.needs_every_domain()?;
    let Period { span, .. } = Period::take(&mut parameters, Millis::now())?;
    parameters.end()?;
    csv::export(state, Whose::Workspace(caller.workspace), span).await
}

/// In what form visits are sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    Json,
    Csv,
}

impl Form {
    /// `format`, or else what `Accept` names.
    fn take(parameters: &mut Parameters, headers: &HeaderMap) -> Result<Self, Problem> {
        match parameters.text("format")?.as_deref() {
            Some("json") => Ok(Self::Json),
            Some("csv") => Ok(Self::Csv),
            Some(_) => Err(invalid("format", "`format` is json or csv")),
            None => {
                let accepted = headers.get_all(header::ACCEPT).iter();
                let mut accepted = accepted.filter_map(|value| value.to_str().ok());
                let is_csv = |range: &str| {
                    let name = range.split(';').next().unwrap_or_default();
                    name.trim().eq_ignore_ascii_case("text/csv")
                };
                let names_csv = accepted.any(|value| value.split(',').any(is_csv));
                Ok(if names_csv { Self::Csv } else { Self::Json })
            }
        }
    }
}

/// The place after this visit. Opaque to clients, so that its form may change.
fn cursor(visit: &Visit) -> String {
    format!("{:x}-{:x}-{:x}", visit.at.get(), visit.stream.get(), visit.sequence)
}

fn read_cursor(text: &str) -> Result<Place, Problem> {
    let number = |text: &str| i64::from_str_radix(text, 16).ok().filter(|it| *it >= 0);
    let read = || {
        let mut parts = text.split('-').map(number);
        let mut next = || parts.next().flatten();
        let (at, stream, sequence) = (next()?, next()?, next()?);
        let stream = StreamId::from_stored(stream);
        let sequence = sequence.cast_unsigned();
        parts.next().is_none().then(|| Place { at: Millis::from_epoch(at), stream, sequence })
    };
    let hint = "take the cursor as `next_cursor` of the page before has it";
    read().ok_or_else(|| invalid("cursor", hint))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_is_read_back_and_rubbish_is_refused() {
        let place = read_cursor("18d0c5b2a00-7fffffffffffffff-2a").expect("a cursor");
        assert_eq!(place.at.get(), 0x18d_0c5b_2a00);
        assert_eq!((place.stream.get(), place.sequence), (i64::MAX, 42));
        for bad in ["", "-", "1-2", "1-2-", "1--2", "1-2-3-4", "1-2-x", "1-8000000000000000-1"] {
            assert!(read_cursor(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn csv_is_sent_to_those_who_accept_it_by_name() {
        let form = |accept: &'static str| {
            let mut headers = HeaderMap::new();
            headers.insert(header::ACCEPT, accept.parse().expect("a value"));
            Form::take(&mut Parameters::default(), &headers).expect("a form")
        };
        assert_eq!(form("text/csv"), Form::Csv);
        assert_eq!(form("application/json;q=0.5, Text/CSV; charset=utf-8"), Form::Csv);
        assert_eq!(form("*/*"), Form::Json);
        assert_eq!(form("application/json"), Form::Json);
    }
}
