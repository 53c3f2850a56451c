//! Counts of the background work: loads, claims, flushes, the change log.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use hdrhistogram::Histogram;

use super::edge::{histogram, nanoseconds};

/// What became of a visit to a link with a click limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ClaimOutcome {
    /// A click was left.
    Granted,
    /// None was left.
    Exhausted,
    /// The store was not asked, or did nothing: too many are under way, or the breaker is open.
    Refused,
    /// The store did not answer.
    Failed,
}

impl ClaimOutcome {
    pub(super) const ALL: [(Self, &'static str); 4] = [
        (Self::Granted, "granted"),
        (Self::Exhausted, "exhausted"),
        (Self::Refused, "refused"),
        (Self::Failed, "failed"),
    ];
}

/// Why a lookup was not made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LoadRefusal {
    /// Too many are under way.
    Slots,
    /// Too many were begun in this second.
    Rate,
    /// The breaker is open: the store did not answer a moment ago.
    Breaker,
    /// None of the store's connections came free in time.
    Pool,
}

impl LoadRefusal {
    pub(super) const ALL: [(Self, &'static str); 4] = [
        (Self::Slots, "slots"),
        (Self::Rate, "rate"),
        (Self::Breaker, "breaker"),
        (Self::Pool, "pool"),
    ];
}

/// Counts of the cache's background work.
#[derive(Debug)]
pub struct CacheMetrics {
    pub(super) loads: Mutex<Histogram<u64>>,
    pub(super) loads_failed: AtomicU64,
    loads_refused: [AtomicU64; LoadRefusal::ALL.len()],
    claims: [AtomicU64; ClaimOutcome::ALL.len()],
    pub(super) log_readings: AtomicU64,
    pub(super) log_rings: AtomicU64,
    pub(super) codes_forgotten: AtomicU64,
}

impl Default for CacheMetrics {
    fn default() -> Self {
        Self {
            loads: Mutex::new(histogram()),
            loads_failed: AtomicU64::new(0),
            loads_refused: Default::default(),
            claims: Default::default(),
            log_readings: AtomicU64::new(0),
            log_rings: AtomicU64::new(0),
            codes_forgotten: AtomicU64::new(0),
        }
    }
}

impl CacheMetrics {
    /// The store answered, or not, after so long.
    pub fn loaded(&self, time: Duration) {
        record(&self.loads, time);
    }

    /// The store did not answer a load.
    pub fn load_failed(&self) {
        self.loads_failed.fetch_add(1, Ordering::Relaxed);
    }

    /// A lookup was not made.
    pub fn load_refused(&self, refusal: LoadRefusal) {
        self.loads_refused[refusal as usize].fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn loads_refused(&self, refusal: LoadRefusal) -> u64 {
        self.loads_refused[refusal as usize].load(Ordering::Relaxed)
    }

    /// The store was asked for a click of a link with a limit.
    pub fn claimed(&self, outcome: ClaimOutcome) {
        self.claims[outcome as usize].fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn claims(&self, outcome: ClaimOutcome) -> u64 {
        self.claims[outcome as usize].load(Ordering::Relaxed)
    }

    /// The change log was read.
    pub fn log_read(&self) {
        self.log_readings.fetch_add(1, Ordering::Relaxed);
    }

    /// The doorbell was answered after so many rings.
    pub fn rung(&self, rings: u64) {
        self.log_rings.fetch_add(rings, Ordering::Relaxed);
    }

    /// So many codes were forgotten because others had changed them.
    pub fn forgotten(&self, codes: u64) {
        self.codes_forgotten.fetch_add(codes, Ordering::Relaxed);
    }
}

/// Counts of the clicks' way.
#[derive(Debug)]
pub struct ClickMetrics {
    pub(super) absorbed: AtomicU64,
    pub(super) replayed: AtomicU64,
    pub(super) lost: AtomicU64,
    pub(super) kept_bytes: AtomicU64,
    pub(super) backlog_bytes: AtomicU64,
    pub(super) backlog_age_ms: AtomicU64,
    pub(super) flushes: Mutex<Histogram<u64>>,
    pub(super) rows: Mutex<Histogram<u64>>,
}

impl Default for ClickMetrics {
    fn default() -> Self {
        Self {
            absorbed: AtomicU64::new(0),
            replayed: AtomicU64::new(0),
            lost: AtomicU64::new(0),
            kept_bytes: AtomicU64::new(0),
            backlog_bytes: AtomicU64::new(0),
            backlog_age_ms: AtomicU64::new(0),
            flushes: Mutex::new(histogram()),
            rows: Mutex::new(histogram()),
        }
    }
}

impl ClickMetrics {
    /// The store has so many more clicks.
    pub fn absorbed(&self, clicks: u64) {
        self.absorbed.fetch_add(clicks, Ordering::Relaxed);
    }

    /// So many clicks of an earlier process, or that the store had lost, were found in the journal.
    pub fn replayed(&self, clicks: u64) {
        self.replayed.fetch_add(clicks, Ordering::Relaxed);
    }

    /// So many clicks were journaled and could not be read back: damaged, or older than what is kept
    /// for a store that went back.
    pub fn lost(&self, clicks: u64) {
        self.lost.fetch_add(clicks, Ordering::Relaxed);
    }

    /// So many bytes of the journal hold clicks; so many of them wait for the store, and since when.
    pub fn journal(&self, kept: u64, waiting: u64, age: Duration) {
        self.kept_bytes.store(kept, Ordering::Relaxed);
        self.backlog_bytes.store(waiting, Ordering::Relaxed);
        self.backlog_age_ms.store(age.as_millis() as u64, Ordering::Relaxed);
    }

    /// A batch of so many rows was written in this time.
    pub fn flushed(&self, time: Duration, rows: usize) {
        record(&self.flushes, time);
        lock(&self.rows).saturating_record(rows as u64);
    }
}

fn record(histogram: &Mutex<Histogram<u64>>, time: Duration) {
    lock(histogram).saturating_record(nanoseconds(time));
}

pub(super) fn lock(histogram: &Mutex<Histogram<u64>>) -> std::sync::MutexGuard<'_, Histogram<u64>> {
    histogram.lock().unwrap_or_else(PoisonError::into_inner)
}
