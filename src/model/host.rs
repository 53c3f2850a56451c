//! The name of a domain: a DNS host name in lower-case ASCII (IDNA for everything else).

use url::Host;

/// Letters of a DNS name at most (RFC 1035 §2.3.4).
const LENGTH_MAX: usize = 253;

/// Letters between two dots at most.
const LABEL_LENGTH_MAX: usize = 63;

/// Why a text cannot be a domain's name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum HostError {
    /// An address: it names a machine, not a domain.
    #[error("`{0}` is an IP address: a domain needs a host name, such as go.example")]
    Address(String),
    /// Anything else: a port, a path, a scheme, an empty label.
    #[error("`{0}` is no host name: write it without scheme, port and path, such as go.example")]
    NotAHost(String),
}

/// Reads a host name in any case and script; a dot at its end is the same name without.
///
/// # Errors
/// It is an address or no host name.
pub fn host_name(text: &str) -> Result<String, HostError> {
    let not_a_host = || HostError::NotAHost(text.to_owned());
    let name = match Host::parse(text).map_err(|_| not_a_host())? {
        Host::Domain(name) => name,
        Host::Ipv4(_) | Host::Ipv6(_) => return Err(HostError::Address(text.to_owned())),
    };
    let name = name.strip_suffix('.').unwrap_or(&name);
    if name.len() > LENGTH_MAX || !name.split('.').all(is_label) {
        return Err(not_a_host());
    }
    Ok(name.to_owned())
}

/// A stored host name as people read it: labels of IDNA in their own script. What cannot be shown so
/// without doubt stays in ASCII.
#[must_use]
pub fn unicode_name(host: &str) -> String {
    let (name, valid) = idna::domain_to_unicode(host);
    let is_same = valid.is_ok() && host_name(&name).is_ok_and(|ascii| ascii == host);
    if is_same { name } else { host.to_owned() }
}

/// Whether what is sent there stays on this machine.
#[must_use]
pub fn is_loopback<S: AsRef<str>>(host: &Host<S>) -> bool {
    match host {
        Host::Domain(name) => name.as_ref() == "localhost",
        Host::Ipv4(ip) => ip.is_loopback(),
        Host::Ipv6(ip) => ip.is_loopback(),
    }
}

fn is_label(label: &str) -> bool {
    let allowed = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    (1..=LABEL_LENGTH_MAX).contains(&label.len())
        && label.bytes().all(|byte| allowed(byte) || byte == b'_')
        && !label.starts_with('-')
        && !label.ends_with('-')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_kept_in_lower_case_ascii_without_the_last_dot() {
        for (text, name) in [
            ("go.example", "go.example"),
            ("GO.Example.", "go.example"),
            ("münchen.example", "xn--mnchen-3ya.example"),
            ("localhost", "localhost"),
        ] {
            assert_eq!(host_name(text).as_deref(), Ok(name), "{text}");
        }
    }

    #[test]
    fn loopback_is_known_by_name_and_by_address() {
        for text in ["localhost", "127.0.0.1", "127.9.9.9", "[::1]"] {
            assert!(is_loopback(&Host::parse(text).expect("a host")), "{text}");
        }
        for text in ["localhost.example", "127.0.0.1.example", "192.0.2.1", "[::2]"] {
            assert!(!is_loopback(&Host::parse(text).expect("a host")), "{text}");
        }
    }

    #[test]
    fn a_name_is_shown_in_its_own_script_and_read_back() {
        for (host, name) in [
            ("go.example", "go.example"),
            ("xn--mnchen-3ya.example", "münchen.example"),
            ("xn--fiq228c.xn--fiqs8s", "中文.中国"),
            ("xn--a.example", "xn--a.example"),
            ("_x.example", "_x.example"),
            ("", ""),
        ] {
            assert_eq!(unicode_name(host), name);
        }
    }

    #[test]
    fn ports_paths_schemes_and_addresses_are_no_names() {
        for text in ["127.0.0.1", "[::1]", "0x7f.1", "2130706433"] {
            assert_eq!(host_name(text), Err(HostError::Address(text.to_owned())));
        }
        let long = format!("{}.example", "x".repeat(64));
        for text in [
            "",
            ".",
            "a..b",
            "go.example:80",
            "go.example/x",
            "https://go.example",
            "*.example",
            "a b",
            "user@go.example",
            "-a.example",
            "a-.example",
            long.as_str(),
        ] {
            assert_eq!(host_name(text), Err(HostError::NotAHost(text.to_owned())), "{text}");
        }
    }
}
