//! How far back the change log has to be read, so that no entry slips through.
//!
//! An entry is stamped before its transaction commits, so it may appear behind what was read already:
//! mostly by milliseconds, at worst by the 10 s that a transaction may take. Every reading therefore
//! begins [`NEAR`] before the last one, and once in [`FAR_EVERY`] it begins [`FAR`] before the last one
//! that did so. However long the pauses between readings were, those readings overlap by [`FAR`].

use std::time::{Duration, Instant};

use crate::model::time::Millis;

/// How far every reading looks back.
pub const NEAR: Duration = Duration::from_secs(3);

/// How far some readings look back: longer than any transaction takes.
pub const FAR: Duration = Duration::from_secs(30);

/// Time between two readings that look far back.
pub const FAR_EVERY: Duration = Duration::from_secs(4);

/// What was read of the log so far. Moments are the store's.
#[derive(Debug, Clone, Copy)]
pub struct Reach {
    /// The store's clock at the last reading.
    read_at: Millis,
    /// The same at the last reading that looked far back.
    far_read_at: Millis,
    /// When that was, by this node's monotonic clock; none before the first one.
    far_read: Option<Instant>,
}

/// Where a reading begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Begin {
    /// The first moment that it reads.
    pub since: Millis,
    /// Whether it looks far back.
    pub is_far: bool,
}

impl Reach {
    /// Readings up to `read_at` have looked far back. The next one does so, too.
    #[must_use]
    pub fn new(read_at: Millis) -> Self {
        Self { read_at, far_read_at: read_at, far_read: None }
    }

    /// Whoever goes on from here looks [`FAR`] back, and misses nothing.
    #[must_use]
    pub fn contained(&self) -> Millis {
        self.far_read_at
    }

    /// Where the next reading begins, when it was rung for entries stamped since `rung`.
    #[must_use]
    pub fn begin(&self, rung: Option<Millis>, now: Instant) -> Begin {
        let far = self.oldest();
        let is_due = |read: Instant| now.saturating_duration_since(read) >= FAR_EVERY;
        if self.far_read.is_none_or(is_due) {
            return Begin { since: far, is_far: true };
        }
        let near = self.read_at.before(NEAR);
        // Nobody rings for what is older than that; a payload that was not ours might say so.
        let since = rung.map_or(near, |rung| rung.min(near).max(far));
        Begin { since, is_far: false }
    }

    /// A reading that began there was applied. `read_at` is the store's clock from before it.
    pub fn end(&mut self, begin: Begin, read_at: Millis, now: Instant) {
        self.read_at = read_at;
        if begin.is_far {
            (self.far_read_at, self.far_read) = (read_at, Some(now));
        }
    }

    /// The oldest entry that may not be known yet: if the log does not reach back to it any more,
    /// changes were missed.
    #[must_use]
    pub fn oldest(&self) -> Millis {
        self.far_read_at.before(FAR)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Entries are committed up to so long after they were stamped.
    const COMMIT_MS_MAX: i64 = 10_000;

    proptest! {
        /// Readings come after pauses of any length, some are rung for and some fail; entries are
        /// stamped at any time.
        #[test]
        fn no_entry_slips_through_whatever_the_pauses_between_readings(
            readings in proptest::collection::vec((1_i64..90_000, 0_u8..4), 1..60),
            entries in proptest::collection::vec((0_i64..400_000, 0_i64..COMMIT_MS_MAX), 1..60),
        ) {
            let began = Instant::now();
            let at = |ms: i64| began + Duration::from_millis(ms.unsigned_abs());
            let mut reach = Reach::new(Millis::from_epoch(0));
            let mut known = vec![false; entries.len()];
            let mut now = 0;
            // The last ones come as they do when all is well.
            let well = std::iter::repeat_n((1_000, 0), 500);
            for (pause, kind) in readings.into_iter().chain(well) {
                now += pause;
                let rung = (kind == 1).then_some(Millis::from_epoch(now - 50));
                let begin = reach.begin(rung, at(now));
                if kind == 2 {
                    continue;
                }
                for ((stamp, commit), known) in entries.iter().zip(&mut known) {
                    *known |= stamp + commit < now && *stamp >= begin.since.get();
                }
                reach.end(begin, Millis::from_epoch(now), at(now));
            }
            prop_assert!(known.iter().all(|&known| known));
        }
    }

    #[test]
    fn a_ring_is_answered_as_far_back_as_it_says_and_no_further_than_any_entry_lies() {
        let now = Instant::now();
        let mut reach = Reach::new(Millis::from_epoch(50_000));
        reach.end(reach.begin(None, now), Millis::from_epoch(100_000), now);
        for (rung, since) in
            [(None, 97_000), (Some(99_000), 97_000), (Some(91_000), 91_000), (Some(0), 70_000)]
        {
            let begin = reach.begin(rung.map(Millis::from_epoch), now);
            assert_eq!((begin.since.get(), begin.is_far), (since, false), "{rung:?}");
        }
        let begin = reach.begin(None, now + FAR_EVERY);
        assert_eq!(begin, Begin { since: Millis::from_epoch(70_000), is_far: true });
    }
}
