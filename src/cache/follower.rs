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
    /// Begins to follow from now on. Nothing may be cached before.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn begin(
        store: Store,
        cache: Arc<LinkCache>,
        domains: Arc<Domains>,
        health: Arc<Health>,
        metrics: Arc<CacheMetrics>,
    ) -> Result<Self, Error> {
        let read_at = facts::now(&store).await?;
        Ok(Self { store, cache, domains, health, metrics, read_at, readings: 0 })
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
        self.read_at = changes.now;
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
        for code in &change.codes {
            self.cache.forget(change.domain, code.as_str());
        }
        self.cache.seen.add(change.id);
        Ok(())
    }
}
