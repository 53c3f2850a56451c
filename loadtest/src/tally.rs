//! What one visitor or editor saw: how long answers took, and what went wrong. Each keeps its own
//! until the end, so nobody waits for a lock between two requests.

use std::error::Error;
use std::time::Duration;

use hdrhistogram::Histogram;
use serde::Serialize;

/// The first few reasons say what is wrong; the rest would only repeat it.
const REASONS_MAX: usize = 5;

/// The kinds of visits whose latencies are told apart.
#[derive(Clone, Copy)]
pub(crate) enum Kind {
    /// A link that is visited often.
    Hot,
    /// A link that was not visited before, or long ago.
    Cold,
    /// A code that does not exist.
    Unknown,
    /// A link that an editor just created, changed or deleted.
    Edited,
}

/// All that one visitor or editor has to report.
pub(crate) struct Tally {
    latencies_us: [Histogram<u64>; 4],
    /// Answers that came but were not the right ones.
    pub(crate) wrong_answers: Faults,
    /// Requests that were not answered, and calls of the admin API that failed.
    pub(crate) errors: Faults,
    /// What editors did.
    pub(crate) writes: Writes,
}

/// How often something went wrong, and how it first did.
#[derive(Clone, Default, Serialize)]
pub(crate) struct Faults {
    /// How often.
    pub(crate) count: u64,
    /// The first few reasons.
    pub(crate) first: Vec<String>,
}

/// What editors did.
#[derive(Clone, Copy, Default, Serialize)]
pub(crate) struct Writes {
    /// Links created.
    pub(crate) created: u64,
    /// Links given another target.
    pub(crate) changed: u64,
    /// Links deleted.
    pub(crate) deleted: u64,
}

impl Tally {
    /// An empty tally.
    pub(crate) fn new() -> Self {
        Self {
            latencies_us: std::array::from_fn(|_| empty_histogram()),
            wrong_answers: Faults::default(),
            errors: Faults::default(),
            writes: Writes::default(),
        }
    }

    /// Notes how long an answer took.
    pub(crate) fn record(&mut self, kind: Kind, took: Duration) {
        self.latencies_us[kind as usize]
            .record(took.as_micros() as u64)
            .expect("a histogram that grows takes every latency");
    }

    /// The latencies of one kind of visit, in microseconds.
    pub(crate) fn latencies_us(&self, kind: Kind) -> &Histogram<u64> {
        &self.latencies_us[kind as usize]
    }

    /// The latencies of all visits, in microseconds.
    pub(crate) fn all_latencies_us(&self) -> Histogram<u64> {
        let mut all = empty_histogram();
        for latencies in &self.latencies_us {
            all += latencies;
        }
        all
    }

    /// Adds what another saw.
    pub(crate) fn add(&mut self, other: Self) {
        for (ours, theirs) in self.latencies_us.iter_mut().zip(&other.latencies_us) {
            *ours += theirs;
        }
        self.wrong_answers.add(other.wrong_answers);
        self.errors.add(other.errors);
        self.writes.created += other.writes.created;
        self.writes.changed += other.writes.changed;
        self.writes.deleted += other.writes.deleted;
    }
}

impl Faults {
    /// Counts a fault; its reason is only put into words while it is among the first.
    pub(crate) fn note(&mut self, reason: impl FnOnce() -> String) {
        self.count += 1;
        if self.first.len() < REASONS_MAX {
            self.first.push(reason());
        }
    }

    fn add(&mut self, other: Self) {
        self.count += other.count;
        let room = REASONS_MAX - self.first.len();
        self.first.extend(other.first.into_iter().take(room));
    }
}

/// An error with its causes, in one line.
pub(crate) fn with_causes(error: &dyn Error) -> String {
    let mut line = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        line.push_str(": ");
        line.push_str(&error.to_string());
        cause = error.source();
    }
    line
}

fn empty_histogram() -> Histogram<u64> {
    // It grows with what it holds: most visitors never need the room for seconds.
    Histogram::new(3).expect("three digits are a valid precision")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn latencies_from_a_microsecond_to_ten_seconds_are_kept_to_three_digits() {
        let mut tally = Tally::new();
        let mut other = Tally::new();
        tally.record(Kind::Hot, Duration::from_micros(1));
        other.record(Kind::Hot, Duration::from_millis(81));
        other.record(Kind::Cold, Duration::from_secs(10));

        tally.add(other);

        let all = tally.all_latencies_us();
        assert_eq!((all.len(), all.min()), (3, 1));
        assert!((all.value_at_quantile(0.5) as f64 / 81_000.0 - 1.0).abs() < 0.001);
        assert!((all.max() as f64 / 10_000_000.0 - 1.0).abs() < 0.001);
    }

    #[test]
    fn every_fault_is_counted_but_only_the_first_few_keep_their_reasons() {
        let mut tally = Tally::new();
        let mut other = Tally::new();
        for number in 0..4 {
            tally.errors.note(|| format!("ours {number}"));
            other.errors.note(|| format!("theirs {number}"));
        }

        tally.add(other);

        assert_eq!(tally.errors.count, 8);
        assert_eq!(tally.errors.first, ["ours 0", "ours 1", "ours 2", "ours 3", "theirs 0"]);
    }
}
