//! Sums by link and quarter hour, in the order of their keys.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::sync::Arc;

use super::registry::Clicks;
use crate::model::id::LinkId;
use crate::model::time::Millis;
use crate::store::clicks::{ClickRows, ClickSum};

/// Clicks that wait for a batch. While the store is away they add up here: a sum a link and quarter.
#[derive(Debug, Default)]
pub struct Rollup {
    sums: BTreeMap<(LinkId, Millis), ClickSum>,
}

impl Rollup {
    /// Takes what was answered since the last call; it belongs to the quarter hour of `now`.
    pub fn take(&mut self, clicks: &Clicks, now: Millis) {
        let quarter = now.quarter();
        clicks.for_each(|counter| {
            let count = counter.roll_up();
            if count.is_zero() {
                return;
            }
            match self.sums.entry((counter.link(), quarter)) {
                Entry::Occupied(mut sum) => sum.get_mut().count.add(count),
                Entry::Vacant(place) => {
                    place.insert(ClickSum {
                        subject: counter.link().into(),
                        workspace: counter.workspace(),
                        quarter,
                        count,
                    });
                }
            }
        });
    }

    /// The first sums, `rows_max` at most, or nothing when there are none. They are no longer here.
    pub fn next(&mut self, rows_max: usize) -> Option<Arc<ClickRows>> {
        if self.sums.is_empty() {
            return None;
        }
        let rest = match self.sums.keys().nth(rows_max).copied() {
            Some(key) => self.sums.split_off(&key),
            None => BTreeMap::new(),
        };
        let first = std::mem::replace(&mut self.sums, rest);
        let sums = first.into_values().collect();
        Some(Arc::new(ClickRows { sums, ..ClickRows::default() }))
    }

    /// Clicks that wait.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.sums.values().map(|sum| sum.count.total()).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::click::{Audience, ClickCount};
    use crate::model::id::WorkspaceId;

    #[test]
    fn batches_come_in_key_order_and_hold_everything_once() {
        let clicks = Clicks::default();
        let links: Vec<_> =
            (0..5).map(|_| clicks.of(LinkId::random(), WorkspaceId::random())).collect();
        let mut rollup = Rollup::default();
        for quarter in [0, 900_000] {
            links.iter().for_each(|link| link.add(Audience::People));
            rollup.take(&clicks, Millis::from_epoch(quarter));
        }
        let mut seen = Vec::new();
        while let Some(rows) = rollup.next(3) {
            let sums = &rows.sums;
            assert!(sums.len() <= 3);
            seen.extend(sums.iter().map(|sum| (sum.subject, sum.quarter, sum.count)));
        }
        assert_eq!(seen.len(), 10);
        assert!(seen.is_sorted_by_key(|(link, quarter, _)| (*link, *quarter)));
        assert!(seen.iter().all(|(_, _, count)| *count == ClickCount { people: 1, bots: 0 }));
    }
}
