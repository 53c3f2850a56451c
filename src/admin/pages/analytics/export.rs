//! What the page shows, as a table (RFC 4180).

use std::sync::Arc;

use axum::extract::{Query, State};
use axum::http::header;
use axum::response::{IntoResponse, Response};

use super::address::Address;
use super::seen::{Seen, link_of, look};
use crate::accounts::permission::Permission;
use crate::admin::api::stats::asked;
use crate::admin::api::stats::csv::{self, Whose};
use crate::admin::pages::clocks::Clocks;
use crate::admin::pages::guest::Guest;
use crate::admin::state::AdminState;
use crate::admin::table::{safe, written};
use crate::model::click::ClickCount;
use crate::model::dimension::{Dimension, OTHER};
use crate::model::time::Millis;
use crate::store::stats::Scope;

/// The figures of the same address: one line a piece of the series, then one a value.
pub(in crate::admin) async fn export(
    State(state): State<Arc<AdminState>>,
    guest: Guest,
    Clocks(zone): Clocks,
    Query(pairs): Query<Vec<(String, String)>>,
) -> Result<Response, Response> {
    guest.needs(Permission::StatsRead)?;
    let address = Address::of(pairs);
    let caller = &guest.caller;
    let refused = |problem| guest.refused(&problem);
    let link = link_of(&state, caller, &address).await.map_err(refused)?.map(|link| link.id);
    let seen =
        look(&state, caller, &address, link, &zone, &Dimension::ALL).await.map_err(refused)?;
    let headers = [
        (header::CONTENT_TYPE, "text/csv; charset=utf-8; header=present"),
        (header::CONTENT_DISPOSITION, "attachment; filename=\"analytics.csv\""),
    ];
    Ok((headers, written(lines(&seen))).into_response())
}

/// Single visits of the address's period, of its link or of all links, as they are streamed. Filters
/// are for figures.
pub(in crate::admin) async fn visits(
    State(state): State<Arc<AdminState>>,
    guest: Guest,
    Clocks(zone): Clocks,
    Query(pairs): Query<Vec<(String, String)>>,
) -> Result<Response, Response> {
    guest.needs(Permission::StatsRead)?;
    let address = Address::of(pairs).of_visits();
    let (caller, refused) = (&guest.caller, |problem| guest.refused(&problem));
    let link = link_of(&state, caller, &address).await.map_err(refused)?;
    let scope = Scope::Workspace(caller.workspace);
    let question =
        asked::take(address.parameters(&zone, &[], Millis::now()), &state, scope, Millis::now());
    let whose = link.map_or(Whose::Workspace(caller.workspace), |link| Whose::Link(link.id));
    let span = question.map_err(refused)?.span;
    csv::export(Arc::clone(&state), whose, span).await.map_err(refused)
}

fn lines(seen: &Seen) -> Vec<Vec<String>> {
    let mut lines = vec![["of", "value", "people", "bots"].map(str::to_owned).to_vec()];
    let mut line = |of: &str, value: &str, ClickCount { people, bots }: ClickCount| {
        lines.push(vec![of.to_owned(), safe(value), people.to_string(), bots.to_string()]);
    };
    for bucket in &seen.answer.series {
        line("time", &seen.question.zone.show(bucket.start), bucket.count);
    }
    for (dimension, breakdown) in &seen.answer.dimensions {
        for value in &breakdown.values {
            line(dimension.name(), &value.value, value.count);
        }
        let rest = [(OTHER, breakdown.other), ("", breakdown.unknown)];
        for (value, count) in rest.into_iter().filter(|(_, count)| !count.is_zero()) {
            line(dimension.name(), value, count);
        }
    }
    lines
}
