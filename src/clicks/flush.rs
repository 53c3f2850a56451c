//! Batches of clicks, offered until the store has them.
//!
//! A batch keeps its content and its positions until it is settled: the store counts it once
//! however often it is offered, so an answer that got lost costs nothing. While the store is away
//! the journal is the queue, and nothing grows here.

use std::sync::Arc;
use std::time::{Duration, Instant};

use super::backlog::Backlog;
use super::enrich::{EnrichSettings, Enricher};
use super::harvest::Harvest;
use super::journal::record::Click;
use super::points;
use super::registry::{Clicks, Settling};
use super::replay::{Replayed, Size};
use super::rollup::{RolledUp, Rollup};
use super::visitors::{SketchWriter, Sketches, sketches};
use crate::health::Health;
use crate::metrics::ClickMetrics;
use crate::model::click::{Audience, ClickCount};
use crate::model::id::{LinkId, NodeId};
use crate::store::clicks::{self, Absorbed, Batch};
use crate::store::{Error, Store};

/// Time between two prunings of counters.
const PRUNE_EVERY: Duration = Duration::from_secs(60);

/// Time between two looks at the store's positions.
const VERIFY_EVERY: Duration = Duration::from_secs(60);

/// What a flusher is made of.
pub struct FlusherParts {
    /// Where clicks go.
    pub store: Store,
    /// The counters of what is pending.
    pub clicks: Arc<Clicks>,
    /// Until it has looked for clicks of an earlier process, nobody reads totals.
    pub settling: Settling,
    /// Learns when the store fails.
    pub health: Arc<Health>,
    /// Counts what happens.
    pub metrics: Arc<ClickMetrics>,
    /// This node.
    pub node: NodeId,
    /// How clicks are enriched.
    pub enrich: EnrichSettings,
    /// The journal.
    pub backlog: Backlog,
}

/// Writes the clicks of this node to the store.
pub struct Flusher {
    store: Store,
    clicks: Arc<Clicks>,
    health: Arc<Health>,
    metrics: Arc<ClickMetrics>,
    node: NodeId,
    enricher: Enricher,
    backlog: Backlog,
    harvest: Harvest,
    rollup: Rollup,
    sketches: Sketches,
    sketch_writer: SketchWriter,
    offered: Option<Offered>,
    /// Whether there was more to read than one harvest holds.
    is_behind: bool,
    /// Held while it is not known where some clicks are: before those of an earlier process were
    /// looked for, and from the offer of a batch to its settlement.
    settling: Option<Settling>,
    verified_at: Option<Instant>,
    pruned_at: Instant,
}

/// A batch that the store may or may not have.
#[derive(Clone)]
struct Offered {
    batch: Batch,
    links: Arc<[(LinkId, ClickCount)]>,
}

impl Flusher {
    /// A flusher of these parts. Reads the geo database, so not where others wait.
    #[must_use]
    pub fn new(parts: FlusherParts) -> Self {
        let FlusherParts { store, clicks, settling, health, metrics, node, enrich, backlog } =
            parts;
        let sketch_writer = SketchWriter::new(store.clone());
        Self {
            store,
            clicks,
            health,
            metrics,
            node,
            enricher: Enricher::new(enrich),
            backlog,
            harvest: Harvest::default(),
            rollup: Rollup::default(),
            sketches: Sketches::new(sketches::BYTES_MAX, Instant::now()),
            sketch_writer,
            offered: None,
            is_behind: false,
            settling: Some(settling),
            verified_at: None,
            pruned_at: Instant::now(),
        }
    }

    /// Flushes every `interval` until `stop` is done, and then once more.
    ///
    /// Returns how many clicks the store has not got: the journal has them.
    pub async fn run(mut self, interval: Duration, stop: impl Future<Output = ()>) -> u64 {
        let mut ticks = tokio::time::interval(interval);
        ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        tokio::pin!(stop);
        loop {
            tokio::select! {
                _ = ticks.tick() => self.flush_and_report().await,
                () = &mut stop => break,
            }
        }
        self.flush_and_report().await;
        if let Err(error) = self.write_sketches(Instant::now()).await {
            let why = crate::telemetry::in_full(&error);
            tracing::warn!(%why, "the last visitors are told apart again at the next start");
        }
        self.clicks.pending()
    }

