//! `[edge]`: the redirect listener, its threads and its deadlines.

use std::net::SocketAddr;
use std::time::Duration;

use super::super::reader::Reader;
use super::{CONNECTIONS_MAX, HOUR_MS, MINUTE_MS, THREADS_MAX, proxies};
use crate::model::network::{ForwardedHeader, Networks};

/// `[edge]`
#[derive(Debug, Clone)]
pub struct EdgeConfig {
    /// Address of the redirect listener; port 0 takes a free one.
    pub listen: SocketAddr,
    /// Threads that answer redirects; 0 for one a core.
    pub threads: usize,
    /// Connections of the whole process.
    pub connections_max: usize,
    /// Connections from one address; 0 for no limit.
    pub connections_per_address_max: usize,
    /// Proxies whose word about a client's address is taken.
    pub trusted_proxies: Networks,
    /// The header in which they give it.
    pub forwarded_header: ForwardedHeader,
    /// Lookups that one address may cause in a second; 0 for no limit.
    pub misses_per_address_per_second_max: u32,
    /// Time for a request's head.
    pub header_timeout: Duration,
    /// Time between two requests of a connection.
    pub idle_timeout: Duration,
    /// Time for a client to take what was written to it.
    pub write_timeout: Duration,
    /// Time for a request from its first byte to the end of its answer.
    pub request_timeout: Duration,
    /// A connection older than this is closed after its current request.
    pub connection_age_max: Duration,
}

impl EdgeConfig {
    pub(in super::super) fn read(reader: &mut Reader<'_>) -> Self {
        Self {
            listen: reader.address("edge.listen"),
            threads: reader.count("edge.threads", 0..=THREADS_MAX),
            connections_max: reader.count("edge.connections_max", 1..=CONNECTIONS_MAX),
            connections_per_address_max: reader
                .count("edge.connections_per_address_max", 0..=CONNECTIONS_MAX),
            trusted_proxies: reader.text("edge.trusted_proxies", proxies::networks),
            forwarded_header: reader.text("edge.forwarded_header", proxies::header),
            misses_per_address_per_second_max: reader
                .number("edge.misses_per_address_per_second_max", 0..=10_000_000),
            header_timeout: reader.millis("edge.header_timeout_ms", 1..=10 * MINUTE_MS),
            idle_timeout: reader.millis("edge.idle_timeout_ms", 1..=HOUR_MS),
            write_timeout: reader.millis("edge.write_timeout_ms", 1..=10 * MINUTE_MS),
            request_timeout: reader.millis("edge.request_timeout_ms", 1..=10 * MINUTE_MS),
            connection_age_max: reader.seconds("edge.connection_age_max_s", 1..=7 * 24 * 3600),
        }
    }
}
