//! Where a request came from, when it came through proxies.
//!
//! Anybody can send a `X-Forwarded-For`, so it is read only from a configured proxy, and only from
//! its right end: each trusted proxy has appended who it was asked by. The first entry from the right
//! that is no trusted proxy is the client; what stands to the left of it is its own invention.

use std::net::{IpAddr, SocketAddr};

use hyper::HeaderMap;

use crate::model::network::{ForwardedHeader, Networks};

/// Proxies that are believed.
#[derive(Debug, Clone, Default)]
pub struct TrustedProxies {
    /// Their addresses.
    pub networks: Networks,
    /// The header they write.
    pub header: ForwardedHeader,
}

impl TrustedProxies {
    /// Who asked `proxy`, which is trusted, to send a request with these headers.
    ///
    /// What cannot be read ends the search: the last proxy that was believed is then all that is
    /// known.
    #[must_use]
    pub fn client(&self, proxy: IpAddr, headers: &HeaderMap) -> IpAddr {
        let mut known = proxy;
        for line in headers.get_all(self.header.name()).iter().rev() {
            let Ok(line) = line.to_str() else { return known };
            for entry in elements(line).rev() {
                let Some(address) = self.address(entry) else { return known };
                known = address;
                if !self.networks.contain(address) {
                    return known;
                }
            }
        }
        known
    }

    fn address(&self, entry: &str) -> Option<IpAddr> {
        let node = match self.header {
            ForwardedHeader::XForwardedFor => entry,
            ForwardedHeader::Forwarded => entry.split(';').find_map(|pair| {
                let (name, value) = pair.split_once('=')?;
                name.trim().eq_ignore_ascii_case("for").then_some(value.trim())
            })?,
        };
        let node = node.trim();
        let node = node.strip_prefix('"').and_then(|it| it.strip_suffix('"')).unwrap_or(node);
        let bare = node.strip_prefix('[').and_then(|it| it.strip_suffix(']')).unwrap_or(node);
        let address = bare.parse::<IpAddr>().ok();
        address.or_else(|| Some(node.parse::<SocketAddr>().ok()?.ip())).map(|it| it.to_canonical())
    }
}

/// The elements of a list. A comma in quotes would be no separator, but no address has one.
fn elements(line: &str) -> impl DoubleEndedIterator<Item = &str> {
    line.split(',').map(str::trim).filter(|element| !element.is_empty())
}

#[cfg(test)]
mod tests {
    use hyper::header::HeaderValue;
    use proptest::prelude::*;

    use super::*;

    const PROXY: &str = "10.0.0.1";

    fn client(header: ForwardedHeader, lines: &[&str]) -> String {
        let proxies = TrustedProxies {
            networks: Networks::parse("10.0.0.0/8, 2001:db8:ffff::/48").expect("networks"),
            header,
        };
        let mut headers = HeaderMap::new();
        for line in lines {
            let line = HeaderValue::from_bytes(line.as_bytes()).expect("a header");
            headers.append(header.name(), line);
        }
        proxies.client(PROXY.parse().expect("an address"), &headers).to_string()
    }

    #[test]
    fn the_first_stranger_from_the_right_is_the_client() {
        let of = |lines: &[&str]| client(ForwardedHeader::XForwardedFor, lines);
        for (lines, expected) in [
            (&[][..], PROXY),
            (&["192.0.2.7"], "192.0.2.7"),
            (&["203.0.113.9, 192.0.2.7"], "192.0.2.7"),
            (&["203.0.113.9, 192.0.2.7, 10.9.9.9"], "192.0.2.7"),
            (&["203.0.113.9", "192.0.2.7", "10.9.9.9, 10.8.8.8"], "192.0.2.7"),
            (&["192.0.2.7:4711"], "192.0.2.7"),
            (&["[2001:db8::7]:4711, 2001:db8:ffff::1"], "2001:db8::7"),
            (&["::ffff:192.0.2.7"], "192.0.2.7"),
            (&["10.2.2.2, 10.3.3.3"], "10.2.2.2"),
            (&["192.0.2.7, unknown"], PROXY),
            (&["192.0.2.7, rubbish, 10.3.3.3"], "10.3.3.3"),
            (&["192.0.2.7, \u{fc}"], PROXY),
            (&["192.0.2.7,, ,"], "192.0.2.7"),
        ] {
            assert_eq!(of(lines), expected, "{lines:?}");
        }
    }

    #[test]
    fn the_standard_header_is_read_when_it_is_the_one() {
        let of = |lines: &[&str]| client(ForwardedHeader::Forwarded, lines);
        for (lines, expected) in [
            (&["for=192.0.2.7;proto=http;by=10.0.0.1"][..], "192.0.2.7"),
            (&["For=\"[2001:db8::7]:4711\", for=10.2.2.2"], "2001:db8::7"),
            (&["for=203.0.113.9, proto=https;for=192.0.2.7"], "192.0.2.7"),
            (&["for=_hidden"], PROXY),
            (&["proto=https"], PROXY),
        ] {
            assert_eq!(of(lines), expected, "{lines:?}");
        }
    }

    proptest! {
        #[test]
        fn nothing_that_a_stranger_writes_to_the_left_matters(left in "[ -~]{0,60}") {
            let of = |line: String| client(ForwardedHeader::XForwardedFor, &[&line]);
            prop_assert_eq!(of(format!("{left}, 192.0.2.7, 10.1.1.1")), "192.0.2.7");
        }
    }
}
