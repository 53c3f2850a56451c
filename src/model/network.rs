//! Networks of addresses, as an operator writes them (`10.0.0.0/8, 2001:db8::/32, 192.0.2.1`), and
//! the header in which a proxy says whom it speaks for.

use std::net::{IpAddr, Ipv6Addr};

use ipnet::IpNet;

/// Networks; none to begin with.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Networks(Box<[IpNet]>);

/// What is no network.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no network: write an address such as 192.0.2.1, or a network such as 10.0.0.0/8")]
pub struct NetworkError(String);

impl Networks {
    /// Reads a list with commas; an empty text is an empty list.
    ///
    /// # Errors
    /// The first entry that is no address and no network.
    pub fn parse(text: &str) -> Result<Self, NetworkError> {
        let entries = text.split(',').map(str::trim).filter(|entry| !entry.is_empty());
        let read = |entry: &str| {
            let network = entry.parse::<IpNet>().ok();
            let network = network.or_else(|| Some(IpNet::from(entry.parse::<IpAddr>().ok()?)));
            network.ok_or_else(|| NetworkError(entry.to_owned()))
        };
        Ok(Self(entries.map(read).collect::<Result<_, _>>()?))
    }

    /// Whether an address is in one of them. An IPv4 address that is written as IPv6 is IPv4.
    #[must_use]
    pub fn contain(&self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        self.0.iter().any(|network| network.contains(&address))
    }
}

/// What belongs to one customer of a provider: an IPv4 address, a /64 of IPv6.
#[must_use]
pub fn of_one_customer(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(v6) => Ipv6Addr::from_bits(v6.to_bits() >> 64 << 64).into(),
        v4 @ IpAddr::V4(_) => v4,
    }
}

/// Which header the proxies write. Only one is read: a proxy that writes one passes the other on as
/// the client has sent it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum ForwardedHeader {
    /// `X-Forwarded-For`
    #[default]
    XForwardedFor,
    /// `Forwarded` (RFC 7239)
    Forwarded,
}

impl ForwardedHeader {
    /// The header of this name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        [Self::XForwardedFor, Self::Forwarded]
            .into_iter()
            .find(|header| header.name().eq_ignore_ascii_case(name))
    }

    /// Its name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::XForwardedFor => "x-forwarded-for",
            Self::Forwarded => "forwarded",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_and_networks_are_read_and_what_is_neither_is_named() {
        let networks = Networks::parse(" 10.0.0.0/8, 2001:db8::/32,192.0.2.1 ,").expect("networks");
        for inside in ["10.255.0.1", "2001:db8::7", "192.0.2.1", "::ffff:10.1.2.3"] {
            assert!(networks.contain(inside.parse().expect("an address")), "{inside}");
        }
        for outside in ["11.0.0.1", "2001:db9::7", "192.0.2.2", "::1"] {
            assert!(!networks.contain(outside.parse().expect("an address")), "{outside}");
        }
        assert_eq!(Networks::parse(""), Ok(Networks::default()));
        for bad in ["10.0.0.0/33", "example.com", "10.0.0.1-10.0.0.9", "10.0.0.0 10.1.0.0"] {
            assert_eq!(Networks::parse(bad), Err(NetworkError(bad.to_owned())));
        }
    }
}
