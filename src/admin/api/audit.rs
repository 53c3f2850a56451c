//! The audit log over HTTP: pages of it, newest first, as JSON or as a table.

use std::borrow::Cow;
use std::sync::Arc;

use axum::Json;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::http::header;
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use utoipa::{IntoParams, ToSchema};

use crate::admin::auth::{AuditRead, Caller, May};
use crate::admin::problem::{Kind, Problem};
use crate::admin::state::AdminState;
use crate::admin::table::{safe, written};
use crate::model::id::AuditId;
use crate::model::time::Millis;
use crate::store::audit::{self, Entry, Filter};

const LIMIT_DEFAULT: u32 = 50;
const LIMIT_MAX: u32 = 200;

/// Entries of a table at most: whoever needs more asks again with `from` or `cursor`.
const TABLE_MAX: u32 = 10_000;

/// The query of the log.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(in crate::admin) struct AuditQuery {
    pub(in crate::admin) limit: Option<u32>,
    pub(in crate::admin) cursor: Option<String>,
    pub(in crate::admin) action: Option<String>,
    pub(in crate::admin) subject: Option<String>,
    pub(in crate::admin) actor: Option<String>,
    pub(in crate::admin) from: Option<String>,
    pub(in crate::admin) format: Option<String>,
}

/// How the log is sent.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Form {
    Json,
    Table,
}

/// One page, and where the next one begins.
#[derive(Serialize, ToSchema)]
#[schema(as = AuditPage)]
pub(in crate::admin) struct Page {
    entries: Vec<EntryView>,
    next_cursor: Option<String>,
}

/// An entry as programs read it.
#[derive(Serialize, ToSchema)]
#[schema(as = AuditEntry)]
struct EntryView {
    id: AuditId,
    at: Millis,
    actor: Who,
    action: String,
    subject: What,
    #[schema(value_type = Object)]
    detail: Box<RawValue>,
}

#[derive(Serialize, ToSchema)]
struct Who {
    kind: &'static str,
    id: String,
    name: String,
    from: String,
}

#[derive(Serialize, ToSchema)]
struct What {
    kind: String,
    id: String,
    name: String,
}

/// Who did what to what, newest first, as JSON or as a table.
#[utoipa::path(get, path = "/api/v1/audit", tag = "audit", operation_id = "read_audit_log", params(AuditQuery),
    responses((status = 200, content((Page = "application/json"), (String = "text/csv")))))]
pub(in crate::admin) async fn list(
    State(state): State<Arc<AdminState>>,
    caller: May<AuditRead>,
    query: Result<Query<AuditQuery>, QueryRejection>,
) -> Result<Response, Problem> {
    caller.needs_every_domain()?;
    let Query(asked) =
        query.map_err(|error| Problem::undeserialised(Kind::INVALID_QUERY, &error))?;
    let form = form(&asked)?;
    let (entries, next_cursor) = found(&state, &caller, asked).await?;
    if form == Form::Table {
        return Ok(table(&entries));
    }
    Ok(Json(Page { entries: entries.into_iter().map(view).collect(), next_cursor }).into_response())
}

/// The entries that were asked for, and the cursor of the next page, of a caller who may read the log.
pub(in crate::admin) async fn found(
    state: &AdminState,
    caller: &Caller,
    asked: AuditQuery,
) -> Result<(Vec<Entry>, Option<String>), Problem> {
    let form = form(&asked)?;
    let limit = limit(&asked, form)?;
    let filter = Filter {
        workspace: caller.workspace,
        subject: id("subject", asked.subject.as_deref())?,
        actor: id("actor", asked.actor.as_deref())?,
        from: from(asked.from.as_deref())?,
        before: asked.cursor.as_deref().map(place).transpose()?,
        action: asked.action,
        // One more than is shown tells whether there is a next page.
        limit: limit + 1,
    };
    let found = audit::list(&state.store, &filter).await;
    let mut found = found.map_err(|error| state.fault(&error))?;
    let shown = usize::try_from(limit).unwrap_or(usize::MAX);
    let has_more = found.len() > shown;
    found.truncate(shown);
    let next_cursor = found.last().filter(|_| has_more).map(cursor);
    Ok((found, next_cursor))
}

