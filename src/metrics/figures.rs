//! What people are told of this process: sums over all edge threads, and what the rest measured.

use std::sync::atomic::Ordering;
use std::time::Duration;

use hdrhistogram::Histogram;

use super::edge::{Answer, Captured, ConnectionEvent, Layer, histogram};
use super::encode::Everything;

/// A moment's figures.
#[derive(Debug, Clone)]
pub struct Figures {
    /// How long this process has run.
    pub uptime: Duration,
    /// Requests, by how they ended.
    pub answers: Vec<(Answer, u64)>,
    /// Answers, by where they came from.
    pub layers: Vec<(Layer, u64)>,
    /// Clicks, by what became of them.
    pub captured: Vec<(Captured, u64)>,
    /// Connections that are open.
    pub connections_open: u64,
    /// How long answers from the cache took.
    pub hits: Times,
    /// How long answers took that were looked up.
    pub loads: Times,
    /// Lookups that failed.
    pub loads_failed: u64,
    /// Clicks that the store has got.
    pub absorbed: u64,
    /// Clicks whose records could not be read back.
    pub lost: u64,
    /// Bytes of the journal that wait for the store, and how long they have waited.
    pub backlog: (u64, Duration),
    /// Numbers that are read when they are asked for, by their names.
    pub gauges: Vec<(&'static str, f64)>,
}

/// A distribution in few words.
#[derive(Debug, Clone, Copy)]
pub struct Times {
    /// How many were measured.
    pub count: u64,
    /// Half took no longer.
    pub p50: Duration,
    /// 99 of 100 took no longer.
    pub p99: Duration,
    /// 999 of 1,000 took no longer.
    pub p999: Duration,
}

impl Times {
    fn of(histogram: &Histogram<u64>) -> Self {
        let quantile = |share| Duration::from_nanos(histogram.value_at_quantile(share));
        Self {
            count: histogram.len(),
            p50: quantile(0.5),
            p99: quantile(0.99),
            p999: quantile(0.999),
        }
    }
}

impl Figures {
    pub(super) fn of(all: &Everything, uptime: Duration) -> Self {
        let (mut hits, mut loads) = (histogram(), histogram());
        for edge in &all.edges {
            edge.add_times_to(&mut hits, &mut loads);
        }
        let connections = |event| all.edges.iter().map(|edge| edge.connections(event)).sum::<u64>();
        let ended = connections(ConnectionEvent::Closed);
        let clicks = |count: &std::sync::atomic::AtomicU64| count.load(Ordering::Relaxed);
        let age = Duration::from_millis(clicks(&all.clicks.backlog_age_ms));
        let answers = |it: Answer| all.edges.iter().map(|edge| edge.answers(it)).sum();
        let layers = |it: Layer| all.edges.iter().map(|edge| edge.layers(it)).sum();
        let captures = |it: Captured| all.edges.iter().map(|edge| edge.captures(it)).sum();
        Self {
            uptime,
            answers: Answer::ALL.map(|(it, _)| (it, answers(it))).to_vec(),
            layers: Layer::ALL.map(|(it, _)| (it, layers(it))).to_vec(),
            captured: Captured::ALL.map(|(it, _)| (it, captures(it))).to_vec(),
            connections_open: connections(ConnectionEvent::Accepted).saturating_sub(ended),
            hits: Times::of(&hits),
            loads: Times::of(&loads),
            loads_failed: clicks(&all.cache.loads_failed),
            absorbed: clicks(&all.clicks.absorbed),
            lost: clicks(&all.clicks.lost),
            backlog: (clicks(&all.clicks.backlog_bytes), age),
            gauges: all.gauges.iter().map(|gauge| (gauge.name, (gauge.read)())).collect(),
        }
    }

    /// The share of lookups that memory answered, from 0 to 1; nothing before the first one.
    #[must_use]
    pub fn hit_rate(&self) -> Option<f64> {
        let count = |wanted| self.layers.iter().find(|(it, _)| *it == wanted).map_or(0, |it| it.1);
        let all: u64 = self.layers.iter().map(|(_, count)| count).sum();
        (all > 0).then(|| (count(Layer::Hit) + count(Layer::Absent)) as f64 / all as f64)
    }

    /// A number by its name.
    #[must_use]
    pub fn gauge(&self, name: &str) -> Option<f64> {
        self.gauges.iter().find(|(it, _)| *it == name).map(|(_, value)| *value)
    }
}
