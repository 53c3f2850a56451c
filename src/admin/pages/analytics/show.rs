//! The page.

use std::sync::Arc;

use askama::Template;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::Response;

use super::address::{Address, RANGES};
use super::figures::{Figures, figures};
use super::panel::{title, unknown};
use super::seen::{link_of, look};
use crate::accounts::permission::Permission;
use crate::admin::pages::clocks::Clocks;
use crate::admin::pages::filters;
use crate::admin::pages::frame::{Frame, Room, page};
use crate::admin::pages::guest::Guest;
use crate::admin::problem::Problem;
use crate::admin::state::AdminState;
use crate::clicks::stats::Interval;
use crate::model::dimension::Dimension;

#[derive(Template)]
#[template(path = "analytics.html")]
struct AnalyticsPage<'a> {
    frame: Frame,
    wrong: Option<&'a str>,
    /// Whose clicks, if not those of all links.
    whose: Option<Whose>,
    address: &'a Address,
    ranges: Vec<Choice>,
    intervals: Vec<Choice>,
    domains: Vec<Choice>,
    tz: &'a str,
    filters: Vec<Filtered>,
    figures: Option<Figures>,
}

/// A link whose clicks are shown.
struct Whose {
    short_url: String,
    id: String,
}

/// A choice, and whether it is made.
struct Choice {
    word: String,
    shown: String,
    href: String,
    is_chosen: bool,
}

/// A value that all clicks have that are shown.
struct Filtered {
    title: &'static str,
    shown: String,
    without: String,
}

/// Shows what the address asks for.
pub(in crate::admin) async fn show(
    State(state): State<Arc<AdminState>>,
    guest: Guest,
    Clocks(zone): Clocks,
    Query(pairs): Query<Vec<(String, String)>>,
) -> Result<Response, Response> {
    guest.needs(Permission::StatsRead)?;
    let address = Address::of(pairs);
    let link = link_of(&state, &guest.caller, &address).await.map_err(|it| guest.refused(&it))?;
    let id = link.as_ref().map(|link| link.id);
    let seen = look(&state, &guest.caller, &address, id, &zone, &Dimension::ALL).await;
    let (status, problem, figures) = match seen {
        Ok(seen) => (StatusCode::OK, None, Some(figures(seen, &address))),
        Err(problem) => (problem.status(), Some(problem), None),
    };
    let table = state.domains.table();
    let page_of = AnalyticsPage {
        frame: guest.frame(Room::Analytics, "Analytics"),
        wrong: problem.as_ref().map(Problem::detail),
        whose: link.map(|link| Whose {
            short_url: state.short_urls.of(&table, link.domain, &link.code),
            id: link.id.to_string(),
        }),
        ranges: ranges(&address),
        intervals: intervals(&address),
        domains: domains(&state, &guest, &address),
        tz: address.get("tz").unwrap_or(zone.name()),
        filters: address.filters().map(|it| filtered(it, &address)).collect(),
        figures,
        address: &address,
    };
    Ok(page(status, &page_of))
}

fn ranges(address: &Address) -> Vec<Choice> {
    let choice = |(word, shown): (&'static str, &str)| Choice {
        word: word.to_owned(),
        shown: shown.to_owned(),
        href: address.within(word).to_string(),
        is_chosen: address.range() == Some(word),
    };
    RANGES.into_iter().map(choice).collect()
}

fn intervals(address: &Address) -> Vec<Choice> {
    let choice = |interval: Interval| Choice {
        word: interval.name().to_owned(),
        shown: interval.name().to_owned(),
        href: String::new(),
        is_chosen: address.get("interval") == Some(interval.name()),
    };
    Interval::ALL.into_iter().map(choice).collect()
}

fn domains(state: &AdminState, guest: &Guest, address: &Address) -> Vec<Choice> {
    let names = state.short_urls.names_of(&state.domains.table(), guest.caller.workspace);
    let choice = |name: String| Choice {
        href: String::new(),
        is_chosen: address.get("domain") == Some(&name),
        shown: name.clone(),
        word: name,
    };
    names.into_iter().map(choice).collect()
}

fn filtered((dimension, value): (Dimension, &str), address: &Address) -> Filtered {
    let shown = if value.is_empty() { unknown(dimension) } else { value };
    Filtered {
        title: title(dimension),
        shown: shown.to_owned(),
        without: address.without(dimension.name()).to_string(),
    }
}
