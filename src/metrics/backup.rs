//! Counts of scheduled backups.

use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};

use crate::model::time::Millis;

/// Counts of scheduled backups.
#[derive(Debug, Default)]
pub struct BackupMetrics {
    pub(super) made: AtomicU64,
    pub(super) failed: AtomicU64,
    pub(super) bytes: AtomicU64,
    last_ms: AtomicI64,
}

impl BackupMetrics {
    /// One was made, of so many bytes.
    pub fn made(&self, at: Millis, bytes: u64) {
        self.made.fetch_add(1, Ordering::Relaxed);
        self.bytes.store(bytes, Ordering::Relaxed);
        self.succeeded_at(at);
    }

    /// One could not be made.
    pub fn failed(&self) {
        self.failed.fetch_add(1, Ordering::Relaxed);
    }

    /// The newest is of this moment, by this machine's clock.
    pub fn succeeded_at(&self, at: Millis) {
        self.last_ms.store(at.get(), Ordering::Relaxed);
    }

    /// When the last one was made, in seconds since the epoch; 0 for never.
    pub(super) fn last_seconds(&self) -> f64 {
        self.last_ms.load(Ordering::Relaxed) as f64 / 1000.0
    }
}
