//! The cache of links: who is in it, and how one leaves it.

use std::cmp::Reverse;
use std::hash::BuildHasher;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU32, AtomicU64, Ordering};
use std::time::Duration;

use foldhash::fast::RandomState;
use moka::sync::Cache;

use super::key::{LinkKey, LinkKeyRef};
use super::link::CachedLink;
use super::load::{Loaded, Loader};
use super::seen::SeenChanges;
use super::snapshot::{Forgotten, Snapshot};
use crate::model::code::Code;
use crate::model::id::{ChangeId, DomainId};
use crate::model::time::Millis;
use crate::store::changes::Change;

/// Stripes of the generations. A forgotten link makes loads of its stripe go uncached, so there are
/// more of them than loads can be under way.
const GENERATIONS: usize = 4096;

/// How large and how old the cache may get.
#[derive(Debug, Clone, Copy)]
pub struct CacheSettings {
    /// Links at most.
    pub links_max: u64,
    /// Unknown codes remembered at most.
    pub absent_max: u64,
    /// How long an unknown code is remembered.
    pub absent_ttl: Duration,
    /// Beyond this age a link is read again in the background.
    pub soft_age: Duration,
    /// Beyond this age a link no longer answers.
    pub hard_age: Duration,
    /// Loads under way at most; and as many claims on links with a limit.
    pub loads_max: usize,
    /// Loads at the store at most: as many as it has connections for them.
    pub at_store_max: usize,
    /// Loads begun in a second at most; 0 for no limit.
    pub loads_per_second_max: u32,
    /// Time for one load, or for one claim.
    pub load_budget: Duration,
}

/// What the shared cache knows of a code.
#[derive(Debug)]
pub enum Shared {
    /// The link.
    Hit(Arc<CachedLink>),
    /// The store was asked a moment ago, and knows no such code.
    Absent,
    /// Nothing: it must be loaded.
    Miss,
}

/// Links in memory. See the [module](super) for its parts.
pub struct LinkCache {
    links: Cache<LinkKey, Arc<CachedLink>, RandomState>,
    absent: Cache<LinkKey, (), RandomState>,
    /// Counts what was forgotten, by the hash of the key: a load that sees its stripe move was
    /// overtaken by a change.
    generations: Box<[AtomicU64]>,
    /// Counts how often everything was forgotten: what a front holds from before is no good.
    epoch: AtomicU32,
    hasher: RandomState,
    soft_age_ms: u64,
    hard_age_ms: u64,
    pub(super) seen: SeenChanges,
    cursor: AtomicI64,
    /// What a start without the store must not answer; none where no snapshot is kept.
    pub(super) forgotten: Option<Arc<Forgotten>>,
    pub(super) loader: Loader,
}

impl LinkCache {
    /// An empty cache.
    #[must_use]
    pub fn new(settings: CacheSettings, loader: Loader, forgotten: Option<Arc<Forgotten>>) -> Self {
        let links = Cache::builder()
            .max_capacity(settings.links_max)
            // Evicted or replaced: the fronts that hold it must come back here.
            .eviction_listener(|_, link: Arc<CachedLink>, _| link.retire())
            .build_with_hasher(RandomState::default());
        let absent = Cache::builder()
            .max_capacity(settings.absent_max)
            .time_to_live(settings.absent_ttl)
            .build_with_hasher(RandomState::default());
        Self {
            links,
            absent,
            generations: (0..GENERATIONS).map(|_| AtomicU64::new(0)).collect(),
            epoch: AtomicU32::new(0),
            hasher: RandomState::default(),
            soft_age_ms: settings.soft_age.as_millis() as u64,
            hard_age_ms: settings.hard_age.as_millis() as u64,
            seen: SeenChanges::default(),
            cursor: AtomicI64::new(0),
            forgotten,
            loader,
        }
    }

    /// Looks a code up. Never waits and never asks the store.
    pub fn peek(self: &Arc<Self>, key: LinkKeyRef<'_>, now: Millis) -> Shared {
        match self.links.get(&key) {
            Some(link) if self.is_good(&link, key, now) => Shared::Hit(link),
            Some(_) => Shared::Miss,
            None if self.absent.contains_key(&key) => Shared::Absent,
            None => Shared::Miss,
        }
    }

    /// Whether a cached link may answer now. Past its soft age it is refreshed in the background.
    pub(super) fn is_good(
        self: &Arc<Self>,
        link: &Arc<CachedLink>,
        key: LinkKeyRef<'_>,
        now: Millis,
    ) -> bool {
        let age_ms = link.age_ms(now);
        if age_ms <= self.soft_age_ms {
            return true;
        }
        if age_ms <= self.hard_age_ms && link.begin_refresh() {
            self.refresh(key, link);
        }
        age_ms <= self.hard_age_ms
    }

    /// Tells moka that a link is in use: it sees nothing of what fronts answer.
    pub(super) fn touch(&self, key: LinkKeyRef<'_>) {
        if let Some(link) = self.links.get(&key) {
            link.warm();
        }
    }

    /// The links that were asked for most lately, `max` of them at most.
    pub(super) fn hottest(&self, max: usize) -> Vec<Arc<CachedLink>> {
        let mut links: Vec<_> = self.links.iter().map(|(_, link)| (link.cool(), link)).collect();
        if links.len() > max {
            links.select_nth_unstable_by_key(max, |(heat, _)| Reverse(*heat));
            links.truncate(max);
        }
        links.into_iter().map(|(_, link)| link).filter(|link| !link.is_retired()).collect()
    }

