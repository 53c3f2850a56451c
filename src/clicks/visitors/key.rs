//! A day's key, and the hash that it makes of a visitor.

use std::fmt;
use std::hash::Hasher;
use std::net::IpAddr;

use siphasher::sip::SipHasher24;

use crate::model::time::Millis;
use crate::store::salts::Salt;

/// The key of one UTC day's visitor hashes.
#[derive(Clone)]
pub struct VisitorKey {
    salt: Salt,
    /// Keyed already, so that a hash begins with a copy.
    keyed: SipHasher24,
}

// The keyed hasher would show the salt.
impl fmt::Debug for VisitorKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("VisitorKey").field(&self.salt).finish()
    }
}

impl VisitorKey {
    /// The key of this salt's day.
    #[must_use]
    pub fn new(salt: Salt) -> Self {
        Self { salt, keyed: SipHasher24::new_with_key(&salt.bytes) }
    }

    /// A number that tells this visitor from the others of the day, on every node the same; never 0,
    /// which stands for none.
    ///
    /// SipHash-2-4 of the address as 16 bytes (IPv4 mapped, RFC 4291 §2.5.5.2) and the user agent.
    #[must_use]
    pub fn hash(&self, address: IpAddr, user_agent: &[u8]) -> u64 {
        let address = match address {
            IpAddr::V4(v4) => v4.to_ipv6_mapped(),
            IpAddr::V6(v6) => v6,
        };
        let mut hasher = self.keyed;
        // Of fixed length, so that no address and user agent together read as two others.
        hasher.write(&address.octets());
        hasher.write(user_agent);
        hasher.finish().max(1)
    }

    pub(super) fn salt(&self) -> &Salt {
        &self.salt
    }
}

/// The keys that a node has: yesterday's, today's and tomorrow's at most.
#[derive(Debug, Clone, Default)]
pub struct VisitorKeys {
    keys: Vec<VisitorKey>,
}

impl VisitorKeys {
    /// The key for a click at this time; none when its day has no key here.
    #[must_use]
    pub fn at(&self, at: Millis) -> Option<&VisitorKey> {
        let day = at.day();
        self.keys.iter().find(|key| key.salt.day == day)
    }

    pub(super) fn of(salts: impl IntoIterator<Item = Salt>) -> Self {
        Self { keys: salts.into_iter().map(VisitorKey::new).collect() }
    }

    pub(super) fn salts(&self) -> impl Iterator<Item = Salt> + '_ {
        self.keys.iter().map(|key| *key.salt())
    }
}

#[cfg(test)]
mod tests {
    use std::net::{Ipv4Addr, Ipv6Addr};

    use super::*;
    use crate::model::time::DAY_MS;

    const HOME: IpAddr = IpAddr::V4(Ipv4Addr::new(192, 0, 2, 7));

    fn key(day: i64, byte: u8) -> VisitorKey {
        VisitorKey::new(Salt { day: Millis::from_epoch(day * DAY_MS), bytes: [byte; 16] })
    }

    #[test]
    fn the_hash_is_siphash_2_4() {
        // The last test vector of the reference implementation: key 00…0f, input 00…3e.
        let mut bytes = [0; 16];
        bytes.iter_mut().zip(0..).for_each(|(byte, number)| *byte = number);
        let user_agent: Vec<u8> = (16..63).collect();
        let key = VisitorKey::new(Salt { day: Millis::from_epoch(0), bytes });
        let address = IpAddr::V6(Ipv6Addr::from(bytes));

        assert_eq!(key.hash(address, &user_agent), 0x958a_324c_eb06_4572);
    }

    #[test]
    fn another_address_browser_or_day_is_another_visitor() {
        let monday = key(1, 1);
        let visitor = monday.hash(HOME, b"Firefox");

        assert_eq!(monday.hash(HOME, b"Firefox"), visitor);
        assert_ne!(monday.hash(IpAddr::V4(Ipv4Addr::new(192, 0, 2, 8)), b"Firefox"), visitor);
        assert_ne!(monday.hash(HOME, b"Safari"), visitor);
        assert_ne!(key(2, 2).hash(HOME, b"Firefox"), visitor);
    }

    #[test]
    fn an_ipv4_visitor_of_a_dual_stack_socket_is_the_same_one() {
        let mapped = IpAddr::V6(Ipv4Addr::new(192, 0, 2, 7).to_ipv6_mapped());
        assert_eq!(key(1, 1).hash(mapped, b""), key(1, 1).hash(HOME, b""));
    }

    #[test]
    fn a_click_takes_the_key_of_its_utc_day() {
        let keys = VisitorKeys::of([*key(1, 1).salt(), *key(2, 2).salt()]);
        let byte = |at: i64| keys.at(Millis::from_epoch(at)).map(|key| key.salt().bytes[0]);

        assert_eq!(byte(DAY_MS - 1), None);
        assert_eq!(byte(DAY_MS), Some(1));
        assert_eq!(byte(2 * DAY_MS - 1), Some(1));
        assert_eq!(byte(2 * DAY_MS), Some(2));
        assert_eq!(byte(3 * DAY_MS), None);
    }

    #[test]
    fn nothing_that_is_logged_shows_a_salt() {
        let keys = VisitorKeys::of([*key(1, 0xab).salt()]);
        let shown = format!("{keys:?}");
        assert!(!shown.contains("171") && !shown.contains("ab"), "{shown}");
        let (word, _) = keys.keys[0].keyed.keys();
        assert!(!shown.contains(&word.to_string()), "{shown}");
    }
}
