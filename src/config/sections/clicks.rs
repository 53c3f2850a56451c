//! `[clicks]`: how clicks are counted.

use std::time::Duration;

use super::super::reader::Reader;
use super::MINUTE_MS;

/// A day in seconds.
const DAY_S: u32 = 24 * 3600;

const MIB: u64 = 1024 * 1024;

/// `[clicks]`
#[derive(Debug, Clone)]
pub struct ClicksConfig {
    /// How often clicks are written to the store.
    pub flush_interval: Duration,
    /// Bytes of the journal at most; a tenth of its disk if that is less.
    pub journal_bytes_max: u64,
    /// How long clicks stay in the journal after the store has them.
    pub journal_kept: Duration,
}

impl ClicksConfig {
    pub(in super::super) fn read(reader: &mut Reader<'_>) -> Self {
        Self {
            flush_interval: reader.millis("clicks.flush_interval_ms", 50..=MINUTE_MS),
            journal_bytes_max: reader.count("clicks.journal_mib_max", 64..=1 << 20) as u64 * MIB,
            journal_kept: reader.seconds("clicks.journal_kept_s", 0..=DAY_S),
        }
    }
}
