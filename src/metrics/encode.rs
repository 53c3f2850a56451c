//! Everything counted, as OpenMetrics text.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Instant;

use hdrhistogram::Histogram;
use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, EncodeMetric, MetricEncoder};
use prometheus_client::metrics::MetricType;
use prometheus_client::metrics::counter::ConstCounter;
use prometheus_client::metrics::gauge::ConstGauge;
use prometheus_client::registry::{Registry, Unit};

use super::background::{CacheMetrics, ClaimOutcome, ClickMetrics, LoadRefusal, lock};
use super::backup::BackupMetrics;
use super::edge::{Answer, Captured, ConnectionEvent, EdgeMetrics, Layer, histogram};
use super::figures::Figures;

/// Quantiles that are told of a distribution.
const QUANTILES: [(f64, &str); 5] =
    [(0.5, "0.5"), (0.9, "0.9"), (0.99, "0.99"), (0.999, "0.999"), (1.0, "1")];

/// A number that is read when it is asked for.
pub struct Gauge {
    /// Its name, without `carom_`.
    pub name: &'static str,
    /// What it says.
    pub help: &'static str,
    /// Reads it.
    pub read: Box<dyn Fn() -> f64 + Send + Sync>,
}

/// Everything this process counts.
pub struct Metrics {
    registry: Registry,
    everything: Arc<Everything>,
    began: Instant,
}

impl Metrics {
    /// Gathers the counts of all parts.
    #[must_use]
    pub fn new(
        edges: Vec<Arc<EdgeMetrics>>,
        cache: Arc<CacheMetrics>,
        clicks: Arc<ClickMetrics>,
        backups: Arc<BackupMetrics>,
        gauges: Vec<Gauge>,
    ) -> Self {
        let mut registry = Registry::with_prefix("carom");
        let everything = Arc::new(Everything { edges, cache, clicks, backups, gauges });
        registry.register_collector(Box::new(Shared(Arc::clone(&everything))));
        Self { registry, everything, began: Instant::now() }
    }

    /// All of it, for people.
    #[must_use]
    pub fn figures(&self) -> Figures {
        Figures::of(&self.everything, self.began.elapsed())
    }

    /// All of it, as OpenMetrics 1.0 text.
    #[must_use]
    pub fn encode(&self) -> String {
        let mut text = String::new();
        prometheus_client::encoding::text::encode(&mut text, &self.registry)
            .expect("writing to a string does not fail");
        text
    }
}

pub(super) struct Everything {
    pub(super) edges: Vec<Arc<EdgeMetrics>>,
    pub(super) cache: Arc<CacheMetrics>,
    pub(super) clicks: Arc<ClickMetrics>,
    backups: Arc<BackupMetrics>,
    pub(super) gauges: Vec<Gauge>,
}

#[derive(Debug)]
struct Shared(Arc<Everything>);

impl Collector for Shared {
    fn encode(&self, encoder: DescriptorEncoder<'_>) -> fmt::Result {
        self.0.encode(encoder)
    }
}

impl fmt::Debug for Everything {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Everything").finish_non_exhaustive()
    }
}

impl Everything {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> fmt::Result {
        self.edge(&mut encoder)?;
        self.background(&mut encoder)?;
        self.backups(&mut encoder)?;
        for gauge in &self.gauges {
            let family =
                encoder.encode_descriptor(gauge.name, gauge.help, None, MetricType::Gauge)?;
            ConstGauge::new((gauge.read)()).encode(family)?;
        }
        Ok(())
    }
}

impl Everything {
    fn edge(&self, encoder: &mut DescriptorEncoder<'_>) -> fmt::Result {
        let sum = |count: &dyn Fn(&EdgeMetrics) -> u64| self.edges.iter().map(|e| count(e)).sum();
        family(encoder, "answers", "Requests answered at the edge", "answer", || {
            Answer::ALL.map(|(answer, label)| (label, sum(&|edge| edge.answers(answer))))
        })?;
        family(encoder, "lookups", "Codes looked up, by the layer that knew", "layer", || {
            Layer::ALL.map(|(layer, label)| (label, sum(&|edge| edge.layers(layer))))
        })?;
        family(
            encoder,
            "clicks_captured",
            "Redirects answered, by what is kept of them",
            "kept",
            || Captured::ALL.map(|(captured, label)| (label, sum(&|edge| edge.captures(captured)))),
        )?;
        family(encoder, "connections", "What happened to connections", "event", || {
            ConnectionEvent::ALL.map(|(event, label)| (label, sum(&|edge| edge.connections(event))))
        })?;
        let (mut hits, mut loads) = (histogram(), histogram());
        for edge in &self.edges {
            edge.add_times_to(&mut hits, &mut loads);
        }
        times(
            encoder,
            "edge_hit",
            "Time from a request's head to its answer, on a hit (one in 16 is timed)",
            &hits,
        )?;
        times(encoder, "edge_load", "Time from a request's head to its answer, on a miss", &loads)
    }

