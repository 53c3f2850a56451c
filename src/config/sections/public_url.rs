//! The addresses under which others reach a listener: what `links.public_url` and `admin.public_url`
//! hold.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use url::Url;

/// Reads an address, or nothing where there is none. `example` is one as it should be.
pub(super) fn read(text: &str, example: &str) -> Result<Option<Url>, String> {
    if text.is_empty() {
        return Ok(None);
    }
    let wrong = |what: &str| {
        Err(format!("{what}: write a scheme and a host, such as {example}, and no more"))
    };
    let Ok(url) = Url::parse(text) else { return wrong("is no URL") };
    if !matches!(url.scheme(), "http" | "https") {
        return wrong("is neither http nor https");
    }
    if !url.username().is_empty() || url.password().is_some() {
        return wrong("carries a user name or a password");
    }
    if url.path() != "/" || url.query().is_some() || url.fragment().is_some() {
        return wrong("has a path, a query or a fragment");
    }
    Ok(Some(url))
}

/// The address at which a listener can be reached from this machine.
pub(super) fn of_listener(listener: SocketAddr) -> Url {
    // A listener on every address is reached at the loopback one.
    let ip = match listener.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(ip) if ip.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
        ip => ip,
    };
    let address = SocketAddr::new(ip, listener.port());
    Url::parse(&format!("http://{address}/")).expect("an address and a port make a URL")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_listener_on_every_address_is_reached_at_the_loopback_one() {
        for (listener, url) in [
            ("127.0.0.1:8080", "http://127.0.0.1:8080/"),
            ("0.0.0.0:80", "http://127.0.0.1/"),
            ("[::]:8080", "http://[::1]:8080/"),
            ("192.0.2.1:8080", "http://192.0.2.1:8080/"),
        ] {
            let listener = listener.parse().expect("an address");
            assert_eq!(of_listener(listener).as_str(), url);
        }
    }
}
