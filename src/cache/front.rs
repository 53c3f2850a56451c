//! A front: the links that one edge thread met, in a table of its own.
//!
//! A moka hit writes a log that all threads share, which costs more than the rest of a redirect. A
//! front hit reads one line of the table and the link, and writes nothing. It is good while the link
//! is not retired, nothing was forgotten as a whole, and its age allows; then the shared cache is
//! asked again. moka is told of one hit in `TOUCH_EVERY`, or it would evict what is in use.

use std::hash::BuildHasher;
use std::sync::Arc;

use foldhash::fast::RandomState;

use super::key::LinkKeyRef;
use super::link::CachedLink;
use super::links::{LinkCache, Shared};
use crate::model::time::Millis;

/// Slots of a set: one line of the processor's cache.
const WAYS: usize = 4;

/// One hit in so many is told to moka.
const TOUCH_EVERY: u32 = 64;

/// What is known of a code without asking the store.
#[derive(Debug)]
pub enum Peek<'f> {
    /// The link.
    Hit(&'f Arc<CachedLink>),
    /// The store was asked a moment ago, and knows no such code.
    Absent,
    /// Nothing: it must be loaded.
    Miss,
}

/// The links of one edge thread.
pub struct Front {
    cache: Arc<LinkCache>,
    sets: Box<[Set]>,
    hasher: RandomState,
    hits: u32,
    /// Which slot of a full set is given up next.
    victim: usize,
}

#[repr(align(64))]
#[derive(Default)]
struct Set([Slot; WAYS]);

#[derive(Default)]
struct Slot {
    /// High bits of the key's hash: most other keys are told apart without a look at their link.
    tag: u32,
    /// The cache's epoch when the link was put here.
    epoch: u32,
    link: Option<Arc<CachedLink>>,
}

impl Front {
    /// An empty front of `bytes` at most, with two slots for each of `links_max` links if they fit.
    #[must_use]
    pub fn new(cache: Arc<LinkCache>, links_max: u64, bytes: usize) -> Self {
        let wanted = usize::try_from(links_max.saturating_mul(2)).unwrap_or(usize::MAX) / WAYS;
        let fitting = (bytes / size_of::<Set>()).max(1);
        // A power of two, so that a set is found by a mask.
        let sets = match wanted.checked_next_power_of_two() {
            Some(wanted) if wanted <= fitting => wanted,
            _ => 1 << fitting.ilog2(),
        };
        Self {
            cache,
            sets: (0..sets).map(|_| Set::default()).collect(),
            hasher: RandomState::default(),
            hits: 0,
            victim: 0,
        }
    }

    /// Looks a code up, here and then in the shared cache. Never waits and never asks the store.
    pub fn peek(&mut self, key: LinkKeyRef<'_>, now: Millis) -> Peek<'_> {
        let hash = self.hasher.hash_one(key);
        let set = hash as usize & (self.sets.len() - 1);
        let tag = (hash >> 32) as u32;
        let epoch = self.cache.epoch();
        if let Some(way) = self.find(set, tag, epoch, key, now) {
            return self.hit(set, way);
        }
        match self.cache.peek(key, now) {
            Shared::Hit(link) => {
                let way = self.put(set, Slot { tag, epoch, link: Some(link) });
                self.hit(set, way)
            }
            Shared::Absent => Peek::Absent,
            Shared::Miss => Peek::Miss,
        }
    }

    fn find(
        &mut self,
        set: usize,
        tag: u32,
        epoch: u32,
        key: LinkKeyRef<'_>,
        now: Millis,
    ) -> Option<usize> {
        let slots = &self.sets[set].0;
        let way = slots.iter().position(|slot| {
            slot.tag == tag && slot.link.as_ref().is_some_and(|link| link.is(key))
        })?;
        let slot = &slots[way];
        let link = slot.link.as_ref()?;
        if link.is_retired() || slot.epoch != epoch || !self.cache.is_good(link, key, now) {
            return None;
        }
        self.hits = self.hits.wrapping_add(1);
        if self.hits.is_multiple_of(TOUCH_EVERY) {
            self.cache.touch(key);
        }
        Some(way)
    }

    /// Puts a link where its older copy, nothing, or something that is no good stands; else in
    /// another's place.
    fn put(&mut self, set: usize, slot: Slot) -> usize {
        let slots = &mut self.sets[set].0;
        let is_free = |old: &Slot| {
            old.tag == slot.tag
                || old.epoch != slot.epoch
                || old.link.as_ref().is_none_or(|link| link.is_retired())
        };
        let way = slots.iter().position(is_free).unwrap_or_else(|| {
            self.victim = (self.victim + 1) % WAYS;
            self.victim
        });
        slots[way] = slot;
        way
    }

    fn hit(&self, set: usize, way: usize) -> Peek<'_> {
        self.sets[set].0[way].link.as_ref().map_or(Peek::Miss, Peek::Hit)
    }
}
