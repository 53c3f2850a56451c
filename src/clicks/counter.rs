//! Clicks of one link on this node that the store has not got yet.

use std::sync::atomic::{AtomicI64, Ordering};

use crate::model::id::{LinkId, WorkspaceId};

/// The counter of a link, shared by all its cached copies.
#[derive(Debug)]
pub struct LinkClicks {
    link: LinkId,
    workspace: WorkspaceId,
    /// Answered less absorbed. Below zero for a moment when a click is absorbed before the edge
    /// thread that journaled it has come to count it.
    pending: AtomicI64,
}

impl LinkClicks {
    pub(super) fn new(link: LinkId, workspace: WorkspaceId) -> Self {
        Self { link, workspace, pending: AtomicI64::new(0) }
    }

    /// The link.
    #[must_use]
    pub fn link(&self) -> LinkId {
        self.link
    }

    /// The workspace that owns it.
    #[must_use]
    pub fn workspace(&self) -> WorkspaceId {
        self.workspace
    }

    /// So many were answered.
    pub(super) fn add(&self, clicks: u64) {
        self.pending.fetch_add(clicks.cast_signed(), Ordering::Relaxed);
    }

    /// The store has so many more.
    pub(super) fn absorb(&self, clicks: u64) {
        self.pending.fetch_sub(clicks.cast_signed(), Ordering::Relaxed);
    }

    /// What was answered and is not in the store yet.
    #[must_use]
    pub fn pending(&self) -> u64 {
        u64::try_from(self.pending.load(Ordering::Relaxed)).unwrap_or(0)
    }

    /// Whether nothing is under way.
    pub(super) fn is_settled(&self) -> bool {
        self.pending.load(Ordering::Relaxed) == 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pending_is_what_was_answered_and_not_absorbed_in_whatever_order() {
        let clicks = LinkClicks::new(LinkId::random(), WorkspaceId::random());
        clicks.add(3);
        clicks.absorb(2);
        assert_eq!(clicks.pending(), 1);
        clicks.absorb(2);
        assert_eq!(clicks.pending(), 0);
        assert!(!clicks.is_settled());
        clicks.add(1);
        assert!(clicks.is_settled());
    }
}
