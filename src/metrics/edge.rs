//! Counts of one edge thread. It alone writes them, so an increment is a load and a store.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use hdrhistogram::Histogram;

/// How a request ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answer {
    /// With a redirect.
    Redirect,
    /// With a domain's own target, for its root or for an unknown code.
    SentOn,
    /// With 404.
    NotFound,
    /// With 410.
    Gone,
    /// With 503.
    Unavailable,
    /// With 429.
    Limited,
    /// With another 4xx.
    Refused,
    /// With a page of the link's own: the form for its password, or its preview.
    Shown,
}

impl Answer {
    /// All answers, with their label.
    pub const ALL: [(Self, &'static str); 8] = [
        (Self::Redirect, "redirect"),
        (Self::SentOn, "sent_on"),
        (Self::NotFound, "not_found"),
        (Self::Gone, "gone"),
        (Self::Unavailable, "unavailable"),
        (Self::Limited, "limited"),
        (Self::Refused, "refused"),
        (Self::Shown, "shown"),
    ];
}

/// Where an answer came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Layer {
    /// The cache of links.
    Hit,
    /// The cache of unknown codes.
    Absent,
    /// The store.
    Load,
}

impl Layer {
    /// All layers, with their label.
    pub const ALL: [(Self, &'static str); 3] =
        [(Self::Hit, "hit"), (Self::Absent, "absent"), (Self::Load, "load")];
}

/// What became of a click.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Captured {
    /// It stands in the journal, whole.
    Journaled,
    /// There was no room for it: it counts, but only as one of its link and quarter hour.
    Counted,
    /// There was no room even for that.
    Unrecorded,
}

impl Captured {
    /// All of them, with their label.
    pub const ALL: [(Self, &'static str); 3] = [
        (Self::Journaled, "journaled"),
        (Self::Counted, "counted"),
        (Self::Unrecorded, "unrecorded"),
    ];
}

/// What happened to a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ConnectionEvent {
    /// It was accepted.
    Accepted,
    /// It ended, in whatever way.
    Closed,
    /// It was ended by a deadline.
    TimedOut,
    /// It was closed to make room.
    MadeRoom,
    /// There was no room for it, or its address had too many.
    Refused,
    /// There was no descriptor or no memory for it just then.
    NotAccepted,
}

impl ConnectionEvent {
    /// All events, with their label.
    pub const ALL: [(Self, &'static str); 6] = [
        (Self::Accepted, "accepted"),
        (Self::Closed, "closed"),
        (Self::TimedOut, "timed_out"),
        (Self::MadeRoom, "made_room"),
        (Self::Refused, "refused"),
        (Self::NotAccepted, "not_accepted"),
    ];
}

/// One hit in so many is timed: two readings of the clock cost as much as the rest of Carom's part.
const SAMPLE_EVERY: u64 = 16;

/// The counts of one edge thread.
#[derive(Debug)]
pub struct EdgeMetrics {
    answers: [AtomicU64; Answer::ALL.len()],
    layers: [AtomicU64; Layer::ALL.len()],
    connections: [AtomicU64; ConnectionEvent::ALL.len()],
    captured: [AtomicU64; Captured::ALL.len()],
    /// Nanoseconds from a request's head to its answer, without the kernel's part.
    hit_time: Mutex<Histogram<u64>>,
    load_time: Mutex<Histogram<u64>>,
}

impl Default for EdgeMetrics {
    fn default() -> Self {
        Self {
            answers: Default::default(),
            layers: Default::default(),
            connections: Default::default(),
            captured: Default::default(),
            hit_time: Mutex::new(histogram()),
            load_time: Mutex::new(histogram()),
        }
    }
}

/// From 1 ns to a minute, two digits.
pub(super) fn histogram() -> Histogram<u64> {
    Histogram::new_with_bounds(1, 60_000_000_000, 2).expect("the bounds are valid")
}

pub(super) fn nanoseconds(time: Duration) -> u64 {
    u64::try_from(time.as_nanos()).unwrap_or(u64::MAX)
}

/// Adds one to a counter that this thread alone writes.
fn bump(counter: &AtomicU64) {
    counter.store(counter.load(Ordering::Relaxed) + 1, Ordering::Relaxed);
}

impl EdgeMetrics {
    /// A request ended so.
    pub fn answered(&self, answer: Answer) {
        bump(&self.answers[answer as usize]);
    }

    /// A code was looked up, and this layer knew.
    pub fn resolved(&self, layer: Layer) {
        bump(&self.layers[layer as usize]);
    }

    /// A click was captured so.
    pub fn captured(&self, captured: Captured) {
        bump(&self.captured[captured as usize]);
    }

    /// Something happened to a connection.
    pub fn connection(&self, event: ConnectionEvent) {
        bump(&self.connections[event as usize]);
    }

    /// Whether the next hit is to be timed.
    #[must_use]
    pub fn wants_sample(&self) -> bool {
        self.layers[Layer::Hit as usize].load(Ordering::Relaxed).is_multiple_of(SAMPLE_EVERY)
    }

    /// A hit took so long.
    pub fn hit_took(&self, time: Duration) {
        record(&self.hit_time, time);
    }

    /// A load took so long, waiting included.
    pub fn load_took(&self, time: Duration) {
        record(&self.load_time, time);
    }

    pub(super) fn answers(&self, answer: Answer) -> u64 {
        self.answers[answer as usize].load(Ordering::Relaxed)
    }

    pub(super) fn layers(&self, layer: Layer) -> u64 {
        self.layers[layer as usize].load(Ordering::Relaxed)
    }

    pub(super) fn captures(&self, captured: Captured) -> u64 {
        self.captured[captured as usize].load(Ordering::Relaxed)
    }

    pub(super) fn connections(&self, event: ConnectionEvent) -> u64 {
        self.connections[event as usize].load(Ordering::Relaxed)
    }

    pub(super) fn add_times_to(&self, hits: &mut Histogram<u64>, loads: &mut Histogram<u64>) {
        for (time, sum) in [(&self.hit_time, hits), (&self.load_time, loads)] {
            let time = time.lock().unwrap_or_else(PoisonError::into_inner);
            sum.add(&*time).expect("both have the same bounds");
        }
    }
}

/// Records a time, unless a scrape is reading just now: an edge thread does not wait.
fn record(histogram: &Mutex<Histogram<u64>>, time: Duration) {
    if let Ok(mut histogram) = histogram.try_lock() {
        histogram.saturating_record(nanoseconds(time));
    }
}
