//! The page of the log, and the same as a table.

use std::fmt;
use std::sync::Arc;

use askama::Template;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::Response;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde::Deserialize;

use super::actors::{Choice, choices};
use super::words::{deed, details};
use crate::accounts::permission::Permission;
use crate::admin::api::audit::{self, AuditQuery, found};
use crate::admin::pages::filters;
use crate::admin::pages::form::typed;
use crate::admin::pages::frame::{Frame, Room, page};
use crate::admin::pages::guest::Guest;
use crate::admin::problem::Problem;
use crate::admin::state::AdminState;
use crate::model::actor::ActorKind;
use crate::model::time::Millis;
use crate::store::audit::Entry;

/// What of the log is shown.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(in crate::admin) struct Asked {
    /// A kind of deed, such as `link`, or one of them.
    action: String,
    subject: String,
    actor: String,
    /// A day of UTC, or a time.
    from: String,
    cursor: String,
}

#[derive(Template)]
#[template(path = "audit.html")]
struct AuditPage<'a> {
    frame: Frame,
    wrong: Option<&'a str>,
    asked: &'a Asked,
    actors: Vec<Choice>,
    lines: Vec<Line>,
    next: Option<String>,
    table: String,
}

/// An entry.
struct Line {
    at: Millis,
    actor: String,
    actor_href: Option<String>,
    from: String,
    deed: String,
    subject: String,
    subject_href: Option<String>,
    details: Vec<(String, String)>,
}

impl Asked {
    fn query(&self) -> AuditQuery {
        let from = match self.from.trim() {
            day if day.len() == "2026-01-31".len() => format!("{day}T00:00:00Z"),
            time => time.to_owned(),
        };
        AuditQuery {
            action: typed(self.action.clone()),
            subject: typed(self.subject.clone()),
            actor: typed(self.actor.clone()),
            from: typed(from),
            cursor: typed(self.cursor.clone()),
            ..AuditQuery::default()
        }
    }

    fn is_narrow(&self) -> bool {
        [&self.action, &self.subject, &self.actor, &self.from].iter().any(|it| !it.is_empty())
    }

    /// The parameters of an address.
    fn said(&self) -> String {
        let said = [
            ("action", &self.action),
            ("subject", &self.subject),
            ("actor", &self.actor),
            ("from", &self.from),
            ("cursor", &self.cursor),
        ];
        let pair = |(name, value): (&str, &String)| {
            format!("{name}={}", utf8_percent_encode(value, NON_ALPHANUMERIC))
        };
        let said = said.into_iter().filter(|(_, value)| !value.is_empty()).map(pair);
        said.collect::<Vec<_>>().join("&")
    }
}

impl fmt::Display for Asked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "/audit?{}", self.said())
    }
}

/// The log, newest first.
pub(in crate::admin) async fn show(
    State(state): State<Arc<AdminState>>,
    guest: Guest,
    Query(asked): Query<Asked>,
) -> Result<Response, Response> {
    guest.needs(Permission::AuditRead)?;
    let (status, problem, entries, cursor) = match found(&state, &guest.caller, asked.query()).await
    {
        Ok((entries, cursor)) => (StatusCode::OK, None, entries, cursor),
        Err(problem) => (problem.status(), Some(problem), Vec::new(), None),
    };
    let actors = choices(&state, &guest, &asked.actor).await;
    let page_of = AuditPage {
        frame: guest.frame(Room::Audit, "Audit log"),
        wrong: problem.as_ref().map(Problem::detail),
        lines: entries.into_iter().map(|entry| line(entry, &asked)).collect(),
        next: cursor.map(|cursor| Asked { cursor, ..asked.clone() }.to_string()),
        table: format!("/audit.csv?{}", Asked { cursor: String::new(), ..asked.clone() }.said()),
        actors: actors.map_err(|problem| guest.refused(&problem))?,
        asked: &asked,
    };
    Ok(page(status, &page_of))
}

/// The same as a table, 10,000 entries at most.
pub(in crate::admin) async fn table(
    State(state): State<Arc<AdminState>>,
    guest: Guest,
    Query(asked): Query<Asked>,
) -> Result<Response, Response> {
    guest.needs(Permission::AuditRead)?;
    let query = AuditQuery { format: Some("csv".to_owned()), ..asked.query() };
    let found = found(&state, &guest.caller, query).await;
    let (entries, _) = found.map_err(|problem| guest.refused(&problem))?;
    Ok(audit::table(&entries))
}

fn line(entry: Entry, asked: &Asked) -> Line {
    let has_id = matches!(entry.actor.kind, ActorKind::User | ActorKind::Key);
    let plain = Asked { cursor: String::new(), ..asked.clone() };
    let only = |asked: Asked| asked.to_string();
    Line {
        at: entry.at,
        actor: match entry.actor.kind {
            ActorKind::User => entry.actor.name.clone(),
            ActorKind::Key => format!("The key {}", entry.actor.name),
            ActorKind::Operator => format!("The operator {}", entry.actor.name),
            ActorKind::Nobody => "Somebody".to_owned(),
        },
        actor_href: has_id
            .then(|| only(Asked { actor: entry.actor.id.to_string(), ..plain.clone() })),
        from: entry.actor.from,
        deed: deed(&entry.action).map_or_else(|| entry.action.clone(), str::to_owned),
        subject: entry.subject.name,
        subject_href: (entry.subject.id != 0)
            .then(|| only(Asked { subject: entry.subject.id.to_string(), ..plain })),
        details: details(&entry.detail),
    }
}
