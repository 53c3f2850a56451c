//! Flushes that are broken off half way: what was counted link by link is not counted again.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use carom::cache::domains::Domains;
use carom::clicks::Clicks;
use carom::clicks::backlog::Backlog;
use carom::clicks::enrich::EnrichSettings;
use carom::clicks::flush::{Flusher, FlusherParts};
use carom::clicks::journal::directory::Directory;
use carom::clicks::journal::keeper::{Keeper, Owner};
use carom::clicks::journal::leftover;
use carom::health::Health;
use carom::metrics::ClickMetrics;
use carom::model::id::NodeId;
use carom::model::time::Millis;
use carom::store::clicks::{marks, total};
use carom::store::{Limits, Location, Store, facts, stats};

use crate::support::postgres::fresh_database;
use crate::support::wait::{SOON, in_time};

#[path = "../../../benches/catch_up/clicks.rs"]
mod clicks;

/// Several batches on either store, and more than one harvest.
const CLICKS: u64 = 70_000;
const LINKS: usize = 3_000;

/// A flusher of what an earlier process has left, as a server has it at its start.
async fn flusher(store: &Store, journal: &Path, owner: &Owner) -> (Flusher, Keeper) {
    let directory = Directory::open(journal).expect("nobody has it");
    let left = leftover::sort(&directory, owner).expect("it can be read");
    let (keeper, _lanes, feed) = Keeper::start(Some(directory), *owner, 1).expect("a thread");
    let clicks = Arc::new(Clicks::default());
    let parts = FlusherParts {
        store: store.clone(),
        clicks: Arc::clone(&clicks),
        settling: clicks.settle().await,
        health: Arc::new(Health::default()),
        metrics: Arc::new(ClickMetrics::default()),
        node: owner.node,
        enrich: EnrichSettings { geo_database: None, agents_per_second_max: 2000 },
        backlog: Backlog::new(left, feed, Duration::from_secs(600)),
    };
    (Flusher::new(parts), keeper)
}

async fn a_flush_that_is_broken_off_counts_each_click_once(location: Location) {
    let files = tempfile::tempdir().expect("a directory");
    let limits = Limits {
        redirect_connections: 1,
        admin_connections: 2,
        redirect_wait: SOON,
        admin_wait: SOON,
        statement_timeout: SOON,
    };
    let store = Store::open(&location, files.path(), limits).expect("a store");
    store.migrate().await.expect("a schema");
    let founding = facts::found(&store, None).await.expect("a workspace");
    let workspace = facts::default_workspace(&store).await.expect("a workspace");
    let domains = Domains::load(&store, Vec::new()).await.expect("a domain");
    let owner = Owner { store: founding.store, node: NodeId::random(), bytes_max: u64::MAX };
    let journal = files.path().join("journal");
    let outage = clicks::Outage {
        workspace,
        domain: domains.table().default_domain().id,
        since: Millis::from_epoch(1_790_000_100_000),
        law: clicks::Law::Zipf,
        clicks: CLICKS,
        links: LINKS,
    };
    outage.fill(&Directory::open(&journal).expect("a directory"), &owner).expect("a journal");

    let (mut broken_off, mut counted) = (0, 0);
    while counted < CLICKS {
        let (mut flusher, keeper) = flusher(&store, &journal, &owner).await;
        let before = counted;
        let flush = flusher.flush();
        tokio::pin!(flush);
        loop {
            let step = tokio::time::timeout(Duration::from_millis(2), &mut flush).await;
            counted = total(&store, workspace).await.expect("an answer").total();
            // A few batches later it ends as if it were killed, wherever it is.
            if step.is_ok() || counted >= before + CLICKS / 6 {
                break;
            }
        }
        let of_node = marks(&store, owner.node).await.expect("an answer");
        broken_off += usize::from(of_node.values().any(|mark| mark.ahead.is_some()));
        drop(keeper);
    }

    assert!(broken_off > 0, "no flush was broken off between two batches of a harvest");
    let (mut flusher, _keeper) = flusher(&store, &journal, &owner).await;
    flusher.flush().await.expect("nothing is left to count");
    assert_eq!(total(&store, workspace).await.expect("an answer").total(), CLICKS);
    let report = stats::drift::drift(&store, Millis::from_epoch(0)).await.expect("an answer");
    assert_eq!(report.drifts, [], "sums and visits agree");
    store.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_flush_that_is_broken_off_counts_each_click_once_on_sqlite() {
    let location = Location::Sqlite { file: "carom.db".into() };
    let test = a_flush_that_is_broken_off_counts_each_click_once(location);
    in_time(12 * SOON, "all clicks are counted", test).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_flush_that_is_broken_off_counts_each_click_once_on_postgres() {
    let database = fresh_database();
    let test =
        a_flush_that_is_broken_off_counts_each_click_once(Location::Postgres(database.url.clone()));
    in_time(12 * SOON, "all clicks are counted", test).await;
}
