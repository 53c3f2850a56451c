//! Which links were followed in the last minutes.

use std::collections::{HashMap, VecDeque};

use crate::model::id::LinkId;
use crate::model::time::Millis;

/// How far back.
pub(super) const MINUTES_MS: i64 = 5 * 60 * 1000;

/// Clicks by link, by when they were read.
#[derive(Debug, Default)]
pub(super) struct Minutes {
    slots: VecDeque<(Millis, Vec<(LinkId, u64)>)>,
}

impl Minutes {
    /// Adds the clicks of a stretch that ended at `until`, and forgets those that are too old.
    pub(super) fn add(&mut self, until: Millis, clicks: Vec<(LinkId, u64)>) {
        self.slots.push_back((until, clicks));
        let oldest = until.get() - MINUTES_MS;
        while self.slots.front().is_some_and(|(at, _)| at.get() < oldest) {
            self.slots.pop_front();
        }
    }

    /// The most followed links, the first one first.
    pub(super) fn top(&self, most: usize) -> Vec<(LinkId, u64)> {
        let mut sums = HashMap::<LinkId, u64>::new();
        for (link, clicks) in self.slots.iter().flat_map(|(_, clicks)| clicks) {
            *sums.entry(*link).or_default() += clicks;
        }
        let mut top: Vec<_> = sums.into_iter().collect();
        top.sort_unstable_by_key(|(link, clicks)| (std::cmp::Reverse(*clicks), link.get()));
        top.truncate(most);
        top
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn old_minutes_are_forgotten_and_the_rest_is_summed() {
        let link = LinkId::from_stored;
        let mut minutes = Minutes::default();
        let at = |ms| Millis::from_epoch(ms);
        minutes.add(at(0), vec![(link(1), 9)]);
        minutes.add(at(1_000), vec![(link(1), 1), (link(2), 3)]);
        minutes.add(at(2_000), vec![(link(1), 1)]);
        assert_eq!(minutes.top(1), [(link(1), 11)]);
        minutes.add(at(MINUTES_MS + 500), vec![]);
        assert_eq!(minutes.top(5), [(link(2), 3), (link(1), 2)]);
    }
}
