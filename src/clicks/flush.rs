//! Batches of clicks, offered until the store has them.
//!
//! A batch keeps its content and its two positions until it is settled: the store counts it once
//! however often it is offered, so an answer that got lost costs nothing.

use std::sync::Arc;
use std::time::{Duration, Instant};

use super::registry::Clicks;
use super::rollup::Rollup;
use crate::health::Health;
use crate::metrics::ClickMetrics;
use crate::model::id::{LinkId, NodeId, StreamId};
use crate::model::time::Millis;
use crate::store::clicks::{self, Absorbed, Batch, ClickSum, Step};
use crate::store::{Error, Store};

/// Time between two prunings of counters.
const PRUNE_EVERY: Duration = Duration::from_secs(60);

/// Writes the clicks of this node to the store.
pub struct Flusher {
    store: Store,
    clicks: Arc<Clicks>,
    health: Arc<Health>,
    metrics: Arc<ClickMetrics>,
    node: NodeId,
    stream: StreamId,
    /// Clicks of this stream that the store has.
    position: u64,
    rollup: Rollup,
    offered: Option<Batch>,
    pruned_at: Instant,
}

impl Flusher {
    /// A flusher with a stream of its own.
    #[must_use]
    pub fn new(
        store: Store,
        clicks: Arc<Clicks>,
        health: Arc<Health>,
        metrics: Arc<ClickMetrics>,
        node: NodeId,
    ) -> Self {
        Self {
            store,
            clicks,
            health,
            metrics,
            node,
            stream: StreamId::random(),
            position: 0,
            rollup: Rollup::default(),
            offered: None,
            pruned_at: Instant::now(),
        }
    }

    /// Flushes every `interval` until `stop` is done, and then once more.
    ///
    /// Returns how many clicks the store has not got.
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
        self.unsettled()
    }

    async fn flush_and_report(&mut self) {
        match self.flush().await {
            Ok(()) | Err(Error::Busy(_)) => {}
            Err(error @ Error::Unavailable(_)) => self.health.store_failed(&error),
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
        self.rollup.take(&self.clicks, Millis::now());
        while let Some(batch) = self.next_batch() {
            let began = Instant::now();
            self.offer(&batch).await?;
            self.metrics.flushed(began.elapsed(), batch.rows.len());
        }
        if self.pruned_at.elapsed() > PRUNE_EVERY {
            self.clicks.prune();
            self.pruned_at = Instant::now();
        }
        Ok(())
    }

    /// The batch that was offered already, or a new one.
    fn next_batch(&mut self) -> Option<Batch> {
        if self.offered.is_none() {
            let rows = self.rollup.next(self.store.flush_rows_max())?;
            self.offered = Some(Batch {
                node: self.node,
                steps: [Step {
                    stream: self.stream,
                    from: self.position,
                    to: self.position + total(&rows.sums),
                }]
                .into(),
                rows,
            });
        }
        self.offered.clone()
    }

    async fn offer(&mut self, batch: &Batch) -> Result<(), Error> {
        let settling = self.clicks.settle().await;
        match clicks::absorb(&self.store, batch.clone()).await? {
            Absorbed::Now => {}
            Absorbed::Elsewhere { positions } if positions == [batch.steps[0].to] => {}
            Absorbed::Elsewhere { positions } => {
                // Nobody else moves this stream: it was forgotten after a long rest, or the store
                // went back to an older state. Either way this batch is not in it.
                tracing::warn!(
                    ?positions,
                    left_at = batch.steps[0].from,
                    "clicks go on in a new stream"
                );
                drop(settling);
                self.restart(batch);
                return Ok(());
            }
        }
        for sum in &batch.rows.sums {
            self.clicks.absorbed(LinkId::from_stored(sum.subject.get()), sum.count);
        }
        drop(settling);
        self.metrics.absorbed(total(&batch.rows.sums));
        self.position = batch.steps[0].to;
        self.offered = None;
        Ok(())
    }

    /// Begins a new stream with this batch.
    fn restart(&mut self, batch: &Batch) {
        self.stream = StreamId::random();
        self.position = 0;
        self.offered = Some(Batch {
            steps: [Step { stream: self.stream, from: 0, to: total(&batch.rows.sums) }].into(),
            ..batch.clone()
        });
    }

    /// Clicks that the store has not got.
    fn unsettled(&self) -> u64 {
        self.rollup.total() + self.offered.as_ref().map_or(0, |batch| total(&batch.rows.sums))
    }
}

fn total(sums: &[ClickSum]) -> u64 {
    sums.iter().map(|sum| sum.count.total()).sum()
}
