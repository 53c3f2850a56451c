//! The change log, followed: what other processes changed is forgotten here within a second.
//!
//! Time is the store's own. Every second the log is read from 3 s before the last reading, every
//! fourth time from 30 s before it: entries are stamped before their transaction commits, and a
//! transaction may take 10 s. What was read once is not forgotten twice, and what this node changed
//! itself is not followed: a link that was loaded right after its change would be dropped again.

use std::sync::Arc;
use std::time::{Duration, Instant};

use super::LinkCache;
use super::domains::Domains;
use crate::health::Health;
use crate::metrics::CacheMetrics;
use crate::model::time::Millis;
use crate::store::changes::{self, Change};
use crate::store::{Error, Store, facts};

/// Time between two readings.
pub const INTERVAL: Duration = Duration::from_secs(1);

const NEAR: Duration = Duration::from_secs(3);
const FAR: Duration = Duration::from_secs(30);

/// Every so many readings look far back.
const FAR_EVERY: u32 = 4;

/// What a follower works with.
pub struct FollowerParts {
    /// Whose log.
    pub store: Store,
    /// Where links are forgotten.
    pub cache: Arc<LinkCache>,
    /// Read again when one changes.
    pub domains: Arc<Domains>,
    /// Learns whether the store answers.
    pub health: Arc<Health>,
    /// Learns of each reading.
    pub metrics: Arc<CacheMetrics>,
}

/// Follows the change log of a store.
pub struct Follower {
    store: Store,
    cache: Arc<LinkCache>,
    domains: Arc<Domains>,
    health: Arc<Health>,
    metrics: Arc<CacheMetrics>,
    /// The store's clock at the last reading.
    read_at: Millis,
    readings: u32,
}

impl Follower {
    /// Follows from now on. Nothing may be cached before.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn begin(parts: FollowerParts) -> Result<Self, Error> {
        let read_at = facts::now(&parts.store).await?;
        Ok(Self::at(parts, read_at))
    }

    /// Follows from where a snapshot stands whose links are cached.
    #[must_use]
    pub fn resume(parts: FollowerParts, cursor: Millis) -> Self {
        Self::at(parts, cursor)
    }

    fn at(parts: FollowerParts, read_at: Millis) -> Self {
        let FollowerParts { store, cache, domains, health, metrics } = parts;
        cache.followed_to(read_at);
        // The first reading looks far back.
        Self { store, cache, domains, health, metrics, read_at, readings: FAR_EVERY - 1 }
    }

    /// Reads the log every [`INTERVAL`], for ever.
    pub async fn run(mut self) {
        let mut interval = tokio::time::interval(INTERVAL);
        interval.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            interval.tick().await;
            match self.read().await {
                Ok(()) => self.health.store_answered(),
                // Its next reading begins where this one did.
                Err(Error::Busy(_)) => {}
                Err(error) => self.health.store_failed(&error),
            }
        }
    }

    /// Reads the log once and forgets what it names.
    ///
    /// # Errors
    /// [`Error::Unavailable`]: the next reading begins where this one did.
    pub async fn read(&mut self) -> Result<(), Error> {
        self.readings = self.readings.wrapping_add(1);
        let back = if self.readings.is_multiple_of(FAR_EVERY) { FAR } else { NEAR };
        let changes = changes::since(&self.store, self.read_at.before(back)).await?;
        if changes.now.before(changes::KEPT) > self.read_at {
            tracing::warn!(since = %self.read_at, "the change log no longer reaches back: the cache is dropped");
            self.cache.forget_all();
            self.domains.reload(&self.store).await?;
        }
        for change in changes.entries {
            self.apply(change).await?;
        }
        if let Some(forgotten) = &self.cache.forgotten {
            forgotten.sync().await;
        }
        self.read_at = changes.now;
        self.cache.followed_to(self.read_at);
        self.cache.seen.prune(Instant::now());
        self.metrics.log_read();
        Ok(())
    }

    async fn apply(&self, change: Change) -> Result<(), Error> {
        if self.cache.seen.contains(change.id) {
            return Ok(());
        }
        if change.codes.is_empty() {
            self.domains.reload(&self.store).await?;
        }
        self.cache.changed_elsewhere(&change);
        Ok(())
    }
}
