//! Clicks of one link on this node that the store has not got yet.

use std::sync::atomic::{AtomicI64, Ordering};

use crate::model::click::{Audience, ClickCount};
use crate::model::id::{LinkId, WorkspaceId};

/// The counter of a link, shared by all its cached copies.
///
/// Whether a click is a program's is judged here by the request alone, as the edge does; what its
/// user agent says is found out before it is absorbed.
#[derive(Debug)]
pub struct LinkClicks {
    link: LinkId,
    workspace: WorkspaceId,
    /// Answered less absorbed.
    people: AtomicI64,
    bots: AtomicI64,
}

impl LinkClicks {
    pub(super) fn new(link: LinkId, workspace: WorkspaceId) -> Self {
        Self { link, workspace, people: AtomicI64::new(0), bots: AtomicI64::new(0) }
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

    /// One was answered.
    pub(super) fn answered(&self, audience: Audience) {
        match audience {
            Audience::People => &self.people,
            Audience::Bots => &self.bots,
        }
        .fetch_add(1, Ordering::Relaxed);
    }

    /// So many were answered by an earlier process, or are no longer in the store.
    pub(super) fn recover(&self, count: ClickCount) {
        self.people.fetch_add(count.people.cast_signed(), Ordering::Relaxed);
        self.bots.fetch_add(count.bots.cast_signed(), Ordering::Relaxed);
    }

    /// The store has so many more.
    pub(super) fn absorb(&self, count: ClickCount) {
        self.people.fetch_sub(count.people.cast_signed(), Ordering::Relaxed);
        self.bots.fetch_sub(count.bots.cast_signed(), Ordering::Relaxed);
    }

    /// What was answered and is not in the store yet.
    #[must_use]
    pub fn pending(&self) -> ClickCount {
        let at_least_none =
            |count: &AtomicI64| u64::try_from(count.load(Ordering::Relaxed)).unwrap_or(0);
        ClickCount { people: at_least_none(&self.people), bots: at_least_none(&self.bots) }
    }

    /// Whether nothing is under way.
    pub(super) fn is_settled(&self) -> bool {
        let is_zero = |count: &AtomicI64| count.load(Ordering::Relaxed) == 0;
        is_zero(&self.people) && is_zero(&self.bots)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pending_is_what_was_answered_and_not_absorbed_in_whatever_order() {
        let count = |people, bots| ClickCount { people, bots };
        let clicks = LinkClicks::new(LinkId::random(), WorkspaceId::random());
        clicks.recover(count(2, 0));
        clicks.answered(Audience::Bots);
        clicks.absorb(count(1, 0));
        assert_eq!(clicks.pending(), count(1, 1));
        clicks.absorb(count(2, 1));
        assert_eq!(clicks.pending(), count(0, 0));
        assert!(!clicks.is_settled());
        clicks.answered(Audience::People);
        assert!(clicks.is_settled());
    }
}
