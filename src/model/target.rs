//! The target of a link: an absolute `http` or `https` URL, parsed once (WHATWG URL), stored as it
//! was serialised, and never changed by a request.

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
    /// `https:/host` and `https:\\host`, which browsers read as something else than people do.
    #[error("the target must go on with `//` after its scheme")]
    Slashes,
    /// A user name or a password.
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
    host: String,
    /// `None` for a domain, which is ours on every port; an address is ours on one port only.
    port: Option<u16>,
}

impl OwnHost {
    /// The host of a base URL of ours.
    #[must_use]
    pub fn of(base: &Url) -> Option<Self> {
        Some(match base.host()? {
            Host::Domain(name) if !name.eq_ignore_ascii_case("localhost") => {
                Self { host: without_dot(name).to_owned(), port: None }
            }
            address => Self { host: address.to_string(), port: base.port_or_known_default() },
        })
    }

    fn holds(&self, url: &Url) -> bool {
        url.host_str().is_some_and(|host| without_dot(host) == self.host)
            && self.port.is_none_or(|port| url.port_or_known_default() == Some(port))
    }
}

/// A fully qualified name may end in a dot and is the same name.
fn without_dot(host: &str) -> &str {
    host.strip_suffix('.').unwrap_or(host)
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
        if !text[url.scheme().len()..].starts_with("://") {
            return Err(TargetError::Slashes);
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(TargetError::Credentials);
        }
        if let Some(own) = own.iter().find(|own| own.holds(&url)) {
            return Err(TargetError::OwnDomain(own.host.as_str().into()));
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
        ["https://go.example", "http://127.0.0.1:8080"]
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
        ] {
            assert!(
                matches!(Target::parse(text, &own()), Err(TargetError::OwnDomain(_))),
                "{text}"
            );
        }
    }
}
