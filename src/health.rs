//! What this node knows of its own health: whether the store answers, whether changes made elsewhere
//! are known here in time, and whether it is leaving.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use crate::model::time::Millis;

/// Within this time a change that was made anywhere takes effect here, as long as the change log can
/// be read; `/readyz` says when it could not.
pub const CHANGE_BOUND: Duration = Duration::from_secs(5);

/// The health of this node. Written by whoever talks to the store, read by `/readyz` and metrics.
#[derive(Debug)]
pub struct Health {
    store: Mutex<StoreHealth>,
    changes: Mutex<ChangesRead>,
    is_draining: AtomicBool,
}

/// The last reading of the change log.
#[derive(Debug)]
struct ChangesRead {
    /// When it began, by the monotonic clock: the wall clock may be set.
    began: Instant,
    /// Whether it was said that it is too long ago.
    is_said: bool,
}

impl Default for Health {
    fn default() -> Self {
        Self {
            store: Mutex::default(),
            changes: Mutex::new(ChangesRead { began: Instant::now(), is_said: false }),
            is_draining: AtomicBool::new(false),
        }
    }
}

/// Whether the store answers.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum StoreHealth {
    /// It answered last time.
    #[default]
    Up,
    /// It has not answered since then.
    Down {
        /// When it first failed.
        since: Millis,
        /// What it said last.
        why: String,
    },
}

impl Health {
    /// The store answered.
    pub fn store_answered(&self) {
        let mut store = self.store.lock().unwrap_or_else(PoisonError::into_inner);
        if let StoreHealth::Down { since, .. } = &*store {
            tracing::warn!(%since, "the store answers again");
            *store = StoreHealth::Up;
        }
    }

    /// The store did not answer.
    pub fn store_failed(&self, error: &dyn std::error::Error) {
        let words = crate::telemetry::in_full(error);
        let mut store = self.store.lock().unwrap_or_else(PoisonError::into_inner);
        match &mut *store {
            StoreHealth::Down { why, .. } => *why = words,
            StoreHealth::Up => {
                tracing::error!(why = %words, "the store does not answer: known links go on redirecting");
                *store = StoreHealth::Down { since: Millis::now(), why: words };
            }
        }
    }

    /// Whether the store answers.
    pub fn store(&self) -> StoreHealth {
        self.store.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The change log was read, beginning at `began`: what was changed before that is known here.
    pub fn changes_read(&self, began: Instant) {
        let mut changes = self.changes();
        if changes.is_said {
            let lag = changes.began.elapsed();
            tracing::warn!(?lag, "changes made elsewhere are known here in time again");
        }
        *changes = ChangesRead { began, is_said: false };
    }

    /// The change log could not be read.
    pub fn changes_unread(&self) {
        let mut changes = self.changes();
        let lag = changes.began.elapsed();
        if lag > CHANGE_BOUND && !changes.is_said {
            changes.is_said = true;
            tracing::error!(
                ?lag,
                "changes made elsewhere are not known here: links answer as they were"
            );
        }
    }

    /// For how long changes made elsewhere may be unknown here.
    pub fn change_lag(&self) -> Duration {
        self.changes().began.elapsed()
    }

    fn changes(&self) -> MutexGuard<'_, ChangesRead> {
        self.changes.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// This node takes no new work from now on.
    pub fn drain(&self) {
        self.is_draining.store(true, Ordering::Relaxed);
    }

    /// Whether this node is leaving.
    pub fn is_draining(&self) -> bool {
        self.is_draining.load(Ordering::Relaxed)
    }
}
