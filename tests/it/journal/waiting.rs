//! Clicks that wait while Postgres is away: on the disk, and in no memory of the server's own.

use std::time::{Duration, Instant};

use super::chaos;
use super::visitors::{Ledger, options};
use crate::support::carom::Carom;
use crate::support::http::Connection;
use crate::support::postgres::{Cluster, Database, fresh_database};
use crate::support::wait::{SOON, eventually};

/// Clicks of one outage.
const CLICKS: u64 = 30_000;

/// How long an outage lasts at least.
const OUTAGE: Duration = Duration::from_secs(4);

/// What the waiting clicks may take: one batch that was built and is kept, and noise. Held in
/// memory, the clicks of the outages together would take more.
const GROWTH_MAX_KIB: u64 = 32 * 1024;

#[test]
fn clicks_that_wait_for_a_stopped_postgres_are_counted_and_take_no_memory() {
    let mut cluster = Cluster::start();
    let carom = Carom::start(options(Some(&cluster.fresh_database())));
    let ledger = Ledger::new(&carom);
    let visitors = ledger.visit(carom.edge());
    // The first batches make tables of their own.
    eventually(3 * SOON, "it has warmed up", || ledger.answered() >= 5000);
    let rounds = chaos::rounds(1, 50);
    for _ in 0..rounds {
        let before = carom.own_memory_kib();
        cluster.stop();
        let (began, wanted) = (Instant::now(), ledger.answered() + CLICKS);
        let mut most = 0;
        eventually(12 * SOON, "many clicks wait", || {
            most = most.max(carom.own_memory_kib());
            ledger.answered() >= wanted && began.elapsed() >= OUTAGE
        });
        assert!(carom.metric("journal_backlog_bytes") >= CLICKS * 80, "they wait in the journal");
        cluster.start_again();
        assert!(most < before + GROWTH_MAX_KIB, "{before} KiB before, up to {most} KiB meanwhile");
    }
    visitors.leave();
    ledger.close(&[&carom], rounds);
}

fn nothing_waits_when_everything_is_absorbed(database: Option<&Database>) {
    let mut carom = Carom::start(options(database));
    carom.key();
    let ledger = Ledger::new(&carom);
    let nothing_waits = |carom: &Carom| {
        ledger.assert_counted(carom);
        eventually(SOON, "no segment waits", || carom.metric("journal_backlog_bytes") == 0);
    };
    let visitors = ledger.visit(carom.edge());
    eventually(SOON, "some clicks", || ledger.answered() >= 2000);
    visitors.leave();
    // The last segment is left when nobody clicks any more.
    nothing_waits(&carom);
    // What was left and is absorbed is kept for a while, and no longer.
    carom.restart();
    nothing_waits(&carom);
    ledger.close(&[&carom], 1);
}

#[test]
fn nothing_waits_when_everything_is_absorbed_on_sqlite() {
    nothing_waits_when_everything_is_absorbed(None);
}

#[test]
fn nothing_waits_when_everything_is_absorbed_on_postgres() {
    nothing_waits_when_everything_is_absorbed(Some(&fresh_database()));
}

/// While clicks never cease, each second's are one flush, and not every few of them a transaction.
#[test]
fn a_load_that_never_ends_is_flushed_once_a_second() {
    let carom = Carom::start(options(None));
    let link = carom.link_to("https://example.com/");
    let mut connection = Connection::open(carom.edge());
    let (began, mut clicks) = (Instant::now(), 0_u64);
    while began.elapsed() < Duration::from_secs(4) {
        connection.send("GET", &format!("/{}", link.code), &[], b"");
        assert_eq!(connection.read_response().status, 302);
        clicks += 1;
    }
    // A second's clicks, or as many of them as a transaction takes on SQLite; what is left of a second is fewer.
    let rows = carom.metric(r#"flush_rows{quantile="0.9"}"#);
    assert!(rows >= (clicks / 40).min(100), "{rows} rows in a batch, for {clicks} clicks in 4 s");
}
