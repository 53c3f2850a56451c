//! `[domains]`: how names are proven, and which ones the default domain goes by.

use std::net::{IpAddr, SocketAddr};

use super::super::reader::Reader;
use super::hosts;

/// Where resolvers listen.
const DNS_PORT: u16 = 53;

/// `[domains]`
#[derive(Debug, Clone)]
pub struct DomainsConfig {
    /// The resolver that is asked for TXT records; none: the system's.
    pub resolver: Option<SocketAddr>,
    /// Host names that the default domain answers for.
    pub default_hosts: Vec<String>,
}

impl DomainsConfig {
    pub(in super::super) fn read(reader: &mut Reader<'_>) -> Self {
        Self {
            resolver: reader.text("domains.resolver", resolver),
            default_hosts: reader.text("domains.default_hosts", hosts::list),
        }
    }
}

fn resolver(text: &str) -> Result<Option<SocketAddr>, String> {
    if text.is_empty() {
        return Ok(None);
    }
    let address = text.parse().ok();
    let address = address.or_else(|| Some(SocketAddr::new(text.parse::<IpAddr>().ok()?, DNS_PORT)));
    let wrong = "is no address of a resolver: write one such as 192.0.2.53 or 127.0.0.1:5353";
    address.map(Some).ok_or_else(|| wrong.to_owned())
}

#[cfg(test)]
mod tests {
    use super::hosts::list as default_hosts;
    use super::*;

    #[test]
    fn a_resolver_is_an_address_with_or_without_a_port() {
        for (text, address) in [
            ("192.0.2.53", "192.0.2.53:53"),
            ("127.0.0.1:5353", "127.0.0.1:5353"),
            ("2001:db8::1", "[2001:db8::1]:53"),
            ("[::1]:5353", "[::1]:5353"),
        ] {
            assert_eq!(resolver(text), Ok(address.parse().ok()), "{text}");
        }
        assert_eq!(resolver(""), Ok(None));
        assert!(resolver("dns.example").is_err());
    }

    #[test]
    fn default_hosts_are_names_with_commas_between_them() {
        let names = vec!["a.example".to_owned(), "xn--mnchen-3ya.example".to_owned()];
        assert_eq!(default_hosts("A.example , münchen.example,"), Ok(names));
        assert_eq!(default_hosts(""), Ok(Vec::new()));
        assert!(default_hosts("a.example, 127.0.0.1").is_err());
    }
}
