//! `[clicks]`: how clicks are counted.

use std::time::Duration;

use super::super::reader::Reader;
use super::MINUTE_MS;

/// `[clicks]`
#[derive(Debug, Clone)]
pub struct ClicksConfig {
    /// How often clicks are written to the store.
    pub flush_interval: Duration,
}

impl ClicksConfig {
    pub(in super::super) fn read(reader: &mut Reader<'_>) -> Self {
        Self { flush_interval: reader.millis("clicks.flush_interval_ms", 50..=MINUTE_MS) }
    }
}
