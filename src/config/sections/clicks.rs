//! `[clicks]`: how clicks are counted.

use std::time::Duration;

use super::super::reader::Reader;
use super::MINUTE_MS;
use crate::store::stats::Kept;

/// Ten years.
const DAYS_MAX: u32 = 3650;

/// `[clicks]`
#[derive(Debug, Clone)]
pub struct ClicksConfig {
    /// How often clicks are written to the store.
    pub flush_interval: Duration,
    /// How long their details are kept.
    pub kept: Kept,
}

impl ClicksConfig {
    pub(in super::super) fn read(reader: &mut Reader<'_>) -> Self {
        Self {
            flush_interval: reader.millis("clicks.flush_interval_ms", 50..=MINUTE_MS),
            kept: Kept {
                visits: reader.days("clicks.visits_kept_days", 1..=DAYS_MAX),
                hours: reader.days("clicks.hours_kept_days", 1..=DAYS_MAX),
            },
        }
    }
}
