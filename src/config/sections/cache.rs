//! `[cache]`: how much is kept in memory, and for how long.

use std::time::Duration;

use super::super::reader::Reader;
use super::HOUR_MS;

/// Four weeks in milliseconds.
const AGE_MAX_MS: u32 = 28 * 24 * HOUR_MS;

/// `[cache]`
#[derive(Debug, Clone)]
pub struct CacheConfig {
    /// Links kept in memory.
    pub links_max: usize,
    /// Bytes of the table that each edge thread keeps of the links it met.
    pub front_bytes: usize,
    /// Unknown codes remembered.
    pub absent_max: usize,
    /// How long an unknown code is remembered.
    pub absent_ttl: Duration,
    /// A cached link older than this is read again in the background.
    pub soft_age: Duration,
    /// A cached link older than this no longer answers.
    pub hard_age: Duration,
    /// Lookups under way at once.
    pub loads_max: usize,
    /// Time for one lookup.
    pub load_budget: Duration,
    /// Links kept on disk for a start without the store; 0 for none.
    pub snapshot_links_max: usize,
    /// Time between two snapshots of them.
    pub snapshot_interval: Duration,
}

impl CacheConfig {
    pub(in super::super) fn read(reader: &mut Reader<'_>) -> Self {
        Self {
            links_max: reader.count("cache.links_max", 1..=1_000_000_000),
            front_bytes: reader.count("cache.front_bytes", 64..=1 << 30),
            absent_max: reader.count("cache.absent_max", 1..=100_000_000),
            absent_ttl: reader.millis("cache.absent_ttl_ms", 1..=HOUR_MS),
            soft_age: reader.millis("cache.soft_age_ms", 1..=AGE_MAX_MS),
            hard_age: reader.millis("cache.hard_age_ms", 1..=AGE_MAX_MS),
            loads_max: reader.count("cache.loads_max", 1..=65_536),
            load_budget: reader.millis("cache.load_budget_ms", 1..=10_000),
            snapshot_links_max: reader.count("cache.snapshot_links_max", 0..=10_000_000),
            snapshot_interval: reader.seconds("cache.snapshot_interval_s", 1..=86_400),
        }
    }
}