fn form(asked: &AuditQuery) -> Result<Form, Problem> {
    match asked.format.as_deref() {
        None | Some("json") => Ok(Form::Json),
        Some("csv") => Ok(Form::Table),
        Some(_) => Err(invalid("format", "choose `json` or `csv`")),
    }
}

fn limit(asked: &AuditQuery, form: Form) -> Result<u32, Problem> {
    let (default, most) = match form {
        Form::Json => (LIMIT_DEFAULT, LIMIT_MAX),
        Form::Table => (TABLE_MAX, TABLE_MAX),
    };
    let limit = asked.limit.unwrap_or(default);
    let is_fit = (1..=most).contains(&limit);
    is_fit
        .then_some(limit)
        .ok_or_else(|| invalid("limit", format!("1 to {most} entries can be asked for at once")))
}

fn id(parameter: &'static str, text: Option<&str>) -> Result<Option<i64>, Problem> {
    let number = text.map(str::parse::<i64>).transpose();
    number.map_err(|_| invalid(parameter, "an id is a whole number"))
}

fn from(text: Option<&str>) -> Result<Option<Millis>, Problem> {
    text.map(Millis::parse).transpose().map_err(|bad| invalid("from", bad.to_string()))
}

fn view(entry: Entry) -> EntryView {
    let Entry { id, at, actor, action, subject, detail } = entry;
    EntryView {
        id,
        at,
        actor: Who {
            kind: actor.kind.word(),
            id: actor.id.to_string(),
            name: actor.name,
            from: actor.from,
        },
        action,
        subject: What { kind: subject.kind, id: subject.id.to_string(), name: subject.name },
        detail: RawValue::from_string(detail).unwrap_or_else(|_| RawValue::NULL.to_owned()),
    }
}

/// Entries as a table.
pub(in crate::admin) fn table(entries: &[Entry]) -> Response {
    let head = [
        "at",
        "actor_kind",
        "actor_id",
        "actor",
        "from",
        "action",
        "subject_kind",
        "subject_id",
        "subject",
        "detail",
    ];
    let row = |entry: &Entry| {
        let Entry { at, actor, action, subject, detail, .. } = entry;
        [
            at.to_string(),
            actor.kind.word().to_owned(),
            actor.id.to_string(),
            safe(&actor.name),
            actor.from.clone(),
            action.clone(),
            subject.kind.clone(),
            subject.id.to_string(),
            safe(&subject.name),
            safe(detail),
        ]
    };
    let rows = [head.map(str::to_owned)].into_iter().chain(entries.iter().map(row));
    let headers = [
        (header::CONTENT_TYPE, "text/csv; charset=utf-8; header=present"),
        (header::CONTENT_DISPOSITION, "attachment; filename=\"audit.csv\""),
    ];
    (headers, written(rows)).into_response()
}

/// The place after this entry. Opaque to clients, so that its form may change.
fn cursor(entry: &Entry) -> String {
    format!("{:x}-{:x}", entry.at.get(), entry.id.get())
}

fn place(text: &str) -> Result<(Millis, AuditId), Problem> {
    let number = |text: &str| i64::from_str_radix(text, 16).ok();
    let read = || {
        let (at, id) = text.split_once('-')?;
        Some((Millis::from_epoch(number(at)?), AuditId::from_stored(number(id)?)))
    };
    read().ok_or_else(|| {
        invalid("cursor", "take the cursor as `next_cursor` of the page before has it")
    })
}

fn invalid(parameter: &'static str, detail: impl Into<Cow<'static, str>>) -> Problem {
    Problem::new(Kind::INVALID_QUERY, detail).at(parameter)
}