    async fn flush_and_report(&mut self) {
        let flushed = self.flush().await;
        self.backlog.release();
        let Size { kept, waiting, age } = self.backlog.size();
        self.metrics.journal(kept, waiting, age);
        match flushed {
            Ok(()) | Err(Error::Busy(_)) => {}
            Err(error @ (Error::Unavailable(_) | Error::TooLong { .. })) => {
                // Whoever answers next may be a standby, or a backup.
                self.verified_at = None;
                self.health.store_failed(&error);
            }
            Err(error) => {
                let why = crate::telemetry::in_full(&error);
                tracing::error!(%why, "the store refuses clicks; they are kept and offered again");
            }
        }
    }

    /// Offers everything answered so far, batch by batch.
    ///
    /// # Errors
    /// The store's; what was not settled is offered again by the next call.
    pub async fn flush(&mut self) -> Result<(), Error> {
        self.enricher.tick(Instant::now());
        self.backlog.poll();
        self.take_up_leftovers().await?;
        self.verify().await?;
        if self.offered.is_none() {
            self.settling = None;
        }
        while let Some(offered) = self.next_batch() {
            let began = Instant::now();
            self.offer(offered.clone()).await?;
            self.metrics.flushed(began.elapsed(), offered.batch.rows.len());
            self.flush_sketches().await?;
            self.backlog.poll();
            if self.harvest.is_empty() && self.offered.is_none() {
                self.backlog.release();
                // What came meanwhile is for the next flush, or under load there would be no end of
                // this one, and a transaction for every few clicks.
                if !self.is_behind {
                    break;
                }
            }
        }
        self.flush_sketches().await?;
        if self.pruned_at.elapsed() > PRUNE_EVERY {
            self.clicks.prune();
            self.pruned_at = Instant::now();
        }
        Ok(())
    }

    /// What an earlier process has left, from where the store says that it stands.
    async fn take_up_leftovers(&mut self) -> Result<(), Error> {
        while let Some(source) = self.backlog.leftover() {
            let mark = clicks::mark(&self.store, self.node, source.id()).await?;
            let found = source.survey(mark, |replayed| {
                if !replayed.is_in(&mark) {
                    let (link, workspace) = replayed.link();
                    self.clicks.recovered(link, workspace, replayed.count());
                } else if let Replayed::Click(record) = replayed {
                    // Its visitor may not be in the store; those above are met when they are read.
                    let audience = self.enricher.enrich(&record.click).audience;
                    sketch(&mut self.sketches, &record.click, audience);
                }
            });
            if found.gone > 0 {
                tracing::error!(
                    stream = %source.id(), clicks = found.gone,
                    "the store has not got these clicks, and the journal has them no more: they are lost"
                );
            }
            self.metrics.replayed(found.clicks);
            self.metrics.lost(found.gone);
            self.backlog.take_up();
        }
        Ok(())
    }

    /// Looks now and then whether the store still has what it had: a stream at rest would not notice
    /// that it went back.
    async fn verify(&mut self) -> Result<(), Error> {
        let is_due = self.verified_at.is_none_or(|at| at.elapsed() > VERIFY_EVERY);
        if is_due && self.offered.is_none() && self.harvest.is_empty() {
            self.align().await?;
        }
        Ok(())
    }

    /// The batch that was offered already, or a new one.
    fn next_batch(&mut self) -> Option<Offered> {
        if self.offered.is_none() {
            self.offered = self.build();
        }
        self.offered.clone()
    }

    fn build(&mut self) -> Option<Offered> {
        if self.harvest.is_empty() {
            self.gather();
        }
        let steps = self.harvest.cut(&mut self.rollup, self.store.flush_rows_max());
        if steps.is_empty() {
            return None;
        }
        points::reached("batch-built");
        let RolledUp { rows, links } = self.rollup.take();
        let batch = Batch { node: self.node, steps, rows: Arc::new(rows) };
        Some(Offered { batch, links: links.into() })
    }

    /// Reads what is next. A source that the store has clicks of ahead of its position is read as far
    /// as those reach, and no further.
    fn gather(&mut self) {
        let (harvest, enricher, sketches) =
            (&mut self.harvest, &mut self.enricher, &mut self.sketches);
        self.is_behind = false;
        for source in self.backlog.sources() {
            let (stream, mark) = (source.id(), source.mark());
            self.is_behind |= mark.ahead.is_some();
            if mark.ahead.is_none() && (harvest.is_full() || sketches.is_full()) {
                continue;
            }
            source.read(|replayed| {
                match replayed {
                    _ if replayed.is_in(&mark) => {}
                    Replayed::Click(record) => {
                        let enriched = enricher.enrich(&record.click);
                        sketch(sketches, &record.click, enriched.audience);
                        harvest.add(stream, record, enriched);
                    }
                    Replayed::Sum(slot) => harvest.add_slot(stream, slot),
                }
                match mark.ahead {
                    Some(ahead) => replayed.position() < ahead.until,
                    None => !harvest.is_full() && !sketches.is_full(),
                }
            });
            harvest.has_read(stream, mark, source.last_read());
            let missing = source.take_missing();
            if missing > 0 {
                tracing::error!(%stream, clicks = missing, "the journal is damaged: these clicks are lost");
            }
            self.metrics.lost(missing);
        }
        self.is_behind |= harvest.is_full() || sketches.is_full();
        harvest.close();
    }