    fn background(&self, encoder: &mut DescriptorEncoder<'_>) -> fmt::Result {
        let count = |counter: &std::sync::atomic::AtomicU64| counter.load(Ordering::Relaxed);
        for (name, help, value) in [
            ("loads", "Lookups made at the store", lock(&self.cache.loads).len()),
            (
                "loads_failed",
                "Lookups that the store did not answer",
                count(&self.cache.loads_failed),
            ),
            ("change_readings", "Readings of the change log", count(&self.cache.log_readings)),
            (
                "change_rings",
                "Commits elsewhere or here that rang for a reading",
                count(&self.cache.log_rings),
            ),
            (
                "changed_codes_forgotten",
                "Codes forgotten because others had changed them",
                count(&self.cache.codes_forgotten),
            ),
            ("clicks_absorbed", "Clicks that the store has counted", count(&self.clicks.absorbed)),
            (
                "clicks_replayed",
                "Clicks found in the journal that an earlier process answered or the store had lost",
                count(&self.clicks.replayed),
            ),
            (
                "clicks_lost",
                "Clicks that were journaled and could not be read back",
                count(&self.clicks.lost),
            ),
            ("backups_made", "Scheduled backups that were made", count(&self.backups.made)),
            ("backups_failed", "Scheduled backups that failed", count(&self.backups.failed)),
        ] {
            let family = encoder.encode_descriptor(name, help, None, MetricType::Counter)?;
            ConstCounter::new(value).encode(family)?;
        }
        let help =
            "Lookups not made: slots or their rate used up, breaker open, no connection free";
        family(encoder, "loads_refused", help, "reason", || {
            LoadRefusal::ALL.map(|(refusal, label)| (label, self.cache.loads_refused(refusal)))
        })?;
        let help = "Visits of links with a click limit, by what came of asking the store";
        family(encoder, "claims", help, "outcome", || {
            ClaimOutcome::ALL.map(|(outcome, label)| (label, self.cache.claims(outcome)))
        })?;
        times(encoder, "store_lookup", "Time of a lookup at the store", &lock(&self.cache.loads))?;
        times(encoder, "flush", "Time of one batch's transaction", &lock(&self.clicks.flushes))?;
        let rows = lock(&self.clicks.rows);
        let batch =
            encoder.encode_descriptor("flush_rows", "Rows of a batch", None, MetricType::Gauge)?;
        quantiles(batch, &rows, |rows| rows as f64)?;
        for (name, help, bytes) in [
            ("journal_kept", "Journal segments with clicks in them", &self.clicks.kept_bytes),
            (
                "journal_backlog",
                "Journal segments whose clicks the store has not got",
                &self.clicks.backlog_bytes,
            ),
        ] {
            let family =
                encoder.encode_descriptor(name, help, Some(&Unit::Bytes), MetricType::Gauge)?;
            ConstGauge::new(count(bytes) as f64).encode(family)?;
        }
        let age = encoder.encode_descriptor(
            "journal_backlog_age",
            "Age of the oldest of them",
            Some(&Unit::Seconds),
            MetricType::Gauge,
        )?;
        ConstGauge::new(count(&self.clicks.backlog_age_ms) as f64 / 1000.0).encode(age)
    }
}

impl Everything {
    fn backups(&self, encoder: &mut DescriptorEncoder<'_>) -> fmt::Result {
        let bytes = self.backups.bytes.load(Ordering::Relaxed) as f64;
        for (name, help, unit, value) in [
            (
                "backup_last_success_time",
                "When the newest scheduled backup was made, since the epoch; 0 for never",
                Unit::Seconds,
                self.backups.last_seconds(),
            ),
            ("backup", "Length of the last scheduled backup", Unit::Bytes, bytes),
        ] {
            let family = encoder.encode_descriptor(name, help, Some(&unit), MetricType::Gauge)?;
            ConstGauge::new(value).encode(family)?;
        }
        Ok(())
    }
}

fn family<const N: usize>(
    encoder: &mut DescriptorEncoder<'_>,
    name: &str,
    help: &str,
    label: &'static str,
    counts: impl FnOnce() -> [(&'static str, u64); N],
) -> fmt::Result {
    let mut family = encoder.encode_descriptor(name, help, None, MetricType::Counter)?;
    for (value, count) in counts() {
        let labels = [(label, value)];
        ConstCounter::new(count).encode(family.encode_family(&labels)?)?;
    }
    Ok(())
}

fn times(
    encoder: &mut DescriptorEncoder<'_>,
    name: &str,
    help: &str,
    histogram: &Histogram<u64>,
) -> fmt::Result {
    let family = encoder.encode_descriptor(name, help, Some(&Unit::Seconds), MetricType::Gauge)?;
    quantiles(family, histogram, |ns| ns as f64 / 1e9)
}

fn quantiles(
    mut family: MetricEncoder<'_>,
    histogram: &Histogram<u64>,
    unit: fn(u64) -> f64,
) -> fmt::Result {
    for (quantile, label) in QUANTILES {
        let labels = [("quantile", label)];
        let value = unit(histogram.value_at_quantile(quantile));
        ConstGauge::new(value).encode(family.encode_family(&labels)?)?;
    }
    Ok(())
}
