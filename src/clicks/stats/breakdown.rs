//! Values of a dimension: the most frequent, the others, and the clicks of which none is known.

use std::cmp::Reverse;
use std::collections::HashMap;

use crate::model::click::{Audience, ClickCount};
use crate::model::dimension::OTHER;
use crate::store::stats::{TopValues, ValueCount};

/// How the clicks of a period fall to the values of a dimension. Together they are all of them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Breakdown {
    /// The most frequent values, beginning with the first.
    pub values: Vec<ValueCount>,
    /// Clicks with other values.
    pub other: ClickCount,
    /// Clicks without a known one.
    pub unknown: ClickCount,
}

/// Values as they are put together from several reads.
#[derive(Debug, Default)]
pub(super) struct Tally {
    counts: HashMap<String, ClickCount, foldhash::fast::RandomState>,
    known: ClickCount,
}

impl Tally {
    pub(super) fn add(&mut self, top: TopValues) {
        self.known.add(top.known);
        for ValueCount { value, count } in top.values {
            self.counts.entry(value).or_default().add(count);
        }
    }

    /// The `limit` most frequent values among `audience`, of `total` clicks.
    pub(super) fn breakdown(
        mut self,
        total: ClickCount,
        audience: Option<Audience>,
        limit: u32,
    ) -> Breakdown {
        let known = among(self.known, audience);
        // Values beyond the cap of an hour were counted as others when they came in.
        self.counts.remove(OTHER);
        let counts = self.counts.into_iter();
        let mut values: Vec<_> = counts
            .map(|(value, count)| ValueCount { value, count: among(count, audience) })
            .filter(|it| !it.count.is_zero())
            .collect();
        values.sort_unstable_by(|a, b| {
            let rank = |it: &ValueCount| Reverse(it.count.total());
            rank(a).cmp(&rank(b)).then_with(|| a.value.cmp(&b.value))
        });
        values.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
        let mut shown = ClickCount::default();
        values.iter().for_each(|it| shown.add(it.count));
        Breakdown { values, other: less(known, shown), unknown: less(total, known) }
    }
}

/// What of a count is of this audience.
pub(super) fn among(count: ClickCount, audience: Option<Audience>) -> ClickCount {
    match audience {
        None => count,
        Some(Audience::People) => ClickCount { bots: 0, ..count },
        Some(Audience::Bots) => ClickCount { people: 0, ..count },
    }
}

/// Never below zero: at the edges of an approximate period more can be known than was counted.
fn less(all: ClickCount, part: ClickCount) -> ClickCount {
    ClickCount {
        people: all.people.saturating_sub(part.people),
        bots: all.bots.saturating_sub(part.bots),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn count(people: u64, bots: u64) -> ClickCount {
        ClickCount { people, bots }
    }

    fn tally() -> Tally {
        let value = |value: &str, people, bots| ValueCount {
            value: value.to_owned(),
            count: count(people, bots),
        };
        let mut tally = Tally::default();
        let values = vec![value("DE", 3, 0), value(OTHER, 2, 0), value("FR", 1, 4)];
        tally.add(TopValues { values, known: count(7, 4) });
        tally.add(TopValues { values: vec![value("DE", 1, 0)], known: count(1, 0) });
        tally
    }

    #[test]
    fn the_parts_are_the_whole() {
        let breakdown = tally().breakdown(count(10, 5), None, 1);
        assert_eq!(breakdown.values.len(), 1);
        assert_eq!(
            (breakdown.values[0].value.as_str(), breakdown.values[0].count),
            ("FR", count(1, 4))
        );
        assert_eq!((breakdown.other, breakdown.unknown), (count(7, 0), count(2, 1)));
    }

    #[test]
    fn an_audience_has_its_own_order() {
        let breakdown = tally().breakdown(count(10, 0), Some(Audience::People), 10);
        let values: Vec<_> = breakdown.values.iter().map(|it| (&*it.value, it.count)).collect();
        assert_eq!(values, [("DE", count(4, 0)), ("FR", count(1, 0))]);
        assert_eq!((breakdown.other, breakdown.unknown), (count(3, 0), count(2, 0)));
    }
}
