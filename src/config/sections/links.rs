//! `[links]`: what short URLs and codes look like.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use url::Url;

use super::super::reader::Reader;

/// `[links]`
#[derive(Debug, Clone)]
pub struct LinksConfig {
    /// What short URLs of the default domain begin with, if it was said.
    pub public_url: Option<Url>,
    /// Letters of a random code.
    pub code_length: usize,
}

impl LinksConfig {
    pub(in super::super) fn read(reader: &mut Reader<'_>) -> Self {
        Self {
            public_url: reader.text("links.public_url", public_url),
            code_length: reader.count("links.code_length", 4..=32),
        }
    }

    /// What short URLs of the default domain begin with: as configured, or the address at which the
    /// redirect listener can be reached from this machine.
    ///
    /// # Panics
    /// Never: an address and a port make a URL.
    #[must_use]
    pub fn public_url_or(&self, edge: SocketAddr) -> Url {
        if let Some(url) = &self.public_url {
            return url.clone();
        }
        // A listener on every address is reached at the loopback one.
        let ip = match edge.ip() {
            IpAddr::V4(ip) if ip.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
            IpAddr::V6(ip) if ip.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
            ip => ip,
        };
        let address = SocketAddr::new(ip, edge.port());
        Url::parse(&format!("http://{address}/")).expect("an address and a port make a URL")
    }
}

fn public_url(text: &str) -> Result<Option<Url>, String> {
    if text.is_empty() {
        return Ok(None);
    }
    let wrong = |what: &str| {
        Err(format!("{what}: write a scheme and a host, such as https://go.example, and no more"))
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_a_public_url_the_listener_s_address_is_taken() {
        let links = LinksConfig { public_url: None, code_length: 7 };
        for (edge, url) in [
            ("127.0.0.1:8080", "http://127.0.0.1:8080/"),
            ("0.0.0.0:80", "http://127.0.0.1/"),
            ("[::]:8080", "http://[::1]:8080/"),
            ("192.0.2.1:8080", "http://192.0.2.1:8080/"),
        ] {
            let edge = edge.parse().expect("an address");
            assert_eq!(links.public_url_or(edge).as_str(), url);
        }
    }
}
