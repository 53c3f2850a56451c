//! The target of a link: an absolute `http` or `https` URL, parsed once (WHATWG URL), stored as it
//! was serialised, and never changed by a request.

use std::collections::HashSet;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use url::{Host, Url};

/// Bytes that a serialised target may have at most.
pub const BYTES_MAX: usize = 8 * 1024;

/// A URL that a link may go to. Its text is ASCII and fits a header.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target(Box<str>);

/// Why a text cannot be a target.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TargetError {
    /// Nothing there.
    #[error("the target is empty")]
    Empty,
    /// White space at an end, or a control character anywhere: parsers disagree about them.
    #[error("the target has white space at an end or a control character in it: take it out")]
    ControlCharacter,
    /// No URL at all.
    #[error(
        "the target is no absolute URL ({0}): write it with its scheme, such as https://example.com/page"
    )]
    NotAUrl(#[from] url::ParseError),
    /// A scheme that a visitor should not be sent to.
    #[error("the target's scheme is `{0}`, and only http and https are allowed")]
    Scheme(Box<str>),
    /// `https:/host`, `https:///host`, `https:\\host` and `https://host\path`, which browsers read as
    /// something else than people and other programs do.
    #[error("the target must go on with `//` and a host after its scheme, without a backslash")]
    Slashes,
    /// A user name or a password, or the place for them left empty.
    #[error(
        "the target carries a user name or a password: anyone who follows the link would see it"
    )]
    Credentials,
    /// Longer than [`BYTES_MAX`].
    #[error("the target has {0} bytes, and {BYTES_MAX} are allowed")]
    TooLong(usize),
    /// One of Carom's own hosts: a loop.
    #[error(
        "the target is on {0}, which is one of this server's own domains: the link would lead back here"
    )]
    OwnDomain(Box<str>),
}

/// The hosts that links are served under, so that no link leads back to one.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct OwnHosts {
    /// A domain is ours on every port.
    names: HashSet<Box<str>>,
    addresses: Vec<OwnAddress>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct OwnAddress {
    place: Place,
    /// On one port only: other servers may stand beside it.
    port: Option<u16>,
    /// As it is called in an error.
    shown: Box<str>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Place {
    Address(IpAddr),
    /// This machine by any of its loopback names and addresses.
    ThisMachine,
}

impl OwnHosts {
    /// The hosts of these base URLs.
    #[must_use]
    pub fn of<'u>(bases: impl IntoIterator<Item = &'u Url>) -> Self {
        let mut own = Self::default();
        for base in bases {
            let place = match base.host() {
                None => continue,
                Some(host) if is_this_machine(&host) => Place::ThisMachine,
                Some(Host::Domain(name)) => {
                    own.add_name(name);
                    continue;
                }
                Some(Host::Ipv4(ip)) => Place::Address(ip.into()),
                Some(Host::Ipv6(ip)) => Place::Address(unwrapped(ip)),
            };
            let (port, shown) = (base.port_or_known_default(), base.host_str().unwrap_or_default());
            own.addresses.push(OwnAddress { place, port, shown: shown.into() });
        }
        own
    }

    /// A domain of ours, in lower case.
    pub fn add_name(&mut self, name: &str) {
        self.names.insert(without_dots(name).into());
    }

    /// The one of them that a URL is on.
    fn find(&self, url: &Url) -> Option<&str> {
        let host = url.host()?;
        if let Host::Domain(name) = host
            && let Some(name) = self.names.get(without_dots(name))
        {
            return Some(name);
        }
        let is_there = |place: &Place| match (place, &host) {
            (Place::ThisMachine, host) => is_this_machine(host),
            (Place::Address(own), Host::Ipv4(ip)) => *own == IpAddr::V4(*ip),
            (Place::Address(own), Host::Ipv6(ip)) => *own == unwrapped(*ip),
            (Place::Address(_), Host::Domain(_)) => false,
        };
        let port = url.port_or_known_default();
        let own = self.addresses.iter().find(|own| own.port == port && is_there(&own.place))?;
        Some(&own.shown)
    }
}

/// A fully qualified name may end in a dot and is the same name.
fn without_dots(host: &str) -> &str {
    host.trim_end_matches('.')
}

/// `localhost` and all below it (RFC 6761 §6.3), loopback addresses, and the unspecified address,
/// which systems connect to themselves.
fn is_this_machine<S: AsRef<str>>(host: &Host<S>) -> bool {
    let ip = match host {
        Host::Domain(name) => {
            let name = without_dots(name.as_ref());
            return name == "localhost" || name.ends_with(".localhost");
        }
        Host::Ipv4(ip) => IpAddr::V4(*ip),
        Host::Ipv6(ip) => unwrapped(*ip),
    };
    ip.is_loopback() || ip.is_unspecified()
}

