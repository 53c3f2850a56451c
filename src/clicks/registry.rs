//! All counters of this node, and totals that include what the store has not got yet.

use std::sync::Arc;

use dashmap::DashMap;
use foldhash::fast::RandomState;
use tokio::sync::{RwLock, RwLockWriteGuard};

use super::counter::LinkClicks;
use crate::model::click::ClickCount;
use crate::model::id::{LinkId, WorkspaceId};
use crate::store::{Error, Store, clicks};

/// The counters of all links that were asked for since they were last quiet.
#[derive(Debug, Default)]
pub struct Clicks {
    counters: DashMap<LinkId, Arc<LinkClicks>, RandomState>,
    /// Held for writing while a batch moves from pending to stored, so that a reader of both sees
    /// each click once.
    settling: RwLock<()>,
}

/// Clicks of a link, up to now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LiveTotal {
    /// In the store.
    pub stored: ClickCount,
    /// Answered by this node, not in the store yet. Whether people or programs is found out when they
    /// are absorbed.
    pub pending: u64,
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
    /// [`Error::Unavailable`].
    pub async fn live(&self, store: &Store, link: LinkId) -> Result<LiveTotal, Error> {
        let _still = self.settling.read().await;
        let stored = clicks::total(store, link).await?;
        let pending = self.counters.get(&link).map(|counter| counter.pending());
        Ok(LiveTotal { stored, pending: pending.unwrap_or_default() })
    }

    /// Keeps readers of totals away while a batch settles.
    pub(super) async fn settle(&self) -> RwLockWriteGuard<'_, ()> {
        self.settling.write().await
    }

    /// Clicks of a link that an earlier process answered, or that the store has lost again.
    pub(super) fn recovered(&self, link: LinkId, workspace: WorkspaceId, clicks: u64) {
        self.of(link, workspace).add(clicks);
    }

    /// The store has these clicks of a link.
    pub(super) fn absorbed(&self, link: LinkId, clicks: u64) {
        if let Some(counter) = self.counters.get(&link) {
            counter.absorb(clicks);
        }
    }

    /// Clicks of all links that the store has not got yet.
    #[must_use]
    pub fn pending(&self) -> u64 {
        self.counters.iter().map(|counter| counter.pending()).sum()
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
