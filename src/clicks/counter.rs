//! The clicks of one link on this node.
//!
//! Three counts that only grow: `answered` by the edge, `rolled_up` by the clicks task, `absorbed`
//! once the store has them. Nothing is ever taken back, so no click can be lost between them.

use std::sync::atomic::{AtomicU64, Ordering};

use crate::model::click::{Audience, ClickCount};
use crate::model::id::{LinkId, WorkspaceId};

/// The counter of a link, shared by all its cached copies.
#[derive(Debug)]
pub struct LinkClicks {
    link: LinkId,
    workspace: WorkspaceId,
    answered: Pair,
    rolled_up: Pair,
    absorbed: Pair,
}

#[derive(Debug, Default)]
struct Pair {
    people: AtomicU64,
    bots: AtomicU64,
}

impl Pair {
    fn get(&self) -> ClickCount {
        ClickCount {
            people: self.people.load(Ordering::Relaxed),
            bots: self.bots.load(Ordering::Relaxed),
        }
    }

    fn add(&self, count: ClickCount) {
        self.people.fetch_add(count.people, Ordering::Relaxed);
        self.bots.fetch_add(count.bots, Ordering::Relaxed);
    }
}

impl LinkClicks {
    pub(super) fn new(link: LinkId, workspace: WorkspaceId) -> Self {
        Self {
            link,
            workspace,
            answered: Pair::default(),
            rolled_up: Pair::default(),
            absorbed: Pair::default(),
        }
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

    pub(super) fn add(&self, audience: Audience) {
        match audience {
            Audience::People => &self.answered.people,
            Audience::Bots => &self.answered.bots,
        }
        .fetch_add(1, Ordering::Relaxed);
    }

    /// Takes what was answered since the last call. Only the clicks task calls it.
    pub(super) fn roll_up(&self) -> ClickCount {
        let fresh = difference(self.answered.get(), self.rolled_up.get());
        self.rolled_up.add(fresh);
        fresh
    }

    /// The store has these.
    pub(super) fn absorb(&self, count: ClickCount) {
        self.absorbed.add(count);
    }

    /// What was answered and is not in the store yet.
    #[must_use]
    pub fn pending(&self) -> ClickCount {
        let absorbed = self.absorbed.get();
        difference(self.answered.get(), absorbed)
    }
}

fn difference(now: ClickCount, before: ClickCount) -> ClickCount {
    ClickCount { people: now.people - before.people, bots: now.bots - before.bots }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_rolled_up_twice_and_pending_lasts_until_absorbed() {
        let clicks = LinkClicks::new(LinkId::random(), WorkspaceId::random());
        clicks.add(Audience::People);
        clicks.add(Audience::Bots);
        let both = ClickCount { people: 1, bots: 1 };
        assert_eq!(clicks.roll_up(), both);
        assert!(clicks.roll_up().is_zero());
        assert_eq!(clicks.pending(), both);
        clicks.absorb(both);
        assert!(clicks.pending().is_zero());
    }
}
