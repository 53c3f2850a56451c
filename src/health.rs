//! What this node knows of its own health: whether the store answers, and whether it is leaving.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};

use crate::model::time::Millis;

/// The health of this node. Written by whoever talks to the store, read by `/readyz` and metrics.
#[derive(Debug, Default)]
pub struct Health {
    store: Mutex<StoreHealth>,
    is_draining: AtomicBool,
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

    /// This node takes no new work from now on.
    pub fn drain(&self) {
        self.is_draining.store(true, Ordering::Relaxed);
    }

    /// Whether this node is leaving.
    pub fn is_draining(&self) -> bool {
        self.is_draining.load(Ordering::Relaxed)
    }
}
