//! The target of a link: an absolute `http` or `https` URL, parsed once (WHATWG URL), stored as it
//! was serialised, and never changed by a request.

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

/// A host that links are served under, so that no link leads back to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OwnHost {
    place: Place,
    /// As it is called in an error.
    shown: Box<str>,
}

/// What makes a host ours.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Place {
    /// A domain is ours on every port.
    Name(Box<str>),
    /// An address is ours on one port only: other servers may stand beside it.
    Address(IpAddr, Option<u16>),
    /// This machine by any of its loopback names and addresses, on one port.
    ThisMachine(Option<u16>),
}

impl OwnHost {
    /// The host of a base URL of ours.
    #[must_use]
    pub fn of(base: &Url) -> Option<Self> {
        let port = base.port_or_known_default();
        let place = match base.host()? {
            host if is_this_machine(&host) => Place::ThisMachine(port),
            Host::Domain(name) => Place::Name(without_dots(name).into()),
            Host::Ipv4(ip) => Place::Address(ip.into(), port),
            Host::Ipv6(ip) => Place::Address(unwrapped(ip), port),
        };
        Some(Self { place, shown: base.host_str()?.into() })
    }

    fn holds(&self, url: &Url) -> bool {
        let Some(host) = url.host() else { return false };
        let is_on = |port: &Option<u16>| *port == url.port_or_known_default();
        match (&self.place, &host) {
            (Place::Name(own), Host::Domain(name)) => without_dots(name) == &**own,
            (Place::Address(own, port), Host::Ipv4(ip)) => *own == IpAddr::V4(*ip) && is_on(port),
            (Place::Address(own, port), Host::Ipv6(ip)) => *own == unwrapped(*ip) && is_on(port),
            (Place::ThisMachine(port), host) => is_this_machine(host) && is_on(port),
            _ => false,
        }
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
    pub fn parse(text: &str, own: &[OwnHost]) -> Result<Self, TargetError> {
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
        if let Some(own) = own.iter().find(|own| own.holds(&url)) {
            return Err(TargetError::OwnDomain(own.shown.clone()));
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

    fn own() -> Vec<OwnHost> {
        ["https://go.example", "http://127.0.0.1:8080", "https://203.0.113.5"]
            .iter()
            .filter_map(|base| OwnHost::of(&Url::parse(base).expect("a base")))
            .collect()
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
