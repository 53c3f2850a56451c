//! How many lookups a second this node may ask of its store.
//!
//! Slots bound the lookups that are under way; a store that answers quickly would still be asked as
//! often as somebody guesses codes.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use crate::model::rate::{Nanos, Rate};

/// What was not looked up for so long may be looked up at once: after a quiet second, a second's.
const BURST: Duration = Duration::from_secs(1);

/// What a lookup is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// Somebody waits for it.
    Miss,
    /// The link answers meanwhile: it leaves half of a burst to those who wait.
    Refresh,
}

/// A limit on the lookups of all threads together.
#[derive(Debug)]
pub struct LookupRate {
    rate: Option<Rate>,
    began: Instant,
    used_until: AtomicU64,
}

impl LookupRate {
    /// So many a second; 0 for no limit.
    #[must_use]
    pub fn new(per_second_max: u32, began: Instant) -> Self {
        Self { rate: Rate::new(per_second_max, BURST), began, used_until: AtomicU64::new(0) }
    }

    /// Whether the store may be asked once more.
    pub fn allows(&self, purpose: Purpose, now: Instant) -> bool {
        let Some(rate) = self.rate else { return true };
        let now = now.saturating_duration_since(self.began).as_nanos() as Nanos;
        let take = |used_until| match purpose {
            Purpose::Miss => rate.take(used_until, now),
            Purpose::Refresh => rate.take_spare(used_until, now),
        };
        self.used_until.fetch_update(Ordering::Relaxed, Ordering::Relaxed, take).is_ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refreshes_leave_room_for_those_who_wait() {
        let began = Instant::now();
        let rate = LookupRate::new(10, began);
        let count = |purpose, now| (0..100).filter(|_| rate.allows(purpose, now)).count();
        assert_eq!(count(Purpose::Refresh, began), 5);
        assert_eq!(count(Purpose::Miss, began), 5);
        let later = began + Duration::from_secs(1);
        assert_eq!(count(Purpose::Miss, later), 10);
        assert_eq!(count(Purpose::Refresh, later), 0);
    }

    #[test]
    fn zero_is_no_limit() {
        let began = Instant::now();
        let rate = LookupRate::new(0, began);
        assert!((0..100_000).all(|_| rate.allows(Purpose::Miss, began)));
    }
}
