//! How many passwords may be tried: by one network for all links, and by everybody for one link.
//!
//! Both numbers are small, for each try costs a hash. The second is what is left against many networks
//! at once; while it lasts, the right password waits too.

use std::net::IpAddr;
use std::time::{Duration, Instant};

use super::rates::RateTable;
use crate::model::id::LinkId;
use crate::model::network::of_one_customer;
use crate::model::rate::Rate;

/// A network may try so often at once,
const NETWORK_AT_ONCE: u32 = 10;

/// and once more after each of these.
const NETWORK_GAP: Duration = Duration::from_secs(6);

/// The same for a link.
const LINK_AT_ONCE: u32 = 100;

/// A second each: a day has fewer tries than a password of three letters has forms.
const LINK_GAP: Duration = Duration::from_secs(1);

/// Sets of each table.
const SETS: usize = 1_024;

/// Passwords tried lately, shared by all workers.
#[derive(Debug)]
pub struct Attempts {
    of_network: RateTable,
    of_link: RateTable,
}

impl Default for Attempts {
    fn default() -> Self {
        Self {
            of_network: RateTable::new(Rate::every(NETWORK_GAP, NETWORK_AT_ONCE), SETS),
            of_link: RateTable::new(Rate::every(LINK_GAP, LINK_AT_ONCE), SETS),
        }
    }
}

impl Attempts {
    /// Whether `address` may try a password of this link now. A network that may not uses up nothing
    /// of the link's tries.
    #[must_use]
    pub fn allow(&self, address: IpAddr, link: LinkId, now: Instant) -> bool {
        self.of_network.allows(of_one_customer(address), now)
            && self.of_link.allows(link.get(), now)
    }
}

/// Seconds after which another try may be made.
pub const RETRY_AFTER_S: u32 = NETWORK_GAP.as_secs() as u32;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_network_has_few_tries_and_takes_no_other_networks_from_a_link() {
        let (attempts, link, now) = (Attempts::default(), LinkId::random(), Instant::now());
        let address = |text: &str| text.parse::<IpAddr>().expect("an address");
        let tried = |from: &str, now| {
            (0..1_000).filter(|_| attempts.allow(address(from), link, now)).count()
        };
        assert_eq!(tried("192.0.2.1", now), 10);
        assert_eq!(tried("192.0.2.2", now), 10);
        assert_eq!(tried("192.0.2.1", now + 2 * NETWORK_GAP), 2);
        assert!(attempts.allow(address("192.0.2.3"), LinkId::random(), now));
    }

    #[test]
    fn many_networks_have_a_links_tries_together() {
        let (attempts, link, now) = (Attempts::default(), LinkId::random(), Instant::now());
        let allowed = (0..500_u32).filter(|place| {
            attempts.allow(IpAddr::V4((0xC000_0000 | place << 8).into()), link, now)
        });
        assert_eq!(allowed.count(), 100);
        let other = LinkId::random();
        assert!(attempts.allow("198.51.100.1".parse().expect("an address"), other, now));
    }
}
