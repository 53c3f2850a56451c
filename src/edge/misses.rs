//! How many lookups each network may cause: a table of fixed size, asked on a miss alone.
//!
//! What many networks do together is bounded by the cache's own rate.

use std::net::IpAddr;
use std::time::{Duration, Instant};

use super::rates::RateTable;
use crate::model::network::of_one_customer;
use crate::model::rate::Rate;

/// What a network did not use for so long, it may use at once: a page with many short links, or a
/// crowd behind one address that comes all at once.
const BURST: Duration = Duration::from_secs(4);

/// Sets of the table: a little more than a mebibyte.
const SETS: usize = 16_384;

/// The rates of networks, shared by all workers.
#[derive(Debug)]
pub struct MissLimit(RateTable);

impl MissLimit {
    /// So many a second for each network; `None` for 0, which is no limit.
    #[must_use]
    pub fn new(per_second_max: u32) -> Option<Self> {
        Some(Self(RateTable::new(Rate::new(per_second_max, BURST)?, SETS)))
    }

    /// Whether `address` may cause one more lookup now.
    pub fn allows(&self, address: IpAddr, now: Instant) -> bool {
        self.0.allows(of_one_customer(address), now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn limit() -> MissLimit {
        MissLimit::new(10).expect("a limit")
    }

    fn allowed(limit: &MissLimit, address: &str, now: Instant) -> usize {
        let address = address.parse().expect("an address");
        (0..1000).filter(|_| limit.allows(address, now)).count()
    }

    #[test]
    fn each_network_has_a_burst_and_a_rate_of_its_own() {
        let limit = limit();
        let now = Instant::now();
        assert_eq!(allowed(&limit, "192.0.2.1", now), 40);
        assert_eq!(allowed(&limit, "192.0.2.2", now), 40);
        assert_eq!(allowed(&limit, "2001:db8::1", now), 40);
        assert_eq!(allowed(&limit, "2001:db8::2", now), 0, "one /64 is one client");
        assert_eq!(allowed(&limit, "::ffff:192.0.2.1", now), 0, "the same address in IPv6");
        let later = now + Duration::from_millis(500);
        assert_eq!(allowed(&limit, "192.0.2.1", later), 5);
    }

    #[test]
    fn however_many_networks_come_nobody_is_refused_for_another() {
        let limit = limit();
        let now = Instant::now();
        let flooder = "192.0.2.1".parse().expect("an address");
        while limit.allows(flooder, now) {}
        let networks = 20 * limit.0.slots();
        for place in 0..networks as u128 {
            let address = IpAddr::V6((0x2001_0db8_u128 << 96 | place << 64).into());
            assert!(limit.allows(address, now), "network {place}");
        }
        assert_eq!(limit.0.slots(), 65_536, "it has not grown");
        assert!(!limit.allows(flooder, now), "who used up most is the last to be forgotten");
    }
}
