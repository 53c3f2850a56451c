//! A miss: one lookup a code at a time, whoever asks for it.
//!
//! A load is a task of the background runtime, so a client that hangs up cannot cancel it for the
//! others. There is a bound on loads under way, a budget for each, and a breaker before the store.

use std::sync::Arc;
use std::time::{Duration, Instant};

use dashmap::DashMap;
use dashmap::mapref::entry::Entry;
use tokio::runtime::Handle;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};

use super::breaker::Breaker;
use super::claim::Claims;
use super::key::{LinkKey, LinkKeyRef};
use super::link::CachedLink;
use super::links::{CacheSettings, LinkCache};
use crate::clicks::{Clicks, LinkClicks};
use crate::health::Health;
use crate::metrics::CacheMetrics;
use crate::model::link::Destination;
use crate::model::time::Millis;
use crate::store::{Error, Store, links};
use crate::telemetry;

/// How much longer than its budget a load is waited for: the background runtime may be busy.
pub(super) const PATIENCE: Duration = Duration::from_millis(40);

/// What a load found.
#[derive(Debug, Clone)]
pub enum Loaded {
    /// The link.
    Found(Arc<CachedLink>),
    /// The store knows no such code.
    Absent,
    /// The store did not answer, or too many loads are under way.
    Unavailable,
}

/// What loads and claims need.
pub struct Loader {
    pub(super) store: Store,
    clicks: Arc<Clicks>,
    pub(super) health: Arc<Health>,
    pub(super) metrics: Arc<CacheMetrics>,
    pub(super) background: Handle,
    pub(super) budget: Duration,
    slots: Arc<Semaphore>,
    breaker: Breaker,
    pub(super) claims: Claims,
    /// Loads under way. An answer is sent once, to everyone who waits.
    flights: DashMap<LinkKey, watch::Receiver<Option<Loaded>>>,
}

impl Loader {
    /// A loader that runs its tasks on `background`.
    #[must_use]
    pub fn new(
        store: Store,
        clicks: Arc<Clicks>,
        health: Arc<Health>,
        metrics: Arc<CacheMetrics>,
        background: Handle,
        settings: CacheSettings,
    ) -> Self {
        Self {
            store,
            clicks,
            health,
            metrics,
            background,
            budget: settings.load_budget,
            slots: Arc::new(Semaphore::new(settings.loads_max)),
            breaker: Breaker::new(Instant::now()),
            claims: Claims::new(settings.loads_max),
            flights: DashMap::new(),
        }
    }

    /// The counter of a link's clicks.
    pub(super) fn counter(&self, destination: &Destination) -> Arc<LinkClicks> {
        self.clicks.of(destination.id, destination.workspace)
    }

    /// Takes a slot for a load, if there is one and the store is worth asking.
    fn begin(&self) -> Option<OwnedSemaphorePermit> {
        let slot = Arc::clone(&self.slots).try_acquire_owned().ok()?;
        self.breaker.allows(Instant::now()).then_some(slot)
    }
}

impl LinkCache {
    /// Loads a code that [`LinkCache::peek`] missed, or joins the load that is under way.
    ///
    /// Ends within the load's budget and a little.
    pub async fn load(self: &Arc<Self>, key: LinkKeyRef<'_>) -> Loaded {
        let mut flight = match self.loader.flights.entry(key.to_key()) {
            Entry::Occupied(under_way) => under_way.get().clone(),
            Entry::Vacant(place) => {
                // Between the peek and here, another load may have ended.
                if let Some(loaded) = self.landed(key) {
                    return loaded;
                }
                let Some(slot) = self.loader.begin() else {
                    self.loader.metrics.load_refused();
                    return Loaded::Unavailable;
                };
                let (answer, flight) = watch::channel(None);
                place.insert(flight.clone());
                let (cache, key) = (Arc::clone(self), key.to_key());
                self.loader.background.spawn(async move {
                    let loaded = cache.look_up(&key).await;
                    // Kept before the flight ends, so that nobody in between asks the store again.
                    cache.loader.flights.remove(&key);
                    let _ = answer.send(Some(loaded));
                    drop(slot);
                });
                flight
            }
        };
        let landed =
            tokio::time::timeout(self.loader.budget + PATIENCE, flight.wait_for(Option::is_some));
        match landed.await {
            Ok(Ok(loaded)) => loaded.clone().unwrap_or(Loaded::Unavailable),
            _ => Loaded::Unavailable,
        }
    }

    /// Reads a link again while it goes on answering.
    pub(super) fn refresh(self: &Arc<Self>, key: LinkKeyRef<'_>, link: &Arc<CachedLink>) {
        let Some(slot) = self.loader.begin() else {
            link.end_refresh();
            return;
        };
        let (cache, key, link) = (Arc::clone(self), key.to_key(), Arc::clone(link));
        self.loader.background.spawn(async move {
            if matches!(cache.look_up(&key).await, Loaded::Unavailable) {
                link.end_refresh();
            }
            drop(slot);
        });
    }

    /// Asks the store, and keeps its answer unless a change overtook it.
    async fn look_up(&self, key: &LinkKey) -> Loaded {
        let loader = &self.loader;
        let generation = self.generation(key);
        let LinkKeyRef { domain, code } = key.as_ref();
        let began = Instant::now();
        let found =
            tokio::time::timeout(loader.budget, links::find(&loader.store, domain, code)).await;
        loader.metrics.loaded(began.elapsed());
        let found = match found {
            Ok(Ok(found)) => found,
            Ok(Err(Error::Busy(_))) => {
                loader.metrics.load_refused();
                return Loaded::Unavailable;
            }
            Ok(Err(Error::Corrupt(why))) => {
                tracing::error!(
                    code,
                    why,
                    "a link in the store cannot be read, and is not answered"
                );
                self.keep_absent(key, generation);
                return Loaded::Absent;
            }
            // About this lookup, not about the store's health: others must not suffer for it.
            Ok(Err(error @ Error::Refused(_))) => {
                tracing::error!(why = %telemetry::in_full(&error), "a lookup was refused");
                return Loaded::Unavailable;
            }
            Ok(Err(error)) => return self.failed(&error),
            Err(late) => return self.failed(&late),
        };
        loader.breaker.succeeded();
        loader.health.store_answered();
        let Some(destination) = found else {
            self.keep_absent(key, generation);
            return Loaded::Absent;
        };
        let clicks = loader.counter(&destination);
        match CachedLink::build(key.clone(), &destination, clicks, Millis::now()) {
            Ok(link) => {
                let link = Arc::new(link);
                self.keep(key, Arc::clone(&link), generation);
                Loaded::Found(link)
            }
            Err(bad) => {
                tracing::error!("{bad}");
                self.keep_absent(key, generation);
                Loaded::Absent
            }
        }
    }

    fn failed(&self, error: &(dyn std::error::Error + 'static)) -> Loaded {
        self.loader.metrics.load_failed();
        self.loader.breaker.failed(Instant::now());
        self.loader.health.store_failed(error);
        Loaded::Unavailable
    }
}
