//! The doorbell: whoever commits a change rings it on every node that listens.
//!
//! It only says when to read the change log, and how far back; what changed stands in the log. A
//! ring that is lost costs time, never a change: the log is read every second all the same.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;

use crate::model::time::Millis;

/// A node's doorbell: rung by its driver, answered by its reader of the log. Many rings are one
/// answer.
#[derive(Debug, Default)]
pub struct Doorbell {
    bell: Notify,
    waiting: Mutex<Rung>,
    is_heard: AtomicBool,
}

/// What was rung since the last answer.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Rung {
    /// How often.
    pub rings: u64,
    /// The earliest stamp of an entry that was rung for, by the store's clock. An entry is stamped
    /// before its transaction commits, so it may lie some time back.
    pub since: Option<Millis>,
}

impl Doorbell {
    /// A change was committed, whose earliest entry was stamped at `since`; or, for `None`, there may
    /// be some that nobody rang for.
    pub fn ring(&self, since: Option<Millis>) {
        let mut waiting = self.waiting();
        waiting.rings += 1;
        waiting.since = waiting.since.into_iter().chain(since).min();
        drop(waiting);
        self.bell.notify_one();
    }

    /// Waits until it was rung since the last wait.
    pub async fn rung(&self) {
        self.bell.notified().await;
    }

    /// An answer came to nothing: the next one reaches back as far.
    pub fn put_back(&self, since: Option<Millis>) {
        let mut waiting = self.waiting();
        waiting.since = waiting.since.into_iter().chain(since).min();
    }

    /// What was rung since the last answer.
    pub fn answer(&self) -> Rung {
        std::mem::take(&mut *self.waiting())
    }

    /// Says whether rings can be heard from now on.
    pub fn set_heard(&self, is_heard: bool) {
        self.is_heard.store(is_heard, Ordering::Relaxed);
    }

    /// Whether rings can be heard: never on a store that has none.
    #[must_use]
    pub fn is_heard(&self) -> bool {
        self.is_heard.load(Ordering::Relaxed)
    }

    fn waiting(&self) -> MutexGuard<'_, Rung> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn many_rings_are_one_answer_that_reaches_back_to_the_earliest() {
        let bell = Doorbell::default();
        for since in [Some(30), None, Some(10), Some(20)] {
            bell.ring(since.map(Millis::from_epoch));
        }

        bell.rung().await;
        assert_eq!(bell.answer(), Rung { rings: 4, since: Some(Millis::from_epoch(10)) });

        assert_eq!(bell.answer(), Rung::default());
        bell.ring(None);
        bell.rung().await;
        assert_eq!(bell.answer(), Rung { rings: 1, since: None });
    }
}
