//! The wall clock as the edge believes it: followed while it drifts, doubted when it jumps.
//!
//! A click is counted in the quarter hour, and its visitor told apart in the day, that this clock
//! says. A machine whose clock is set wrong for a minute must not leave clicks on a day that nobody
//! looks at, so a jump counts only once it has lasted.

use std::time::{Duration, Instant};

use crate::model::time::Millis;

/// A step of more than this between two readings is a jump; less is drift, or a small correction.
const DRIFT_MAX: Duration = Duration::from_secs(60);

/// How long a jump must last to be believed. Also what a machine needs that was asleep, because the
/// monotonic clock sleeps with it.
const DOUBTED_FOR: Duration = Duration::from_secs(600);

/// A clock that is fed with readings of the wall clock and of the monotonic one.
#[derive(Debug)]
pub struct WallClock {
    believed: Millis,
    /// The monotonic clock when it was believed.
    at: Instant,
    doubt: Option<Doubt>,
}

/// What the wall clock says, and is not believed.
#[derive(Debug, Clone, Copy)]
struct Doubt {
    /// How far it is ahead of what is believed; negative when it is behind.
    jumped_ms: i64,
    since: Instant,
}

/// What came of a reading.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reading {
    /// The time to go by.
    pub now: Millis,
    /// Set when a jump has just been believed: how far it went, in milliseconds.
    pub jumped_ms: Option<i64>,
}

impl WallClock {
    /// A clock that believes its first reading: there is nothing to doubt it by.
    #[must_use]
    pub fn new(wall: Millis, now: Instant) -> Self {
        Self { believed: wall, at: now, doubt: None }
    }

    /// Takes a reading of both clocks.
    pub fn read(&mut self, wall: Millis, now: Instant) -> Reading {
        let passed = millis(now.saturating_duration_since(self.at));
        let expected = Millis::from_epoch(self.believed.get().saturating_add(passed));
        let jumped_ms = wall.get().saturating_sub(expected.get());
        self.at = now;
        if is_drift(jumped_ms) {
            (self.believed, self.doubt) = (wall, None);
            return Reading { now: wall, jumped_ms: None };
        }
        // A clock that jumps about is not believed until it stays with one of its stories.
        let doubt = match self.doubt {
            Some(doubt) if is_drift(jumped_ms.saturating_sub(doubt.jumped_ms)) => doubt,
            _ => Doubt { jumped_ms, since: now },
        };
        if now.saturating_duration_since(doubt.since) >= DOUBTED_FOR {
            (self.believed, self.doubt) = (wall, None);
            return Reading { now: wall, jumped_ms: Some(jumped_ms) };
        }
        (self.believed, self.doubt) = (expected, Some(doubt));
        Reading { now: expected, jumped_ms: None }
    }
}

fn is_drift(ms: i64) -> bool {
    ms.unsigned_abs() <= DRIFT_MAX.as_millis() as u64
}

fn millis(span: Duration) -> i64 {
    i64::try_from(span.as_millis()).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::time::DAY_MS;

    /// Time between two readings.
    const STEP: Duration = Duration::from_millis(250);

    /// A clock, and the true time, which only the test knows.
    struct Machine {
        clock: WallClock,
        start: Instant,
        passed: Duration,
    }

    impl Machine {
        const START: i64 = 1_795_435_200_000;

        fn new() -> Self {
            let start = Instant::now();
            let clock = WallClock::new(Millis::from_epoch(Self::START), start);
            Self { clock, start, passed: Duration::ZERO }
        }

        fn truth(&self) -> i64 {
            Self::START + millis(self.passed)
        }

        /// Reads for `span` with a wall clock that is wrong by this much; how many jumps were
        /// believed, and how wrong the time was at most.
        fn run(&mut self, span: Duration, wrong_ms: i64) -> (usize, u64) {
            let (mut believed, mut worst) = (0, 0);
            for _ in 0..span.as_millis() / STEP.as_millis() {
                self.passed += STEP;
                let wall = Millis::from_epoch(self.truth().saturating_add(wrong_ms));
                let reading = self.clock.read(wall, self.start + self.passed);
                believed += usize::from(reading.jumped_ms.is_some());
                worst = worst.max(reading.now.get().abs_diff(self.truth()));
            }
            (believed, worst)
        }
    }

    #[test]
    fn drift_is_followed() {
        let mut machine = Machine::new();
        for wrong_ms in (0..500_000).step_by(1000) {
            let (believed, worst) = machine.run(STEP, wrong_ms);
            assert_eq!((believed, worst), (0, wrong_ms.cast_unsigned()));
        }
    }

    #[test]
    fn a_jump_by_a_day_that_is_taken_back_is_never_believed() {
        for wrong_ms in [DAY_MS, -DAY_MS, 61_000, -61_000, i64::MAX, i64::MIN / 2] {
            let mut machine = Machine::new();
            machine.run(STEP, 0);
            let wrong = machine.run(Duration::from_secs(590), wrong_ms);
            assert_eq!(wrong, (0, 0), "{wrong_ms}");
            assert_eq!(machine.run(Duration::from_secs(3600), 0), (0, 0), "{wrong_ms}");
        }
    }

    #[test]
    fn a_jump_that_lasts_is_believed_once() {
        for wrong_ms in [DAY_MS, -DAY_MS] {
            let mut machine = Machine::new();
            machine.run(STEP, 0);
            assert_eq!(machine.run(Duration::from_secs(599), wrong_ms).1, 0);
            let (believed, worst) = machine.run(Duration::from_secs(3600), wrong_ms);
            assert_eq!((believed, worst), (1, DAY_MS.unsigned_abs()));
        }
    }

    #[test]
    fn a_clock_that_jumps_about_is_not_believed() {
        let mut machine = Machine::new();
        for hour in 1..50 {
            let wrong = machine.run(Duration::from_secs(300), hour % 7 * 3_600_000 + DAY_MS);
            assert_eq!(wrong, (0, 0));
        }
    }

    #[test]
    fn a_thread_that_was_held_up_learns_the_time() {
        let mut machine = Machine::new();
        machine.passed += Duration::from_secs(7200);
        assert_eq!(machine.run(STEP, 0), (0, 0));
    }
}
