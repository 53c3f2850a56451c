//! How many lookups each network may cause: a table of fixed size, asked on a miss alone.
//!
//! A network is kept while it has used up something of its rate, which is seconds. When there are
//! more such networks than slots, the one that has used up least is forgotten, and may begin anew:
//! the table never refuses somebody for what another network did. What many networks do together is
//! bounded by the cache's own rate.
//!
//! Not `governor`, whose table gets an entry for each address that comes and is swept afterwards: a
//! flood from an IPv6 prefix would be a flood of memory.

use std::hash::BuildHasher;
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use foldhash::fast::RandomState;

use super::crowd::network_of;
use crate::model::rate::{Nanos, Rate};

/// What a network did not use for so long, it may use at once: a page with many short links, or a
/// crowd behind one address that comes all at once.
const BURST: Duration = Duration::from_secs(4);

/// Sets of the table: a little more than a mebibyte.
const SETS: usize = 16_384;

/// Slots of a set.
const WAYS: usize = 4;

/// The rates of networks, shared by all workers.
#[derive(Debug)]
pub struct MissLimit {
    rate: Rate,
    began: Instant,
    hasher: RandomState,
    sets: Box<[Mutex<[Slot; WAYS]>]>,
}

/// A network, known by its hash: one in 2^64 shares another's rate.
#[derive(Debug, Clone, Copy, Default)]
struct Slot {
    network: u64,
    used_until: Nanos,
}

impl MissLimit {
    /// So many a second for each network; `None` for 0, which is no limit.
    #[must_use]
    pub fn new(per_second_max: u32) -> Option<Self> {
        Some(Self {
            rate: Rate::new(per_second_max, BURST)?,
            began: Instant::now(),
            hasher: RandomState::default(),
            sets: (0..SETS).map(|_| Mutex::default()).collect(),
        })
    }

    /// Whether `address` may cause one more lookup now.
    pub fn allows(&self, address: IpAddr, now: Instant) -> bool {
        let now = now.saturating_duration_since(self.began).as_nanos() as Nanos;
        let network = self.hasher.hash_one(network_of(address));
        // Held for some nanoseconds, and only against a miss of another thread in the same set.
        let mut set =
            self.sets[network as usize % SETS].lock().unwrap_or_else(PoisonError::into_inner);
        let known = set.iter().position(|slot| slot.network == network);
        let used_until = known.map_or(0, |way| set[way].used_until);
        let Some(used_until) = self.rate.take(used_until, now) else { return false };
        let least_used = (0..WAYS).min_by_key(|&way| set[way].used_until).unwrap_or(0);
        set[known.unwrap_or(least_used)] = Slot { network, used_until };
        true
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
        let networks = 20 * SETS * WAYS;
        for place in 0..networks as u128 {
            let address = IpAddr::V6((0x2001_0db8_u128 << 96 | place << 64).into());
            assert!(limit.allows(address, now), "network {place}");
        }
        assert_eq!(limit.sets.len() * WAYS, 65_536, "it has not grown");
        assert!(!limit.allows(flooder, now), "who used up most is the last to be forgotten");
    }
}
