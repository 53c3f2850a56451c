//! Answering from visits, so many at a time: a statement over all of them could run out of time.

use super::answer::{Answer, Note, StatsError};
use super::breakdown::Tally;
use super::buckets::Buckets;
use super::question::{Question, Summed};
use super::visitors;
use crate::model::dimension::Dimension;
use crate::model::time::{DAY_MS, Millis};
use crate::store::stats::matching::Matching;
use crate::store::stats::{Grid, Kept, Point, Span, TopValues};
use crate::store::{Error, Store};

/// Visits that one statement looks at, about.
const SLICE_VISITS: u64 = 500_000;

/// Visits that a question may look at.
const VISITS_MAX: u64 = 5_000_000;

/// Values that are read of each slice when there are several, so that memory stays bounded.
const VALUES_MAX: u32 = 5_000;

/// From so many dimensions on, all of them are looked up at once.
const TOGETHER_MIN: usize = 3;

/// Answers a question that asks for values of dimensions.
pub(super) async fn answer(
    store: &Store,
    question: &Question,
    mut buckets: Buckets,
    kept: Kept,
    now: Millis,
) -> Result<Answer, StatsError> {
    let since = kept.visits_since(now);
    let span = question.span.since(since);
    let mut notes: Vec<Note> = Vec::new();
    if span != question.span {
        notes.push(Note::VisitsSince(since));
    }
    let by_day = Grid { offset_ms: 0, width_ms: DAY_MS };
    let mut days = Summed::from(&question.scope).series(store, span, by_day).await?;
    let clicks = days.iter().map(|day| day.count.total()).sum();
    if clicks > VISITS_MAX {
        return Err(StatsError::TooManyVisits { clicks, max: VISITS_MAX });
    }
    days.sort_unstable_by_key(|day| day.at);
    let slices = cut(span, &days);
    let matching = |span| Matching { scope: &question.scope, span, filter: &question.filter };
    for segment in slices.iter().flat_map(|&slice| question.zone.segments(slice)) {
        let grid = question.interval.grid(&segment);
        for point in matching(segment.span).series(store, grid).await? {
            buckets.add(point);
        }
    }
    let total = buckets.total();
    let limit = if slices.len() == 1 { question.values_max + 1 } else { VALUES_MAX };
    let mut tallies: Vec<_> =
        question.dimensions.iter().map(|it| (*it, Tally::default())).collect();
    for &slice in &slices {
        for (dimension, top) in looked_up(store, question, matching(slice), limit).await? {
            let is_cut = slices.len() > 1 && top.values.len() == VALUES_MAX as usize;
            if is_cut && !notes.contains(&Note::ManyValues) {
                notes.push(Note::ManyValues);
            }
            if let Some((_, tally)) = tallies.iter_mut().find(|(it, _)| *it == dimension) {
                tally.add(top);
            }
        }
    }
    let audience = question.filter.audience;
    let broken_down = |(dimension, tally): (Dimension, Tally)| {
        (dimension, tally.breakdown(total, audience, question.values_max))
    };
    let dimensions = tallies.into_iter().map(broken_down).collect();
    let visitors = visitors::of_visits(store, question, &slices).await?;
    Ok(Answer { total, visitors: Some(visitors), series: buckets.into_series(), dimensions, notes })
}

/// The values of the dimensions that are asked for: each by a look of its own at the visits, or all by
/// one look where that is less.
async fn looked_up(
    store: &Store,
    question: &Question,
    matching: Matching<'_>,
    limit: u32,
) -> Result<Vec<(Dimension, TopValues)>, Error> {
    if question.dimensions.len() >= TOGETHER_MIN {
        return matching.every_dimension(store, limit).await;
    }
    let mut found = Vec::with_capacity(question.dimensions.len());
    for &dimension in &question.dimensions {
        found.push((dimension, matching.values(store, dimension, limit).await?));
    }
    Ok(found)
}

/// Cuts a span at midnights of UTC, where visitors get a new hash, into slices of about
/// [`SLICE_VISITS`]. A day is never cut.
fn cut(span: Span, days: &[Point]) -> Vec<Span> {
    let mut slices = Vec::new();
    let (mut from, mut visits) = (span.from, 0);
    for day in days {
        let count = day.count.total();
        let midnight: Millis = day.at.day();
        if visits > 0 && visits + count > SLICE_VISITS && midnight > from {
            slices.push(Span { from, to: midnight });
            (from, visits) = (midnight, 0);
        }
        visits += count;
    }
    if from < span.to {
        slices.push(Span { from, to: span.to });
    }
    slices
}

#[cfg(test)]
mod tests {
    use crate::model::click::ClickCount;

    use super::*;

    #[test]
    fn slices_end_at_midnights_and_leave_nothing_out() {
        let day = |day: i64, people| Point {
            at: Millis::from_epoch(day * DAY_MS + 5),
            count: ClickCount { people, bots: 0 },
        };
        let moment = |days: i64, ms| Millis::from_epoch(days * DAY_MS + ms);
        let span = Span { from: moment(1, 3), to: moment(9, 7) };
        let days = [day(1, 1), day(2, 499_999), day(4, 1), day(5, 900_000), day(6, 1)];
        let cuts: Vec<_> = cut(span, &days).iter().map(|slice| (slice.from, slice.to)).collect();
        let (a, b, c) = (moment(4, 0), moment(5, 0), moment(6, 0));
        assert_eq!(cuts, [(span.from, a), (a, b), (b, c), (c, span.to)]);
        assert_eq!(cut(span, &[]), [span]);
        assert_eq!(cut(Span { from: span.to, to: span.to }, &[]), []);
    }
}
