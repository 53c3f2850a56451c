//! `[admin]`: the admin listener.

use std::net::SocketAddr;
use std::time::Duration;

use url::Url;

use super::super::reader::Reader;
use super::{CONNECTIONS_MAX, MINUTE_MS, THREADS_MAX, proxies, public_url};
use crate::model::network::{ForwardedHeader, Networks};

/// `[admin]`
#[derive(Debug, Clone)]
pub struct AdminConfig {
    /// Address of the admin listener; port 0 takes a free one.
    pub listen: SocketAddr,
    /// Where people reach the admin listener, if it was said.
    pub public_url: Option<Url>,
    /// Proxies whose word about a client's address is taken.
    pub trusted_proxies: Networks,
    /// The header in which they give it.
    pub forwarded_header: ForwardedHeader,
    /// Threads for the admin listener, the database and background work; 0 for one a core.
    pub threads: usize,
    /// Connections at most.
    pub connections_max: usize,
    /// Largest body of a request.
    pub body_bytes_max: usize,
    /// Time for a request.
    pub request_timeout: Duration,
    /// Readings a minute of one key or session; 0 for no limit.
    pub reads_per_minute_max: u32,
    /// Writes a minute of one key or session; 0 for no limit.
    pub writes_per_minute_max: u32,
    /// Requests a minute of one network; 0 for no limit.
    pub network_requests_per_minute_max: u32,
}

impl AdminConfig {
    pub(in super::super) fn read(reader: &mut Reader<'_>) -> Self {
        Self {
            listen: reader.address("admin.listen"),
            public_url: reader
                .text("admin.public_url", |text| public_url::read(text, "https://admin.example")),
            trusted_proxies: reader.text("admin.trusted_proxies", proxies::networks),
            forwarded_header: reader.text("admin.forwarded_header", proxies::header),
            threads: reader.count("admin.threads", 0..=THREADS_MAX),
            connections_max: reader.count("admin.connections_max", 1..=CONNECTIONS_MAX),
            // Below 16 KiB no link with the longest target fits; above 1 GiB no body fits memory.
            body_bytes_max: reader.count("admin.body_bytes_max", 16 * 1024..=1 << 30),
            request_timeout: reader.millis("admin.request_timeout_ms", 1..=10 * MINUTE_MS),
            reads_per_minute_max: reader.number("admin.reads_per_minute_max", 0..=10_000_000),
            writes_per_minute_max: reader.number("admin.writes_per_minute_max", 0..=10_000_000),
            network_requests_per_minute_max: reader
                .number("admin.network_requests_per_minute_max", 0..=10_000_000),
        }
    }

    /// Where people reach the admin listener: as configured, or the address at which it can be reached
    /// from this machine.
    #[must_use]
    pub fn public_url_or(&self, admin: SocketAddr) -> Url {
        self.public_url.clone().unwrap_or_else(|| public_url::of_listener(admin))
    }
}
