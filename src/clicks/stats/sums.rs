//! Answering from sums: clicks by the quarter hour, dimensions by the hour and the folded day.

use futures_util::future::try_join_all;

use super::answer::{Answer, Note};
use super::breakdown::{Breakdown, Tally, among};
use super::buckets::Buckets;
use super::question::{Question, Summed};
use super::visitors;
use crate::model::dimension::Dimension;
use crate::model::time::{HOUR_MS, Millis};
use crate::store::stats::matching::Matching;
use crate::store::stats::{Kept, Point, Span};
use crate::store::{Error, Store};

/// Visits that are looked at to say exactly what sums say only roughly.
pub(super) const VISITS_MAX: u64 = 100_000;

/// Dimensions that are looked up at the same time. Others wait for the same connections.
const AT_ONCE: usize = 3;

/// Answers a question that asks for no more than an audience.
pub(super) async fn answer(
    store: &Store,
    question: &Question,
    summed: &Summed,
    mut buckets: Buckets,
    kept: Kept,
    now: Millis,
) -> Result<Answer, Error> {
    let audience = question.filter.audience;
    let mut clicks = 0;
    for segment in question.zone.segments(question.span) {
        let grid = question.interval.grid(&segment);
        for point in summed.series(store, segment.span, grid).await? {
            clicks += point.count.total();
            buckets.add(Point { count: among(point.count, audience), ..point });
        }
    }
    let total = buckets.total();
    let has_visits = question.span.from >= kept.visits_since(now);
    let source = if has_whole_edges(question.span, kept, now) {
        Source::Sums
    } else if has_visits && clicks <= VISITS_MAX {
        Source::Visits
    } else {
        Source::RoughSums
    };
    let span = with_hour_in_progress(question.span, now);
    let mut dimensions = Vec::with_capacity(question.dimensions.len());
    for some in question.dimensions.chunks(AT_ONCE) {
        let tallies = some.iter().map(|it| tally(store, question, summed, span, *it, source));
        for (dimension, tally) in some.iter().zip(try_join_all(tallies).await?) {
            let breakdown: Breakdown = tally.breakdown(total, audience, question.values_max);
            dimensions.push((*dimension, breakdown));
        }
    }
    let is_rough = source == Source::RoughSums && !dimensions.is_empty();
    Ok(Answer {
        total,
        visitors: visitors::of_all(store, question, clicks, has_visits).await?,
        series: buckets.into_series(),
        dimensions,
        notes: is_rough.then_some(Note::WholeHours).into_iter().collect(),
    })
}

/// Where values of dimensions come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Source {
    /// Sums that fit the period.
    Sums,
    /// Visits, since the sums do not fit.
    Visits,
    /// Sums although they do not fit.
    RoughSums,
}

async fn tally(
    store: &Store,
    question: &Question,
    summed: &Summed,
    span: Span,
    dimension: Dimension,
    source: Source,
) -> Result<Tally, Error> {
    let Question { scope, filter, .. } = question;
    // One more: the value that stands for all others is shown apart.
    let limit = question.values_max + 1;
    let top = match source {
        Source::Visits => {
            let matching = Matching { scope, span, filter };
            matching.values(store, dimension, limit).await?
        }
        Source::Sums | Source::RoughSums => {
            summed.values(store, dimension, span, filter.audience, limit).await?
        }
    };
    let mut tally = Tally::default();
    tally.add(top);
    Ok(tally)
}

/// A span that ends in the future, up to the end of an hour: the middle of the hour in progress may
/// lie behind its end, and all its clicks before it.
fn with_hour_in_progress(span: Span, now: Millis) -> Span {
    if span.to <= now || span.to == span.to.hour() {
        return span;
    }
    Span { to: Millis::from_epoch(span.to.hour().get() + HOUR_MS), ..span }
}

/// Whether a span begins and ends with what is summed: an hour, or a UTC day where hours have been
/// folded. Nothing is behind an end that lies ahead.
fn has_whole_edges(span: Span, kept: Kept, now: Millis) -> bool {
    let hours_since = kept.hours_since(now);
    let is_edge = |at: Millis| at == if at < hours_since { at.day() } else { at.hour() };
    is_edge(span.from) && (span.to > now || is_edge(span.to))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn edges_are_whole_by_the_hour_and_further_back_by_the_day() {
        let at = |text| Millis::parse(text).expect("a time");
        let day = Duration::from_secs(24 * 3600);
        let kept = Kept { visits: 90 * day, hours: 35 * day };
        let now = at("2026-07-31T12:34:00Z");
        for (from, to, is_whole) in [
            ("2026-07-01T22:00:00Z", "2026-07-31T12:45:00Z", true),
            ("2026-07-01T22:00:00Z", "2026-07-31T12:15:00Z", false),
            ("2026-07-01T18:15:00Z", "2026-07-31T12:00:00Z", false),
            ("2026-06-01T00:00:00Z", "2026-07-31T12:00:00Z", true),
            ("2026-06-01T22:00:00Z", "2026-07-31T12:00:00Z", false),
            ("2026-06-01T00:00:00Z", "2026-06-02T22:00:00Z", false),
        ] {
            let span = Span { from: at(from), to: at(to) };
            assert_eq!(has_whole_edges(span, kept, now), is_whole, "{from} {to}");
        }
    }
}
