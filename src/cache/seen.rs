//! Changes that this node need not follow any more: it made them, or has followed them already.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use crate::model::id::ChangeId;

/// How long a change is remembered: longer than the follower looks back.
const KEPT: Duration = Duration::from_secs(120);

/// Changes, and when they were first seen here.
#[derive(Debug, Default)]
pub struct SeenChanges {
    seen: Mutex<HashMap<ChangeId, Instant>>,
}

impl SeenChanges {
    /// Remembers a change.
    pub fn add(&self, id: ChangeId) {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner).insert(id, Instant::now());
    }

    /// Whether a change was seen.
    pub fn contains(&self, id: ChangeId) -> bool {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner).contains_key(&id)
    }

    /// All of them.
    pub(super) fn ids(&self) -> Vec<ChangeId> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner).keys().copied().collect()
    }

    /// Forgets what no reading of the log will show again.
    pub fn prune(&self, now: Instant) {
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        seen.retain(|_, since| now.saturating_duration_since(*since) < KEPT);
    }
}
