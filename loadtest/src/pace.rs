//! When visitors may send: at most so many requests a second together, evenly spread.
//!
//! Not goose's throttle: it lets requests go every ten milliseconds, in bursts that then wait for
//! each other and not for the server, and stays a tenth below the rate.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Hands out the moments to send at.
pub(crate) struct Pace {
    interval: Duration,
    next: Mutex<Option<Instant>>,
}

impl Pace {
    /// At most `rate_max` moments a second, at least one.
    pub(crate) fn new(rate_max: usize) -> Self {
        Self { interval: Duration::from_secs_f64(1.0 / rate_max as f64), next: Mutex::new(None) }
    }

    /// The next moment that nobody has yet, not before `now`: moments that nobody took in time are
    /// not made up for, or a stalled server would see more than the rate afterwards.
    pub(crate) fn next_moment(&self, now: Instant) -> Instant {
        let mut next = self.next.lock().unwrap_or_else(PoisonError::into_inner);
        let moment = next.map_or(now, |next| next.max(now));
        *next = Some(moment + self.interval);
        moment
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MS: Duration = Duration::from_millis(1);

    #[test]
    fn moments_asked_for_ahead_of_time_are_one_interval_apart() {
        let pace = Pace::new(1000);
        let now = Instant::now();

        let moments = [0; 4].map(|_| pace.next_moment(now));

        assert_eq!(moments, [now, now + MS, now + 2 * MS, now + 3 * MS]);
    }

    #[test]
    fn moments_missed_are_not_made_up_for() {
        let pace = Pace::new(1000);
        let now = Instant::now();
        pace.next_moment(now);

        let late = now + 500 * MS;

        assert_eq!(pace.next_moment(late), late);
        assert_eq!(pace.next_moment(late), late + MS);
    }
}