/// The IPv4 address that an IPv6 address stands for: mapped and compatible (RFC 4291 §2.5.5), or
/// behind a translator (RFC 6052 §2.1).
fn unwrapped(ip: Ipv6Addr) -> IpAddr {
    match ip.segments() {
        // `::` and `::1` mean themselves.
        [0, 0, 0, 0, 0, 0, 0, _] => ip.into(),
        [0, 0, 0, 0, 0, 0 | 0xffff, high, low] | [0x64, 0xff9b, 0, 0, 0, 0, high, low] => {
            Ipv4Addr::from_bits(u32::from(high) << 16 | u32::from(low)).into()
        }
        _ => ip.into(),
    }
}

impl Target {
    /// Reads a target that somebody chose, and refuses those that lead to a host in `own`.
    ///
    /// # Errors
    /// Says which rule it breaks.
    pub fn parse(text: &str, own: &OwnHosts) -> Result<Self, TargetError> {
        if text.is_empty() {
            return Err(TargetError::Empty);
        }
        if text.trim() != text || text.chars().any(char::is_control) {
            return Err(TargetError::ControlCharacter);
        }
        if text.len() > BYTES_MAX {
            return Err(TargetError::TooLong(text.len()));
        }
        let url = Url::parse(text)?;
        if !matches!(url.scheme(), "http" | "https") {
            return Err(TargetError::Scheme(url.scheme().into()));
        }
        let after_scheme = text.get(url.scheme().len()..).and_then(|it| it.strip_prefix("://"));
        let rest = after_scheme.ok_or(TargetError::Slashes)?;
        // Browsers end the host at a backslash too, and skip slashes before it.
        let (authority, path) =
            rest.split_at(rest.find(['/', '\\', '?', '#']).unwrap_or(rest.len()));
        if authority.is_empty() || path.starts_with('\\') {
            return Err(TargetError::Slashes);
        }
        if authority.contains('@') {
            return Err(TargetError::Credentials);
        }
        if let Some(own) = own.find(&url) {
            return Err(TargetError::OwnDomain(own.into()));
        }
        let serialised = String::from(url);
        if serialised.len() > BYTES_MAX {
            return Err(TargetError::TooLong(serialised.len()));
        }
        Ok(Self(serialised.into()))
    }

    /// The URL as it is stored and sent.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn own() -> OwnHosts {
        let bases = ["https://go.example", "http://127.0.0.1:8080", "https://203.0.113.5"];
        OwnHosts::of(&bases.map(|base| Url::parse(base).expect("a base")))
    }

    #[test]
    fn ordinary_targets_are_kept_as_serialised() {
        for (text, stored) in [
            ("https://example.com", "https://example.com/"),
            ("HTTPS://Example.COM/a?b=c#d", "https://example.com/a?b=c#d"),
            ("https://münchen.example/ü", "https://xn--mnchen-3ya.example/%C3%BC"),
            ("http://127.0.0.1:9000/x", "http://127.0.0.1:9000/x"),
        ] {
            assert_eq!(Target::parse(text, &own()).expect(text).as_str(), stored);
        }
    }

    #[test]
    fn hostile_targets_are_refused() {
        for text in [
            "",
            " https://example.com",
            "https://example.com\n",
            "\u{1}https://example.com",
            "java\tscript:alert(1)",
            "javascript:alert(1)",
            "data:text/html,x",
            "ftp://example.com",
            "//example.com",
            "\\\\example.com",
            "example.com",
            "https:example.com",
            "https:\\\\example.com",
            "https://user@example.com",
            "https://a:b@example.com",
            "https://@example.com",
            "https://:@example.com",
            "https:///example.com",
            "https://\\example.com",
            "https://example.com\\page",
            "https://",
            "file:///etc/passwd",
        ] {
            assert!(Target::parse(text, &own()).is_err(), "{text:?}");
        }
        let long = format!("https://example.com/{}", "x".repeat(BYTES_MAX));
        assert!(matches!(Target::parse(&long, &own()), Err(TargetError::TooLong(_))));
    }

    #[test]
    fn loops_are_refused_in_every_disguise() {
        for text in [
            "https://go.example/x",
            "http://GO.example:9999/",
            "https://go.example./",
            "https://go%2eexample/",
            "http://127.0.0.1:8080/x",
            "http://0x7f.1:8080/",
            "http://2130706433:8080/",
            "http://[::ffff:127.0.0.1]:8080/",
            "http://[::127.0.0.1]:8080/",
            "http://[64:ff9b::7f00:1]:8080/",
            "http://[::]:8080/",
            "http://0:8080/",
            "http://127.8.9.10:8080/",
            "http://any.localhost.:8080/",
            "https://203.0.113.5/",
            "https://[::ffff:cb00:7105]/",
            "https://ｇｏ．example/",
        ] {
            assert!(
                matches!(Target::parse(text, &own()), Err(TargetError::OwnDomain(_))),
                "{text}"
            );
        }
    }
}
