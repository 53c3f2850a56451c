//! `[shutdown]`: how a node leaves.

use std::time::Duration;

use super::super::reader::Reader;
use super::MINUTE_MS;

/// `[shutdown]`
#[derive(Debug, Clone)]
pub struct ShutdownConfig {
    /// Time for open requests and the last flush.
    pub grace: Duration,
}

impl ShutdownConfig {
    pub(in super::super) fn read(reader: &mut Reader<'_>) -> Self {
        Self { grace: reader.millis("shutdown.grace_ms", 100..=10 * MINUTE_MS) }
    }
}
