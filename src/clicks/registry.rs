//! All counters of this node, and totals that include what the store has not got yet.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use dashmap::DashMap;
use foldhash::fast::RandomState;
use tokio::sync::{OwnedRwLockWriteGuard, RwLock};

use super::counter::LinkClicks;
use crate::model::click::ClickCount;
use crate::model::id::{LinkId, WorkspaceId};
use crate::store::{Error, Store, clicks};

/// Longest wait of a reader for clicks to settle.
const SETTLING_MAX: Duration = Duration::from_secs(2);

/// The counters of all links that were asked for since they were last quiet.
#[derive(Debug, Default)]
pub struct Clicks {
    counters: DashMap<LinkId, Arc<LinkClicks>, RandomState>,
    /// Held for writing while clicks move from pending to stored, or nobody knows where they are, so
    /// that a reader of both sees each click once.
    settling: Arc<RwLock<()>>,
}

/// While it lives, nobody reads totals.
#[derive(Debug)]
pub struct Settling {
    _guard: OwnedRwLockWriteGuard<()>,
}

/// Clicks of a link, up to now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LiveTotal {
    /// In the store.
    pub stored: ClickCount,
    /// Answered by this node, not in the store yet.
    pub pending: ClickCount,
}

impl Clicks {
    /// The counter of a link.
    pub fn of(&self, link: LinkId, workspace: WorkspaceId) -> Arc<LinkClicks> {
        let counter =
            self.counters.entry(link).or_insert_with(|| Arc::new(LinkClicks::new(link, workspace)));
        Arc::clone(&counter)
    }

    /// Everything this node and the store know of a link's clicks.
    ///
    /// # Errors
    /// [`Error::Unavailable`], also while the outcome of a batch is not known.
    pub async fn live(&self, store: &Store, link: LinkId) -> Result<LiveTotal, Error> {
        let still = tokio::time::timeout(SETTLING_MAX, self.settling.read()).await;
        let _still = still.map_err(Error::unavailable)?;
        let stored = clicks::total(store, link).await?;
        let pending = self.counters.get(&link).map(|counter| counter.pending());
        Ok(LiveTotal { stored, pending: pending.unwrap_or_default() })
    }

    /// The same of many links.
    ///
    /// # Errors
    /// As [`Clicks::live`].
    pub async fn live_of_many(
        &self,
        store: &Store,
        links: &[LinkId],
    ) -> Result<HashMap<LinkId, LiveTotal>, Error> {
        let still = tokio::time::timeout(SETTLING_MAX, self.settling.read()).await;
        let _still = still.map_err(Error::unavailable)?;
        let stored = clicks::totals(store, links).await?;
        let live = |link: &LinkId| {
            let pending = self.counters.get(link).map(|counter| counter.pending());
            let stored = stored.get(link).copied().unwrap_or_default();
            (*link, LiveTotal { stored, pending: pending.unwrap_or_default() })
        };
        Ok(links.iter().map(live).collect())
    }

    /// Keeps readers of totals away until it is dropped.
    pub async fn settle(&self) -> Settling {
        Settling { _guard: Arc::clone(&self.settling).write_owned().await }
    }

    /// Clicks of a link that an earlier process answered, or that the store has lost again.
    pub(super) fn recovered(&self, link: LinkId, workspace: WorkspaceId, count: ClickCount) {
        self.of(link, workspace).recover(count);
    }

    /// The store has these clicks of a link.
    pub(super) fn absorbed(&self, link: LinkId, count: ClickCount) {
        if let Some(counter) = self.counters.get(&link) {
            counter.absorb(count);
        }
    }

    /// Clicks of all links that the store has not got yet.
    #[must_use]
    pub fn pending(&self) -> u64 {
        self.counters.iter().map(|counter| counter.pending().total()).sum()
    }

    /// Drops the counters of links that no cache holds and whose clicks are all in the store.
    pub(super) fn prune(&self) {
        // Under the shard's lock, in which alone new holders are made: one owner is this map.
        self.counters.retain(|_, counter| Arc::strong_count(counter) > 1 || !counter.is_settled());
    }

    /// Counters held.
    #[must_use]
    pub fn len(&self) -> usize {
        self.counters.len()
    }

    /// Whether no counter is held.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.counters.is_empty()
    }
}
