//! An answer as pages show it.

use super::address::{Address, PAGE};
use super::panel::Panel;
use super::seen::Seen;
use crate::admin::api::stats::view::sentence;
use crate::admin::pages::chart::Chart;
use crate::model::click::ClickCount;

/// What was found.
pub(in crate::admin::pages) struct Figures {
    pub(in crate::admin::pages) total: ClickCount,
    pub(in crate::admin::pages) visitors: Option<u64>,
    pub(in crate::admin::pages) before: Option<u64>,
    pub(in crate::admin::pages) change: Option<i64>,
    pub(in crate::admin::pages) chart: Chart,
    pub(in crate::admin::pages) pieces: Vec<Piece>,
    pub(in crate::admin::pages) panels: Vec<Panel>,
    pub(in crate::admin::pages) notes: Vec<String>,
    pub(in crate::admin::pages) tz: String,
    pub(in crate::admin::pages) export: String,
    pub(in crate::admin::pages) visits: String,
}

/// A piece of the series.
pub(in crate::admin::pages) struct Piece {
    pub(in crate::admin::pages) label: String,
    pub(in crate::admin::pages) start: String,
    pub(in crate::admin::pages) end: String,
    pub(in crate::admin::pages) count: ClickCount,
    pub(in crate::admin::pages) before: Option<u64>,
    /// The same page for this piece alone.
    pub(in crate::admin::pages) href: String,
}

/// The figures of an answer, with the addresses of what can be looked at next.
pub(in crate::admin::pages) fn figures(seen: Seen, address: &Address) -> Figures {
    let before = seen.before.as_ref();
    let chart = Chart::of(&seen.answer.series, before.map_or(&[], |it| &it.series));
    let show = |at| seen.question.zone.show(at);
    let pieces = seen.answer.series.iter().zip(seen.ends()).enumerate();
    let pieces = pieces.map(|(place, (bucket, end))| Piece {
        label: seen.label(bucket.start),
        start: show(bucket.start),
        end: show(end),
        count: bucket.count,
        before: before.and_then(|it| it.series.get(place)).map(|it| it.count.total()),
        href: address.between(&show(bucket.start), &show(end)).to_string(),
    });
    Figures {
        total: seen.answer.total,
        visitors: seen.answer.visitors,
        before: before.map(|it| it.total.total()),
        change: seen.change(),
        chart,
        pieces: pieces.collect(),
        notes: seen.answer.notes.iter().map(|note| sentence(*note)).collect(),
        tz: seen.question.zone.name().to_owned(),
        export: address.to_string().replacen(PAGE, "/analytics.csv", 1),
        visits: address.of_visits().to_string().replacen(PAGE, "/analytics/visits.csv", 1),
        panels: seen
            .answer
            .dimensions
            .into_iter()
            .map(|(dimension, breakdown)| Panel::of(dimension, breakdown, address))
            .filter(|panel| !panel.rows.is_empty())
            .collect(),
    }
}
