//! `[clicks]`: how clicks are counted.

use std::path::PathBuf;
use std::time::Duration;

use super::super::reader::Reader;
use super::MINUTE_MS;

/// More user agents than a thread can parse in a second.
const USER_AGENTS_MAX: u32 = 100_000;

/// `[clicks]`
#[derive(Debug, Clone)]
pub struct ClicksConfig {
    /// How often clicks are written to the store.
    pub flush_interval: Duration,
    /// The MaxMind database that tells where visitors' networks are, if there is one.
    pub geo_database: Option<PathBuf>,
    /// New user agents that are parsed in a second.
    pub user_agents_per_second_max: u32,
}

impl ClicksConfig {
    pub(in super::super) fn read(reader: &mut Reader<'_>) -> Self {
        Self {
            flush_interval: reader.millis("clicks.flush_interval_ms", 50..=MINUTE_MS),
            geo_database: reader.text("clicks.geo_database", file),
            user_agents_per_second_max: reader
                .number("clicks.user_agents_per_second_max", 0..=USER_AGENTS_MAX),
        }
    }
}

fn file(text: &str) -> Result<Option<PathBuf>, String> {
    if text.contains('\0') {
        return Err("names no file: write a path such as /var/lib/GeoIP/GeoLite2-City.mmdb".into());
    }
    Ok((!text.trim().is_empty()).then(|| text.into()))
}
