//! A table of rates of fixed size.
//!
//! A subject is kept while it has used up something of its rate, which is seconds or minutes. When
//! there are more such subjects than slots, the one that has used up least is forgotten, and may begin
//! anew: the table never refuses somebody for what another did.
//!
//! Not `governor`, whose table gets an entry for each address that comes and is swept afterwards: a
//! flood from an IPv6 prefix would be a flood of memory.

use std::hash::{BuildHasher, Hash};
use std::sync::{Mutex, PoisonError};
use std::time::Instant;

use foldhash::fast::RandomState;

use crate::model::rate::{Nanos, Rate};

/// Slots of a set.
pub(super) const WAYS: usize = 4;

/// Rates of many subjects.
#[derive(Debug)]
pub(super) struct RateTable {
    rate: Rate,
    began: Instant,
    hasher: RandomState,
    sets: Box<[Mutex<[Slot; WAYS]>]>,
}

/// A subject, known by its hash: one in 2^64 shares another's rate.
#[derive(Debug, Clone, Copy, Default)]
struct Slot {
    subject: u64,
    used_until: Nanos,
}

impl RateTable {
    /// This rate for each subject, of which so many sets of [`WAYS`] are told apart.
    pub(super) fn new(rate: Rate, sets: usize) -> Self {
        Self {
            rate,
            began: Instant::now(),
            hasher: RandomState::default(),
            sets: (0..sets).map(|_| Mutex::default()).collect(),
        }
    }

    /// Whether this subject may do it once more now.
    pub(super) fn allows(&self, subject: impl Hash, now: Instant) -> bool {
        let now = now.saturating_duration_since(self.began).as_nanos() as Nanos;
        let subject = self.hasher.hash_one(subject);
        // Held for some nanoseconds, and only against another thread in the same set.
        let mut set = self.sets[subject as usize % self.sets.len()]
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let known = set.iter().position(|slot| slot.subject == subject);
        let used_until = known.map_or(0, |way| set[way].used_until);
        let Some(used_until) = self.rate.take(used_until, now) else { return false };
        let least_used = (0..WAYS).min_by_key(|&way| set[way].used_until).unwrap_or(0);
        set[known.unwrap_or(least_used)] = Slot { subject, used_until };
        true
    }

    /// Subjects that it can tell apart.
    #[cfg(test)]
    pub(super) fn slots(&self) -> usize {
        self.sets.len() * WAYS
    }
}
