//! A miss: one lookup a code at a time, whoever asks for it.
//!
//! A load is a task of the background runtime, so a client that hangs up cannot cancel it for the
//! others. There is a bound on loads under way and on those of a second, a budget for each, and a
//! breaker before the store. No more are at the store than it has connections for: a load that waited
//! for one in vain says nothing of the store's health, and one that has one gets its whole budget.

use std::sync::Arc;
use std::time::{Duration, Instant};

use dashmap::DashMap;
use dashmap::mapref::entry::Entry;
use tokio::runtime::Handle;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};

use super::breaker::Breaker;
use super::claim::Claims;
use super::domains::Domains;
use super::key::{LinkKey, LinkKeyRef};
use super::link::{BadTarget, CachedLink};
use super::links::{CacheSettings, LinkCache};
use super::lookup_rate::{LookupRate, Purpose};
use super::password::Checking;
use crate::clicks::Clicks;
use crate::hashing::Hashing;
use crate::health::Health;
use crate::metrics::{CacheMetrics, LoadRefusal};
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
    domains: Arc<Domains>,
    clicks: Arc<Clicks>,
    pub(super) health: Arc<Health>,
    pub(super) metrics: Arc<CacheMetrics>,
    pub(super) background: Handle,
    pub(super) budget: Duration,
    turns: Semaphore,
    slots: Arc<Semaphore>,
    slots_max: usize,
    rate: LookupRate,
    breaker: Breaker,
    pub(super) claims: Claims,
    pub(super) checking: Checking,
    /// Loads under way. An answer is sent once, to everyone who waits.
    flights: DashMap<LinkKey, watch::Receiver<Option<Loaded>>>,
}

/// Where runs what no edge thread has time for.
#[derive(Debug, Clone)]
pub struct Background {
    /// Tasks that wait.
    pub tasks: Handle,
    /// Checks of passwords.
    pub hashing: Hashing,
}

impl Loader {
    /// A loader that runs what takes its time in the background.
    #[must_use]
    pub fn new(
        store: Store,
        domains: Arc<Domains>,
        clicks: Arc<Clicks>,
        health: Arc<Health>,
        metrics: Arc<CacheMetrics>,
        background: Background,
        settings: CacheSettings,
    ) -> Self {
        Self {
            store,
            domains,
            clicks,
            health,
            metrics,
            background: background.tasks,
            budget: settings.load_budget,
            turns: Semaphore::new(settings.at_store_max),
            slots: Arc::new(Semaphore::new(settings.loads_max)),
            slots_max: settings.loads_max,
            rate: LookupRate::new(settings.loads_per_second_max, Instant::now()),
            breaker: Breaker::new(Instant::now()),
            claims: Claims::new(settings.loads_max),
            checking: Checking::new(background.hashing),
            flights: DashMap::new(),
        }
    }

    /// The answer of a link that was read at `loaded_at`.
    ///
    /// # Errors
    /// Its target was not written by Carom, or leads back here.
    pub(super) fn build(
        &self,
        key: LinkKey,
        destination: &Destination,
        loaded_at: Millis,
    ) -> Result<CachedLink, BadTarget> {
        let clicks = self.clicks.of(destination.id, destination.workspace);
        let domains = self.domains.table();
        CachedLink::build(key, destination, domains.own_hosts(), clicks, loaded_at)
    }

    /// Takes a slot for a load, if there is one and the store is worth asking.
    pub(super) fn begin(&self, purpose: Purpose) -> Result<OwnedSemaphorePermit, LoadRefusal> {
        let slot = Arc::clone(&self.slots).try_acquire_owned();
        let slot = slot.map_err(|_| LoadRefusal::Slots)?;
        let now = Instant::now();
        // The rate last: while the breaker is open, it saves what its end will need.
        if !self.breaker.allows(now) {
            return Err(LoadRefusal::Breaker);
        }
        if !self.rate.allows(purpose, now) {
            return Err(LoadRefusal::Rate);
        }
        Ok(slot)
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
                let slot = match self.loader.begin(Purpose::Miss) {
                    Ok(slot) => slot,
                    Err(refusal) => {
                        self.loader.metrics.load_refused(refusal);
                        return Loaded::Unavailable;
                    }
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

    /// Whether a load of this code would ask the store. It would not if it could join one that is
    /// under way, or while the store is left alone.
    pub fn would_ask(&self, key: LinkKeyRef<'_>) -> bool {
        !self.loader.breaker.is_open() && !self.loader.flights.contains_key(&key.to_key())
    }

    /// Lookups under way, those that nobody waits for any more included.
    #[must_use]
    pub fn loads_under_way(&self) -> usize {
        self.loader.slots_max - self.loader.slots.available_permits()
    }

    /// Reads a link again while it goes on answering.
    pub(super) fn refresh(self: &Arc<Self>, key: LinkKeyRef<'_>, link: &Arc<CachedLink>) {
        let Ok(slot) = self.loader.begin(Purpose::Refresh) else {
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
        let turn = tokio::time::timeout(loader.budget, loader.turns.acquire()).await;
        if turn.is_err() {
            loader.metrics.load_refused(LoadRefusal::Pool);
            return Loaded::Unavailable;
        }
        let generation = self.generation(key);
        let LinkKeyRef { domain, code } = key.as_ref();
        let began = Instant::now();
        let found =
            tokio::time::timeout(loader.budget, links::find(&loader.store, domain, code)).await;
        loader.metrics.loaded(began.elapsed());
        let found = match found {
            Ok(Ok(found)) => found,
            Ok(Err(Error::Busy(_))) => {
                loader.metrics.load_refused(LoadRefusal::Pool);
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
        match loader.build(key.clone(), &destination, Millis::now()) {
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
