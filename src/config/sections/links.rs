//! `[links]`: what short URLs and codes look like.

use std::net::SocketAddr;

use url::Url;

use super::super::reader::Reader;
use super::public_url;

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
            public_url: reader
                .text("links.public_url", |text| public_url::read(text, "https://go.example")),
            code_length: reader.count("links.code_length", 4..=32),
        }
    }

    /// What short URLs of the default domain begin with: as configured, or the address at which the
    /// redirect listener can be reached from this machine.
    #[must_use]
    pub fn public_url_or(&self, edge: SocketAddr) -> Url {
        self.public_url.clone().unwrap_or_else(|| public_url::of_listener(edge))
    }
}
