//! `[edge]`: the redirect listener, its threads and its deadlines.

use std::net::SocketAddr;
use std::time::Duration;

use super::super::reader::Reader;
use super::{HOUR_MS, MINUTE_MS, THREADS_MAX};
use crate::model::network::{ForwardedHeader, Networks};

/// Connections that a process can have open at most, on any kernel we know.
const CONNECTIONS_MAX: u32 = 1_000_000;

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
            trusted_proxies: reader.text("edge.trusted_proxies", |text| {
                Networks::parse(text).map_err(|error| format!("is not a list of networks: {error}"))
            }),
            forwarded_header: reader.text("edge.forwarded_header", |name| {
                ForwardedHeader::named(name)
                    .ok_or_else(|| "must be `x-forwarded-for` or `forwarded`".to_owned())
            }),
            header_timeout: reader.millis("edge.header_timeout_ms", 1..=10 * MINUTE_MS),
            idle_timeout: reader.millis("edge.idle_timeout_ms", 1..=HOUR_MS),
            write_timeout: reader.millis("edge.write_timeout_ms", 1..=10 * MINUTE_MS),
            request_timeout: reader.millis("edge.request_timeout_ms", 1..=10 * MINUTE_MS),
            connection_age_max: reader.seconds("edge.connection_age_max_s", 1..=7 * 24 * 3600),
        }
    }
}
