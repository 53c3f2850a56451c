//! The change log, followed: what other processes changed is forgotten here.
//!
//! The log is read when the doorbell rings, and every second whether it rings or not, so that the
//! bound of [`health::CHANGE_BOUND`] holds without it. Time is the store's own; how far back each
//! reading looks is in [`super::reach`]. What was read once is not forgotten twice, and what this node
//! changed itself is not followed: a link that was loaded right after its change would be dropped again.

use std::sync::Arc;
use std::time::{Duration, Instant};

use super::LinkCache;
use super::domains::Domains;
use super::reach::Reach;
use crate::health::Health;
use crate::metrics::CacheMetrics;
use crate::model::time::Millis;
use crate::store::changes::{self, Change};
use crate::store::doorbell::Doorbell;
use crate::store::{Error, Store, facts};

#[cfg(doc)]
use crate::health;

/// Time between two readings that nobody rang for.
pub const INTERVAL: Duration = Duration::from_secs(1);

/// Time until a reading that failed is tried again.
const RETRY: Duration = Duration::from_millis(250);

/// How long rings are gathered before they are answered, all with one reading.
const GATHER: Duration = Duration::from_millis(50);

/// Codes forgotten in a row, before others on this thread have their turn.
const CODES_IN_A_ROW: usize = 256;

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
    doorbell: Arc<Doorbell>,
    reach: Reach,
}

impl Follower {
    /// Follows from now on. Nothing may be cached before.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn begin(parts: FollowerParts) -> Result<Self, Error> {
        let began = Instant::now();
        let read_at = facts::now(&parts.store).await?;
        parts.health.changes_read(began);
        Ok(Self::at(parts, read_at))
    }

    /// Follows from where a snapshot stands whose links are cached.
    #[must_use]
    pub fn resume(parts: FollowerParts, cursor: Millis) -> Self {
        // By two clocks that may disagree, until the log was read; without it nothing better is known.
        let age_ms = u64::try_from(Millis::now().get() - cursor.get()).unwrap_or(0);
        if let Some(began) = Instant::now().checked_sub(Duration::from_millis(age_ms)) {
            parts.health.changes_read(began);
        }
        Self::at(parts, cursor)
    }

    fn at(parts: FollowerParts, read_at: Millis) -> Self {
        let FollowerParts { store, cache, domains, health, metrics } = parts;
        let (doorbell, reach) = (Arc::default(), Reach::new(read_at));
        cache.followed_to(reach.contained());
        Self { store, cache, domains, health, metrics, doorbell, reach }
    }

    /// What rings when others change something.
    #[must_use]
    pub fn doorbell(&self) -> Arc<Doorbell> {
        Arc::clone(&self.doorbell)
    }

    /// Reads the log when it is rung and every [`INTERVAL`], for ever.
    pub async fn run(self) {
        let listening = self.store.clone();
        let doorbell = self.doorbell();
        tokio::join!(listening.listen(doorbell), self.read_on());
    }

    async fn read_on(mut self) {
        let mut interval = tokio::time::interval(INTERVAL);
        interval.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                _ = interval.tick() => {}
                () = self.doorbell.rung() => tokio::time::sleep(GATHER).await,
            }
            let rung = self.doorbell.answer();
            self.metrics.rung(rung.rings);
            match self.read(rung.since).await {
                Ok(()) => self.health.store_answered(),
                Err(error) => {
                    // Its next reading begins where this one did.
                    interval.reset_after(RETRY);
                    self.doorbell.put_back(rung.since);
                    if !matches!(error, Error::Busy(_)) {
                        self.health.store_failed(&error);
                    }
                    self.health.changes_unread();
                }
            }
        }
    }

    /// Reads the log once and forgets what it names. It was rung for entries stamped since `rung`.
    ///
    /// # Errors
    /// [`Error::Unavailable`]: the next reading begins where this one did.
    pub async fn read(&mut self, rung: Option<Millis>) -> Result<(), Error> {
        let began = Instant::now();
        let begin = self.reach.begin(rung, began);
        let changes = changes::since(&self.store, begin.since).await?;
        if changes.now.before(changes::KEPT) > self.reach.oldest() {
            tracing::warn!(since = %self.reach.oldest(), "the change log no longer reaches back: the cache is dropped");
            self.cache.forget_all();
            self.domains.reload(&self.store).await?;
        }
        for change in changes.entries {
            self.apply(change).await?;
        }
        if let Some(forgotten) = self.cache.forgotten.clone() {
            // Beside the next reading: a slow disk is no reason to be late.
            tokio::spawn(async move { forgotten.sync().await });
        }
        self.reach.end(begin, changes.now, began);
        self.cache.followed_to(self.reach.contained());
        self.cache.seen.prune(Instant::now());
        self.metrics.log_read();
        self.health.changes_read(began);
        Ok(())
    }

    async fn apply(&self, change: Change) -> Result<(), Error> {
        if self.cache.seen.contains(change.id) {
            return Ok(());
        }
        if change.codes.is_empty() {
            self.domains.reload(&self.store).await?;
        }
        for codes in change.codes.chunks(CODES_IN_A_ROW) {
            for code in codes {
                self.cache.forget(change.domain, code.as_str());
            }
            self.metrics.forgotten(codes.len() as u64);
            tokio::task::yield_now().await;
        }
        self.cache.followed(&change);
        Ok(())
    }
}