    async fn offer(&mut self, offered: Offered) -> Result<(), Error> {
        let Offered { batch, links } = offered;
        self.keep_readers_away().await;
        points::reached("before-commit");
        let absorbed = clicks::absorb(&self.store, batch.clone()).await?;
        points::reached("after-commit");
        match absorbed {
            Absorbed::Now => {}
            Absorbed::Elsewhere { marks }
                if batch.steps.iter().zip(&marks).all(|(step, at)| step.to == *at) => {}
            Absorbed::Elsewhere { .. } => return self.align().await,
        }
        for (link, count) in &*links {
            self.clicks.absorbed(*link, *count);
        }
        self.settling = None;
        points::reached("before-acknowledgement");
        for step in &*batch.steps {
            self.backlog.settle(*step);
        }
        points::reached("after-acknowledgement");
        self.metrics.absorbed(links.iter().map(|(_, count)| count.total()).sum());
        self.health.store_answered();
        self.offered = None;
        Ok(())
    }

    /// Reads on from where the store stands in each stream. It stands elsewhere than this node believes
    /// when it went back to an older state, or was replaced by a standby that had not seen the last
    /// batches: what is kept is then replayed.
    async fn align(&mut self) -> Result<(), Error> {
        self.keep_readers_away().await;
        let marks = clicks::marks(&self.store, self.node).await?;
        let (clicks, metrics) = (&self.clicks, &self.metrics);
        for source in self.backlog.sources() {
            let (stream, had) = (source.id(), source.mark());
            let has = marks.get(&stream).copied().unwrap_or_default();
            if has == had {
                // What was read beyond is read again.
                if source.last_read() != had.position {
                    source.go_to(had);
                }
                continue;
            }
            let (mut replayed, mut found) = (0, 0);
            let (low, high) = (had.position.min(has.position), had.end().max(has.end()));
            source.survey_between(low, high, |click| {
                let ((link, workspace), count) = (click.link(), click.count());
                match (click.is_in(&had), click.is_in(&has)) {
                    (true, false) => {
                        replayed += count.total();
                        clicks.recovered(link, workspace, count);
                    }
                    (false, true) => {
                        found += count.total();
                        clicks.absorbed(link, count);
                    }
                    _ => {}
                }
            });
            let gone = source.go_to(has);
            tracing::error!(
                %stream, had = had.position, has = has.position, replayed, found, gone,
                "the store stands elsewhere in a stream of clicks: what is kept of it is replayed"
            );
            metrics.replayed(replayed);
            metrics.lost(gone);
        }
        self.harvest = Harvest::default();
        self.offered = None;
        self.settling = None;
        self.verified_at = Some(Instant::now());
        Ok(())
    }

    /// Nobody reads totals from now until the clicks have settled.
    async fn keep_readers_away(&mut self) {
        if self.settling.is_none() {
            self.settling = Some(self.clicks.settle().await);
        }
    }

    /// Merges the visitors of what was read into the store, when it is time.
    async fn flush_sketches(&mut self) -> Result<(), Error> {
        let now = Instant::now();
        if !self.sketches.is_due(now) && !self.backlog.wants_to_release(now) {
            return Ok(());
        }
        self.write_sketches(now).await
    }

    async fn write_sketches(&mut self, now: Instant) -> Result<(), Error> {
        let rows = self.sketches.take(now);
        if let Err(error) = self.sketch_writer.write(&rows).await {
            self.sketches.restore(&rows);
            return Err(error);
        }
        self.backlog.sketched(now);
        Ok(())
    }
}

/// Visitors are people: a program that asks again and again is none.
fn sketch(sketches: &mut Sketches, click: &Click<'_>, audience: Audience) {
    if audience == Audience::People {
        sketches.add(click.link, click.workspace, click.at, click.visitor);
    }
}
