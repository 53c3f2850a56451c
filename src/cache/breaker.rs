//! A breaker: after a few failures in a row the store is left alone, and asked once a second
//! whether it is well again.

use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// Failures in a row that open it.
const FAILURES_MAX: u32 = 5;

/// How long it stays open before one caller may try.
const PAUSE: Duration = Duration::from_secs(1);

/// Closed while the store answers; open, it lets one caller a second through.
#[derive(Debug)]
pub struct Breaker {
    began: Instant,
    failures: AtomicU32,
    /// Milliseconds after `began` from which one caller may try.
    next_try_ms: AtomicU64,
}

impl Breaker {
    /// A closed breaker.
    #[must_use]
    pub fn new(now: Instant) -> Self {
        Self { began: now, failures: AtomicU32::new(0), next_try_ms: AtomicU64::new(0) }
    }

    /// Whether the store may be asked now.
    pub fn allows(&self, now: Instant) -> bool {
        if !self.is_open() {
            return true;
        }
        let now_ms = self.ms(now);
        let next = self.next_try_ms.load(Ordering::Relaxed);
        now_ms >= next && self.try_at(next, now_ms)
    }

    /// Whether the store is left alone, but for one try a second.
    pub fn is_open(&self) -> bool {
        self.failures.load(Ordering::Relaxed) >= FAILURES_MAX
    }

    fn try_at(&self, next: u64, now_ms: u64) -> bool {
        let after = now_ms + PAUSE.as_millis() as u64;
        self.next_try_ms.compare_exchange(next, after, Ordering::Relaxed, Ordering::Relaxed).is_ok()
    }

    /// The store answered.
    pub fn succeeded(&self) {
        self.failures.store(0, Ordering::Relaxed);
    }

    /// The store did not answer.
    pub fn failed(&self, now: Instant) {
        let before = self.failures.fetch_add(1, Ordering::Relaxed);
        if before + 1 >= FAILURES_MAX {
            self.failures.store(FAILURES_MAX, Ordering::Relaxed);
            let after = self.ms(now) + PAUSE.as_millis() as u64;
            self.next_try_ms.fetch_max(after, Ordering::Relaxed);
        }
    }

    fn ms(&self, now: Instant) -> u64 {
        now.saturating_duration_since(self.began).as_millis() as u64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_opens_after_failures_lets_one_a_second_try_and_closes_after_a_success() {
        let start = Instant::now();
        let at = |ms| start + Duration::from_millis(ms);
        let breaker = Breaker::new(start);
        for _ in 0..FAILURES_MAX {
            assert!(breaker.allows(at(0)));
            breaker.failed(at(0));
        }
        assert!(!breaker.allows(at(999)));
        assert!(breaker.allows(at(1000)), "one may try");
        assert!(!breaker.allows(at(1001)), "and only one");
        breaker.failed(at(1100));
        assert!(!breaker.allows(at(2050)));
        assert!(breaker.allows(at(2100)));
        breaker.succeeded();
        assert!(breaker.allows(at(2101)));
    }
}
