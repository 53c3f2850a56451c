//! What counting costs: one click at the edge, and a flush of many links to SQLite.

use std::hint::black_box;
use std::sync::Arc;

use crate::support;
use carom::clicks::capture;
use carom::clicks::flush::Flusher;
use carom::health::Health;
use carom::metrics::ClickMetrics;
use carom::model::click::Audience;
use carom::model::id::{LinkId, NodeId, WorkspaceId};
use criterion::{BatchSize, Criterion, Throughput};

/// Links with fresh clicks in one flush.
const LINKS: usize = 10_000;

pub(crate) fn clicks(criterion: &mut Criterion) {
    let bench = support::bench(1);
    let workspace = WorkspaceId::random();
    let counters: Vec<_> =
        (0..LINKS).map(|_| bench.clicks.of(LinkId::random(), workspace)).collect();

    let counter = &counters[0];
    criterion.bench_function("click/capture", |b| {
        b.iter(|| capture::redirect(black_box(counter), Audience::People));
    });

    let mut flusher = Flusher::new(
        bench.store.clone(),
        Arc::clone(&bench.clicks),
        Arc::new(Health::default()),
        Arc::new(ClickMetrics::default()),
        NodeId::random(),
    );
    let mut group = criterion.benchmark_group("flush");
    group.sample_size(20).throughput(Throughput::Elements(LINKS as u64));
    group.bench_function("sqlite/10k links", |b| {
        b.iter_batched(
            || counters.iter().for_each(|counter| capture::redirect(counter, Audience::People)),
            |()| bench.runtime.block_on(flusher.flush()).expect("a flush"),
            BatchSize::PerIteration,
        );
    });
    group.finish();
}
