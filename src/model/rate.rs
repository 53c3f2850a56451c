//! A rate with a burst, as one number a subject: until when it has used up what it may.
//!
//! The generic cell rate algorithm (ITU-T I.371): each use pushes that moment on by the time that
//! one use is worth, and a use is refused while the moment lies further ahead than a burst. What is
//! kept is eight bytes, and a subject that has been quiet needs none.

use std::time::Duration;

/// Nanoseconds after a moment that the caller keeps.
pub type Nanos = u64;

/// So many uses a second, and so many at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rate {
    /// What one use is worth.
    gap: Nanos,
    /// What may be used at once.
    burst: Nanos,
}

impl Rate {
    /// At most `per_second_max` a second, and what is not used for `burst` may be used later. `None`
    /// for 0, which is no limit.
    #[must_use]
    pub fn new(per_second_max: u32, burst: Duration) -> Option<Self> {
        let gap = 1_000_000_000 / Nanos::from(std::num::NonZeroU32::new(per_second_max)?.get());
        let burst = Nanos::try_from(burst.as_nanos()).unwrap_or(Nanos::MAX);
        // At least one at once, or nobody would ever be let through.
        Some(Self { gap, burst: burst.max(gap) })
    }

    /// One use after each `gap`, and what is not used may be used later, `at_once` of them.
    ///
    /// # Panics
    /// A gap of no time, or a burst of none.
    #[must_use]
    pub fn every(gap: Duration, at_once: u32) -> Self {
        let nanos = |time: Duration| Nanos::try_from(time.as_nanos()).unwrap_or(Nanos::MAX);
        assert!(!gap.is_zero() && at_once > 0, "a rate lets somebody through");
        Self { gap: nanos(gap), burst: nanos(gap.saturating_mul(at_once)) }
    }

    /// The moment until which a subject has used up what it may, after one more use at `now`;
    /// `None` when that is refused. A subject that is not known begins with 0.
    #[must_use]
    pub fn take(self, used_until: Nanos, now: Nanos) -> Option<Nanos> {
        self.take_of(self.burst, used_until, now)
    }

    /// [`Rate::take`] for a use that can wait: it leaves half of a burst to the others.
    #[must_use]
    pub fn take_spare(self, used_until: Nanos, now: Nanos) -> Option<Nanos> {
        self.take_of((self.burst / 2).max(self.gap), used_until, now)
    }

    fn take_of(self, burst: Nanos, used_until: Nanos, now: Nanos) -> Option<Nanos> {
        let used_until = used_until.max(now) + self.gap;
        (used_until - now <= burst).then_some(used_until)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Nanos = 1_000_000_000;

    /// How many of 10,000 uses at `now` are let through.
    fn taken(rate: Rate, used_until: &mut Nanos, now: Nanos) -> usize {
        let take = |until: &mut Nanos| {
            *until = rate.take(*until, now)?;
            Some(())
        };
        (0..10_000).map_while(|_| take(used_until)).count()
    }

    #[test]
    fn a_burst_and_then_the_rate() {
        let rate = Rate::new(100, Duration::from_secs(2)).expect("a limit");
        let mut used_until = 0;
        assert_eq!(taken(rate, &mut used_until, SECOND), 200);
        assert_eq!(taken(rate, &mut used_until, SECOND + SECOND / 2), 50);
        assert_eq!(taken(rate, &mut used_until, 2 * SECOND), 50);
        assert_eq!(taken(rate, &mut used_until, 60 * SECOND), 200, "quiet for long, it is as new");
    }

    #[test]
    fn a_rate_may_be_slower_than_one_a_second() {
        let rate = Rate::every(Duration::from_secs(6), 10);
        let mut used_until = 0;
        assert_eq!(taken(rate, &mut used_until, SECOND), 10);
        assert_eq!(taken(rate, &mut used_until, 6 * SECOND), 0);
        assert_eq!(taken(rate, &mut used_until, 13 * SECOND), 2);
    }

    #[test]
    fn what_can_wait_leaves_half_a_burst() {
        let rate = Rate::new(100, Duration::from_secs(1)).expect("a limit");
        let mut used_until = 0;
        while let Some(until) = rate.take_spare(used_until, SECOND) {
            used_until = until;
        }
        assert_eq!(taken(rate, &mut used_until, SECOND), 50);
    }

    #[test]
    fn none_is_no_limit_and_a_slow_rate_lets_one_through() {
        assert_eq!(Rate::new(0, Duration::from_secs(1)), None);
        let rate = Rate::new(1, Duration::from_millis(10)).expect("a limit");
        let mut used_until = 0;
        assert_eq!(taken(rate, &mut used_until, 5 * SECOND), 1);
        assert_eq!(taken(rate, &mut used_until, 6 * SECOND), 1);
    }
}