    /// Takes in a snapshot; returns how many links that were. Only before anybody is answered.
    pub fn restore(&self, mut snapshot: Snapshot) -> usize {
        snapshot.seen().for_each(|change| self.seen.add(change));
        let mut restored = 0;
        for row in snapshot.take_links() {
            let loaded_at = row.loaded_at();
            let Some((key, destination)) = row.restore() else { continue };
            let Ok(link) = self.loader.build(key.clone(), &destination, loaded_at) else {
                continue;
            };
            self.links.insert(key, Arc::new(link));
            restored += 1;
        }
        restored
    }

    /// How often everything was forgotten.
    pub(super) fn epoch(&self) -> u32 {
        self.epoch.load(Ordering::Acquire)
    }

    /// What a load that ended meanwhile has left here.
    pub(super) fn landed(&self, key: LinkKeyRef<'_>) -> Option<Loaded> {
        if let Some(link) = self.links.get(&key) {
            return (link.age_ms(Millis::now()) <= self.hard_age_ms).then_some(Loaded::Found(link));
        }
        self.absent.contains_key(&key).then_some(Loaded::Absent)
    }

    /// Forgets a code: the link, its absence, and whatever load of it is under way.
    pub fn forget(&self, domain: DomainId, code: &str) {
        let key = LinkKeyRef { domain, code };
        // Before the entries go: a load that puts its answer in now sees the number move.
        self.generation_of(key).fetch_add(1, Ordering::SeqCst);
        self.drop_link(key);
        self.absent.invalidate(&key);
    }

    /// Takes a link out and retires it, for the fronts that hold it.
    fn drop_link(&self, key: LinkKeyRef<'_>) {
        if let Some(link) = self.links.remove(&key) {
            link.retire();
        }
    }

    /// This node has made a link, in a change that is committed: its code is no longer unknown. The
    /// entry in the log is then no news: a link that is loaded from now on stays.
    pub fn made_here(&self, change: ChangeId, domain: DomainId, codes: &[&Code]) {
        for code in codes {
            self.forget(domain, code.as_str());
        }
        self.seen.add(change);
    }

    /// The same for a link that this node has changed. Waits until a start without the store would
    /// know of it.
    pub async fn changed_here(&self, change: ChangeId, domain: DomainId, codes: &[&Code]) {
        self.made_here(change, domain, codes);
        if let Some(forgotten) = &self.forgotten {
            for code in codes {
                forgotten.note(domain, code.as_str());
            }
            forgotten.sync().await;
        }
    }

    /// The same for many links.
    pub async fn changed_many_here(&self, changed: &[(ChangeId, DomainId, Vec<Code>)]) {
        for (change, domain, codes) in changed {
            self.made_here(*change, *domain, &codes.iter().collect::<Vec<_>>());
        }
        let Some(forgotten) = self.forgotten.as_ref().filter(|_| !changed.is_empty()) else {
            return;
        };
        for (_, domain, codes) in changed {
            codes.iter().for_each(|code| forgotten.note(*domain, code.as_str()));
        }
        forgotten.sync().await;
    }

    /// Up to when changes have been followed, by the store's clock.
    pub(super) fn cursor(&self) -> Millis {
        Millis::from_epoch(self.cursor.load(Ordering::Acquire))
    }

    /// Changes have been followed up to this time of the store's clock.
    pub(super) fn followed_to(&self, cursor: Millis) {
        self.cursor.store(cursor.get(), Ordering::Release);
    }

    /// A change was read in the log, and its codes are forgotten.
    pub(super) fn followed(&self, change: &Change) {
        if let Some(forgotten) = &self.forgotten {
            match &change.codes[..] {
                [] => forgotten.note_domain(change.domain),
                codes => {
                    codes.iter().for_each(|code| forgotten.note(change.domain, code.as_str()));
                }
            }
        }
        self.seen.add(change.id);
    }

    /// Forgets everything, as when changes were missed.
    pub fn forget_all(&self) {
        for generation in &self.generations {
            generation.fetch_add(1, Ordering::SeqCst);
        }
        // moka drops them later; the epoch is what fronts see.
        self.epoch.fetch_add(1, Ordering::SeqCst);
        self.links.invalidate_all();
        self.absent.invalidate_all();
        if let Some(forgotten) = &self.forgotten {
            forgotten.note_everything();
        }
    }

    /// Links held, as far as moka has counted.
    #[must_use]
    pub fn len(&self) -> u64 {
        self.links.entry_count()
    }

    /// Whether it holds no links.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Keeps a link, unless its stripe has moved on from `generation`.
    pub(super) fn keep(&self, key: &LinkKey, link: Arc<CachedLink>, generation: u64) {
        self.links.insert(key.clone(), link);
        self.absent.invalidate(&key.as_ref());
        if self.generation(key) != generation {
            self.drop_link(key.as_ref());
        }
    }

    /// Remembers that a code is unknown, unless its stripe has moved on from `generation`.
    pub(super) fn keep_absent(&self, key: &LinkKey, generation: u64) {
        self.drop_link(key.as_ref());
        self.absent.insert(key.clone(), ());
        if self.generation(key) != generation {
            self.absent.invalidate(&key.as_ref());
        }
    }

    pub(super) fn generation(&self, key: &LinkKey) -> u64 {
        self.generation_of(key.as_ref()).load(Ordering::SeqCst)
    }

    fn generation_of(&self, key: LinkKeyRef<'_>) -> &AtomicU64 {
        let stripe = self.hasher.hash_one(key) as usize % GENERATIONS;
        &self.generations[stripe]
    }
}
