//! How one thread tells another what it may read: an end that only grows, and that no more will come.

#[cfg(loom)]
use loom::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
#[cfg(not(loom))]
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

/// What a writer has published.
#[derive(Debug)]
pub struct Published {
    end: AtomicUsize,
    is_left: AtomicBool,
}

impl Published {
    /// Nothing above `start` yet.
    #[must_use]
    pub fn new(start: usize) -> Self {
        Self { end: AtomicUsize::new(start), is_left: AtomicBool::new(false) }
    }

    /// Everything below `end` is whole. Whoever sees the new end sees what stands below it.
    pub fn publish(&self, end: usize) {
        self.end.store(end, Ordering::Release);
    }

    /// Where what is whole ends.
    #[must_use]
    pub fn end(&self) -> usize {
        self.end.load(Ordering::Acquire)
    }

    /// Nothing more will be published. Whoever sees this sees the last end.
    pub fn leave(&self) {
        self.is_left.store(true, Ordering::Release);
    }

    /// Whether nothing more will be published. Ask before reading the end, not after.
    #[must_use]
    pub fn is_left(&self) -> bool {
        self.is_left.load(Ordering::Acquire)
    }
}
