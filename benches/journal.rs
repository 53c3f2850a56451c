//! What a click costs: one append with syncing on, its spread, and replay with roll-up.

use std::hint::black_box;
use std::net::{IpAddr, Ipv4Addr};
use std::time::{Duration, Instant};

use carom::clicks::enrich::{EnrichSettings, Enricher};
use carom::clicks::harvest::Harvest;
use carom::clicks::journal::format::{self, RecordBuffer};
use carom::clicks::journal::record::{Click, Network, Texts};
use carom::clicks::journal::recovery::Records;
use carom::clicks::rollup::Rollup;
use carom::metrics::Captured;
use carom::model::id::{DomainId, LinkId, StreamId, WorkspaceId};
use carom::model::time::Millis;
use criterion::{Criterion, Throughput};
use hdrhistogram::Histogram;

use crate::support::Journal;

const USER_AGENT: &[u8] = b"Mozilla/5.0 (X11; Linux x86_64; rv:150.0) Gecko/20100101 Firefox/150.0";

/// Records in the segment that is replayed.
const RECORDS: u64 = 50_000;

/// Links that they are on.
const LINKS: i64 = 1_000;

fn click(link: i64) -> Click<'static> {
    Click {
        at: Millis::from_epoch(1_800_000_000_000),
        link: LinkId::from_stored(link),
        workspace: WorkspaceId::from_stored(1),
        domain: DomainId::from_stored(2),
        visitor: 7 + link.cast_unsigned(),
        flags: 0,
        network: Network::of(IpAddr::V4(Ipv4Addr::new(203, 0, 113, 7))),
        texts: Texts {
            user_agent: USER_AGENT,
            referrer: b"https://www.example.org/a/page",
            language: b"de-AT,de;q=0.9,en;q=0.8",
            ..Texts::default()
        },
    }
}

pub(crate) fn appends(criterion: &mut Criterion) {
    let directory = tempfile::tempdir().expect("a directory");
    let journal = Journal::open(directory.path());
    let mut appender = journal.appender();
    let click = click(1);
    criterion.bench_function("journal/append", |b| {
        b.iter(|| appender.append(black_box(&click)));
    });
    spread(&mut appender, &click);
}

/// One append at a time at 100,000 a second, leaving the segment twice a second, so that syncing
/// goes on meanwhile: criterion tells a mean and no tail.
fn spread(appender: &mut carom::clicks::journal::lane::Appender, click: &Click<'_>) {
    let mut times = Histogram::<u64>::new_with_bounds(1, 1_000_000_000, 3).expect("valid bounds");
    let (began, mut left_at, mut unrecorded) = (Instant::now(), Instant::now(), 0);
    while began.elapsed() < Duration::from_secs(5) {
        if left_at.elapsed() > Duration::from_millis(500) {
            appender.leave();
            left_at = Instant::now();
        }
        let before = Instant::now();
        let captured = appender.append(black_box(click));
        times.saturating_record(before.elapsed().as_nanos() as u64);
        unrecorded += u64::from(captured != Captured::Journaled);
        while before.elapsed() < Duration::from_micros(10) {
            std::hint::spin_loop();
        }
    }
    let at = |quantile| times.value_at_quantile(quantile);
    let (p50, p99, p999) = (at(0.5), at(0.99), at(0.999));
    let (mean, max, appends) = (times.mean(), times.max(), times.len());
    #[allow(clippy::print_stdout, reason = "a bench reports")]
    {
        println!(
            "journal/append with syncing, two readings of the clock included: {appends} appends, \
             mean {mean:.0} ns, p50 {p50}, p99 {p99}, p99.9 {p999}, max {max}, not journaled {unrecorded}"
        );
    }
}

pub(crate) fn replays(criterion: &mut Criterion) {
    let mut segment = Vec::new();
    let mut buffer = RecordBuffer::new();
    for sequence in 1..=RECORDS {
        let click = click(1 + sequence.cast_signed() % LINKS);
        let length = format::encode(&click, 9, sequence, &mut buffer);
        segment.extend_from_slice(buffer.bytes(length));
        segment.resize(segment.len().next_multiple_of(format::ALIGNMENT), 0);
    }
    let mut enricher =
        Enricher::new(EnrichSettings { geo_database: None, agents_per_second_max: 2000 });
    let mut rollup = Rollup::default();
    let stream = StreamId::from_stored(1);
    let mut group = criterion.benchmark_group("replay");
    group.sample_size(20).throughput(Throughput::Elements(RECORDS));
    group.bench_function("read", |b| {
        b.iter(|| Records::new(black_box(&segment), 9, 0).count());
    });
    group.bench_function("read, enrich, roll up", |b| {
        b.iter(|| {
            let mut harvest = Harvest::default();
            for record in Records::new(black_box(&segment), 9, 0) {
                harvest.add(stream, &record, enricher.enrich(&record.click));
            }
            harvest.close();
            harvest.cut(&mut rollup, usize::MAX);
            rollup.take().rows.len()
        });
    });
    group.finish();
}
