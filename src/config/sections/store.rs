//! `[store]`: where the store is and how much of it this node uses.

use std::time::Duration;

use super::super::reader::Reader;
use super::MINUTE_MS;
use crate::store::{Limits, Location};

/// `[store]`
#[derive(Debug, Clone)]
pub struct StoreConfig {
    /// Where the store is.
    pub location: Location,
    /// Connections or reading threads for the lookups of redirects.
    pub redirect_connections: usize,
    /// Connections or reading threads for the admin listener.
    pub admin_connections: usize,
    /// Longest wait of a redirect's lookup for a free connection.
    pub redirect_wait: Duration,
    /// Longest wait of everything else.
    pub admin_wait: Duration,
    /// Longest run of one statement of the admin side.
    pub statement_timeout: Duration,
    /// Longest wait of a start for a store that does not answer.
    pub start_wait: Duration,
}

impl StoreConfig {
    pub(in super::super) fn read(reader: &mut Reader<'_>) -> Self {
        Self {
            location: reader.text("store.location", location),
            redirect_connections: reader.count("store.redirect_connections", 1..=1024),
            admin_connections: reader.count("store.admin_connections", 1..=1024),
            redirect_wait: reader.millis("store.redirect_wait_ms", 1..=MINUTE_MS),
            admin_wait: reader.millis("store.admin_wait_ms", 1..=MINUTE_MS),
            // The change log's readers rely on transactions that end within 10 s.
            statement_timeout: reader.millis("store.statement_timeout_ms", 10..=10_000),
            start_wait: reader.millis("store.start_wait_ms", 0..=10 * MINUTE_MS),
        }
    }

    /// How much of the database this process may use.
    #[must_use]
    pub fn limits(&self) -> Limits {
        Limits {
            redirect_connections: self.redirect_connections,
            admin_connections: self.admin_connections,
            redirect_wait: self.redirect_wait,
            admin_wait: self.admin_wait,
            statement_timeout: self.statement_timeout,
        }
    }
}

fn location(text: &str) -> Result<Location, String> {
    Location::parse(text).map_err(|error| error.to_string())
}
