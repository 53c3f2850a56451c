//! How often somebody may try to sign in.
//!
//! Tries are slowed down for each account *and* network, and for each network over all accounts, and
//! never for an account alone: whoever guesses at an account from elsewhere does not lock its owner
//! out. Codes of the second factor are the exception: who tries them knows the password already,
//! and the owner has recovery codes, which are too long to guess and not limited so.

use std::net::IpAddr;
use std::num::NonZeroU32;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use governor::clock::{Clock, DefaultClock};
use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter};

use crate::model::network::of_one_customer;

/// Tries at one account from one network at once, and the time after which there is another.
const ACCOUNT_BURST: NonZeroU32 = NonZeroU32::new(10).expect("not zero");
const ACCOUNT_EVERY: Duration = Duration::from_secs(30);

/// Tries from one network at once, whatever the accounts.
const NETWORK_BURST: NonZeroU32 = NonZeroU32::new(100).expect("not zero");
const NETWORK_EVERY: Duration = Duration::from_secs(3);

/// Codes of one account's second factor at once: of a million codes three are right, so a day of
/// trying finds one with a chance of one in a thousand.
const CODE_BURST: NonZeroU32 = NonZeroU32::new(5).expect("not zero");
const CODE_EVERY: Duration = Duration::from_secs(300);

/// Tries after which those who have rested are forgotten, so that memory stays flat.
const TIDY_EVERY: u32 = 1024;

/// Somebody tried too often.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("that was tried too often: wait {wait_s} s")]
pub struct TooOften {
    /// Seconds until the next try.
    pub wait_s: u64,
}

/// The tries of late.
#[derive(Debug)]
pub struct Attempts {
    accounts: DefaultKeyedRateLimiter<(String, IpAddr)>,
    networks: DefaultKeyedRateLimiter<IpAddr>,
    codes: DefaultKeyedRateLimiter<i64>,
    clock: DefaultClock,
    since_tidied: AtomicU32,
}

impl Default for Attempts {
    fn default() -> Self {
        Self {
            accounts: RateLimiter::keyed(quota(ACCOUNT_BURST, ACCOUNT_EVERY)),
            networks: RateLimiter::keyed(quota(NETWORK_BURST, NETWORK_EVERY)),
            codes: RateLimiter::keyed(quota(CODE_BURST, CODE_EVERY)),
            clock: DefaultClock::default(),
            since_tidied: AtomicU32::new(0),
        }
    }
}

impl Attempts {
    /// Notes a try of a password for the account of this name, which need not exist.
    ///
    /// # Errors
    /// There were too many.
    pub fn password(&self, account: &str, from: IpAddr) -> Result<(), TooOften> {
        self.tidy();
        let network = of_one_customer(from);
        let late = |until: governor::NotUntil<_>| self.too_often(&until);
        self.accounts.check_key(&(account.to_owned(), network)).map_err(late)?;
        self.networks.check_key(&network).map_err(late)
    }

    /// Notes a try of a secret that belongs to no account.
    ///
    /// # Errors
    /// There were too many.
    pub fn network(&self, from: IpAddr) -> Result<(), TooOften> {
        self.tidy();
        self.networks.check_key(&of_one_customer(from)).map_err(|until| self.too_often(&until))
    }

    /// Notes a try of a code for the account with this id.
    ///
    /// # Errors
    /// There were too many.
    pub fn code(&self, account: i64) -> Result<(), TooOften> {
        self.tidy();
        self.codes.check_key(&account).map_err(|until| self.too_often(&until))
    }

    fn too_often(&self, until: &governor::NotUntil<<DefaultClock as Clock>::Instant>) -> TooOften {
        let wait = until.wait_time_from(self.clock.now());
        TooOften { wait_s: wait.as_secs().saturating_add(1) }
    }

    fn tidy(&self) {
        if self.since_tidied.fetch_add(1, Ordering::Relaxed) % TIDY_EVERY == TIDY_EVERY - 1 {
            self.accounts.retain_recent();
            self.networks.retain_recent();
            self.codes.retain_recent();
        }
    }
}

fn quota(burst: NonZeroU32, every: Duration) -> Quota {
    Quota::with_period(every).expect("a period above zero").allow_burst(burst)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn from(text: &str) -> IpAddr {
        text.parse().expect("an address")
    }

    #[test]
    fn guessing_at_an_account_is_slowed_down_where_it_comes_from_and_nowhere_else() {
        let attempts = Attempts::default();
        let (guesser, owner) = (from("192.0.2.1"), from("198.51.100.1"));
        for _ in 0..ACCOUNT_BURST.get() {
            assert_eq!(attempts.password("ada", guesser), Ok(()));
        }
        let refused = attempts.password("ada", guesser).expect_err("too often");
        assert!((1..=ACCOUNT_EVERY.as_secs() + 1).contains(&refused.wait_s), "{refused:?}");
        assert_eq!(attempts.password("ada", owner), Ok(()), "the owner gets in");
        assert_eq!(attempts.password("bob", guesser), Ok(()), "another account");
    }

    #[test]
    fn a_network_that_goes_from_account_to_account_is_slowed_down_too() {
        let attempts = Attempts::default();
        let tries = NETWORK_BURST.get() + 50;
        let let_through = (0..tries)
            .filter(|n| {
                // All of them are of one /64.
                let address = from(&format!("2001:db8::{n:x}"));
                attempts.password(&format!("account {n}"), address).is_ok()
            })
            .count();
        assert_eq!(let_through, NETWORK_BURST.get() as usize);
        assert_eq!(attempts.password("account 1", from("2001:db8:0:1::1")), Ok(()));
    }

    #[test]
    fn codes_are_limited_for_an_account_wherever_they_come_from() {
        let attempts = Attempts::default();
        for _ in 0..CODE_BURST.get() {
            assert_eq!(attempts.code(1), Ok(()));
        }
        assert!(attempts.code(1).is_err());
        assert_eq!(attempts.code(2), Ok(()));
    }

    #[test]
    fn a_mapped_address_is_the_address_that_it_maps() {
        assert_eq!(of_one_customer(from("::ffff:192.0.2.1")), from("192.0.2.1"));
        assert_eq!(of_one_customer(from("2001:db8:1:2:3:4:5:6")), from("2001:db8:1:2::"));
    }
}
