//! `[clicks]`: how clicks are counted.

use std::path::PathBuf;
use std::time::Duration;

use super::super::reader::Reader;
use super::MINUTE_MS;
use crate::store::stats::Kept;

/// Ten years.
const DAYS_MAX: u32 = 3650;

/// A day in seconds.
const DAY_S: u32 = 24 * 3600;

const MIB: u64 = 1024 * 1024;
/// More user agents than a thread can parse in a second.
const USER_AGENTS_MAX: u32 = 100_000;

/// `[clicks]`
#[derive(Debug, Clone)]
pub struct ClicksConfig {
    /// How often clicks are written to the store.
    pub flush_interval: Duration,
    /// Bytes of the journal at most; a tenth of its disk if that is less.
    pub journal_bytes_max: u64,
    /// How long clicks stay in the journal after the store has them.
    pub journal_kept: Duration,
    /// The MaxMind database that tells where visitors' networks are, if there is one.
    pub geo_database: Option<PathBuf>,
    /// New user agents that are parsed in a second.
    pub user_agents_per_second_max: u32,
    /// How long their details are kept.
    pub kept: Kept,
}

impl ClicksConfig {
    pub(in super::super) fn read(reader: &mut Reader<'_>) -> Self {
        Self {
            flush_interval: reader.millis("clicks.flush_interval_ms", 50..=MINUTE_MS),
            journal_bytes_max: reader.count("clicks.journal_mib_max", 64..=1 << 20) as u64 * MIB,
            journal_kept: reader.seconds("clicks.journal_kept_s", 0..=DAY_S),
            geo_database: reader.text("clicks.geo_database", file),
            user_agents_per_second_max: reader
                .number("clicks.user_agents_per_second_max", 0..=USER_AGENTS_MAX),
            kept: Kept {
                visits: reader.days("clicks.visits_kept_days", 1..=DAYS_MAX),
                hours: reader.days("clicks.hours_kept_days", 1..=DAYS_MAX),
            },
        }
    }
}

fn file(text: &str) -> Result<Option<PathBuf>, String> {
    if text.contains('\0') {
        return Err("names no file: write a path such as /var/lib/GeoIP/GeoLite2-City.mmdb".into());
    }
    Ok((!text.trim().is_empty()).then(|| text.into()))
}
