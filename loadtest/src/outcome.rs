//! What a run came to, in figures.

use hdrhistogram::Histogram;
use serde::Serialize;

use crate::attack::Books;
use crate::audit::Account;
use crate::tally::{Faults, Kind, Writes};

/// A run in figures.
#[derive(Default, Serialize)]
pub(crate) struct Outcome {
    /// From the first visitor's start until the last one's end.
    pub(crate) seconds: f64,
    /// Answered requests at the edge, those of editors included.
    pub(crate) requests: u64,
    /// The same, a second.
    pub(crate) requests_per_second: f64,
    /// How long answers took.
    pub(crate) latencies: Latencies,
    /// What editors did.
    pub(crate) writes: Writes,
    /// How often each cold link was visited on average; above 1, some visits were no longer cold.
    pub(crate) cold_rounds: f64,
    /// Requests and calls that got no answer.
    pub(crate) errors: Faults,
    /// Answers that were not the right ones.
    pub(crate) wrong_answers: Faults,
    /// The clicks, link by link, added up.
    pub(crate) clicks: Account,
}

/// How long answers took, by kind of visit.
#[derive(Default, Serialize)]
pub(crate) struct Latencies {
    pub(crate) all: Latency,
    pub(crate) hot: Latency,
    pub(crate) cold: Latency,
    pub(crate) unknown: Latency,
    pub(crate) edited: Latency,
}

/// Percentiles, in microseconds.
#[derive(Clone, Copy, Default, Serialize)]
pub(crate) struct Latency {
    pub(crate) answers: u64,
    pub(crate) p50_us: u64,
    pub(crate) p90_us: u64,
    pub(crate) p99_us: u64,
    pub(crate) p999_us: u64,
    pub(crate) max_us: u64,
}

impl Outcome {
    /// The figures of a run whose users saw `books` and whose clicks came to `clicks`.
    pub(crate) fn new(books: Books, clicks: Account, cold_rounds: f64) -> Self {
        let Books { tally, lasted, .. } = books;
        let seconds = lasted.as_secs_f64();
        let all = tally.all_latencies_us();
        Self {
            seconds,
            requests: all.len(),
            requests_per_second: all.len() as f64 / seconds,
            latencies: Latencies {
                all: Latency::of(&all),
                hot: Latency::of(tally.latencies_us(Kind::Hot)),
                cold: Latency::of(tally.latencies_us(Kind::Cold)),
                unknown: Latency::of(tally.latencies_us(Kind::Unknown)),
                edited: Latency::of(tally.latencies_us(Kind::Edited)),
            },
            writes: tally.writes,
            cold_rounds,
            errors: tally.errors,
            wrong_answers: tally.wrong_answers,
            clicks,
        }
    }
}

impl Latency {
    fn of(latencies_us: &Histogram<u64>) -> Self {
        Self {
            answers: latencies_us.len(),
            p50_us: latencies_us.value_at_quantile(0.5),
            p90_us: latencies_us.value_at_quantile(0.9),
            p99_us: latencies_us.value_at_quantile(0.99),
            p999_us: latencies_us.value_at_quantile(0.999),
            max_us: latencies_us.max(),
        }
    }
}
