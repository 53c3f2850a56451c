//! How this node fares, from what it measures anyway.

use std::sync::Arc;
use std::time::Duration;

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;

use super::filters;
use super::frame::{Frame, Room, page};
use super::guest::Visitor;
use crate::admin::state::AdminState;
use crate::health::{CHANGE_BOUND, StoreHealth};
use crate::metrics::{Answer, Captured, Figures, Layer, Times};
use crate::model::id::NodeId;
use crate::model::time::Millis;
use crate::store::clicks::{Writer, writers};

#[derive(Template)]
#[template(path = "system.html")]
struct SystemPage {
    frame: Frame,
    version: &'static str,
    uptime: String,
    store: String,
    /// Since when it does not answer, and what it said.
    store_down: Option<(Millis, String)>,
    change_lag: String,
    change_bound: String,
    is_change_late: bool,
    links_cached: u64,
    hit_rate: Option<String>,
    /// Lookups, by the layer that knew.
    layers: [(&'static str, u64); Layer::ALL.len()],
    pending: u64,
    backlog_kib: u64,
    backlog_age: String,
    /// Clicks of which something is missing.
    counted_only: u64,
    /// Clicks of which nothing is left.
    missing: u64,
    connections_open: u64,
    answers: Vec<(&'static str, u64)>,
    /// How long redirects took, by where they were answered from.
    times: [(&'static str, Quantiles); 2],
    loads_failed: u64,
    /// Nothing where the store does not answer.
    nodes: Option<Vec<Node>>,
}

/// A distribution as people read it.
struct Quantiles {
    count: u64,
    p50: String,
    p99: String,
    p999: String,
}

/// A node that writes clicks into the same store.
struct Node {
    id: NodeId,
    is_this: bool,
    wrote_at: Millis,
}

/// The page. It needs no permission and no workspace: health and metrics tell the same to anybody who
/// reaches this port.
pub(in crate::admin) async fn show(
    State(state): State<Arc<AdminState>>,
    visitor: Visitor,
) -> Response {
    let figures = state.metrics.figures();
    let nodes = writers(&state.store).await.ok();
    let lag = state.health.change_lag();
    let captured = |wanted| count(&figures.captured, &wanted);
    let page_of = SystemPage {
        frame: visitor.frame("System").within(Room::System),
        version: env!("CARGO_PKG_VERSION"),
        uptime: plain(figures.uptime),
        store: state.store.describe(),
        store_down: match state.health.store() {
            StoreHealth::Up => None,
            StoreHealth::Down { since, why } => Some((since, why)),
        },
        change_lag: plain(lag),
        change_bound: plain(CHANGE_BOUND),
        is_change_late: lag > CHANGE_BOUND,
        links_cached: state.cache.len(),
        hit_rate: figures.hit_rate().map(|rate| format!("{:.1} %", rate * 100.0)),
        layers: layers(&figures),
        pending: state.clicks.pending(),
        backlog_kib: figures.backlog.0 / 1024,
        backlog_age: plain(figures.backlog.1),
        counted_only: captured(Captured::Counted),
        missing: captured(Captured::Unrecorded) + figures.lost,
        connections_open: figures.connections_open,
        answers: answers(&figures),
        times: [("memory", quantiles(figures.hits)), ("the store", quantiles(figures.loads))],
        loads_failed: figures.loads_failed,
        nodes: nodes.map(|nodes| nodes.into_iter().map(|it| node(it, state.node)).collect()),
    };
    page(StatusCode::OK, &page_of)
}

fn node(Writer { node, wrote_at }: Writer, this: NodeId) -> Node {
    Node { id: node, is_this: node == this, wrote_at }
}

fn count<T: PartialEq>(counts: &[(T, u64)], wanted: &T) -> u64 {
    counts.iter().find(|(it, _)| it == wanted).map_or(0, |(_, count)| *count)
}

fn answers(figures: &Figures) -> Vec<(&'static str, u64)> {
    let words = |answer: Answer| match answer {
        Answer::Redirect => "redirected",
        Answer::SentOn => "sent on to a domain's own page",
        Answer::NotFound => "told that there is no such link",
        Answer::Gone => "told that the link has ended",
        Answer::Unavailable => "asked to come back: the store was away",
        Answer::Limited => "asked to slow down",
        Answer::Refused => "refused: not a request of a browser",
        Answer::Shown => "asked for a password, or shown a preview",
    };
    figures.answers.iter().map(|(answer, count)| (words(*answer), *count)).collect()
}

fn layers(figures: &Figures) -> [(&'static str, u64); Layer::ALL.len()] {
    Layer::ALL.map(|(layer, _)| {
        let words = match layer {
            Layer::Hit => "Links found in memory",
            Layer::Absent => "Codes remembered as unknown",
            Layer::Load => "Looked up in the store",
        };
        (words, count(&figures.layers, &layer))
    })
}

fn quantiles(times: Times) -> Quantiles {
    Quantiles {
        count: times.count,
        p50: plain(times.p50),
        p99: plain(times.p99),
        p999: plain(times.p999),
    }
}

/// A length of time with the unit that suits it.
fn plain(time: Duration) -> String {
    let seconds = time.as_secs();
    match seconds {
        0 if time < Duration::from_millis(1) => format!("{:.1} µs", time.as_nanos() as f64 / 1e3),
        0 => format!("{:.1} ms", time.as_secs_f64() * 1e3),
        1..120 => format!("{:.1} s", time.as_secs_f64()),
        120..7_200 => format!("{} min", seconds / 60),
        7_200..172_800 => format!("{} h", seconds / 3_600),
        _ => format!("{} days", seconds / 86_400),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_have_the_unit_that_suits_them() {
        for (ns, shown) in [
            (1_200, "1.2 µs"),
            (12_300_000, "12.3 ms"),
            (3_000_000_000, "3.0 s"),
            (600_000_000_000, "10 min"),
            (7_200_000_000_000, "2 h"),
            (864_000_000_000_000, "10 days"),
        ] {
            assert_eq!(plain(Duration::from_nanos(ns)), shown);
        }
    }
}
