//! Promises about the doorbell, which only Postgres has: it rings once for a transaction that changed
//! something for caches, and for no other.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use carom::model::time::Millis;
use carom::store::doorbell::{Doorbell, Rung};
use carom::store::links::{self, Edit};
use carom::store::{Location, Store, changes, domains, facts};

use super::fixture::{Engine, Fixture, LIMITS, kind, runtime};
use crate::support::postgres::Cluster;
use crate::support::seed::Seed;
use crate::support::wait::{SOON, eventually_async, in_time};

/// Longer than a ring takes.
const QUIET: Duration = Duration::from_millis(300);

/// Listens for as long as the runtime lives.
async fn listen(store: &Store) -> Arc<Doorbell> {
    let bell = Arc::new(Doorbell::default());
    let (store, heard) = (store.clone(), Arc::clone(&bell));
    tokio::spawn(async move { store.listen(heard).await });
    eventually_async(SOON, "it listens", async || bell.is_heard()).await;
    rings_until_quiet(&bell).await;
    bell
}

async fn rings_until_quiet(bell: &Doorbell) -> Rung {
    let mut all = Rung::default();
    while tokio::time::timeout(QUIET, bell.rung()).await.is_ok() {
        let rung = bell.answer();
        all.rings += rung.rings;
        all.since = all.since.into_iter().chain(rung.since).min();
    }
    all
}

/// Runs a promise on a server of its own: others' changes ring in the whole database.
fn alone(promise: impl AsyncFnOnce(&Fixture)) {
    let cluster = Cluster::start();
    runtime().block_on(async {
        let mut fixture = Fixture::on(Location::Postgres(cluster.fresh_database().url.clone()));
        fixture.found().await;
        promise(&fixture).await;
    });
}

#[test]
fn a_change_rings_once_it_is_committed_and_says_since_when() {
    alone(async |fixture| {
        let bell = listen(&fixture.open_again()).await;
        let before = fixture.now().await;

        let link = fixture.link("one").await;
        in_time(SOON, "it rings", bell.rung()).await;

        let Rung { rings, since } = bell.answer();
        let logged = changes::since(&fixture.store, before).await.expect("an answer").entries;
        assert_eq!((rings, since), (1, Some(logged[0].at)));
        let edit = Edit { code: Some(super::fixture::code("two")), ..Edit::default() };
        links::change(&fixture.store, fixture.workspace, link.id, None, edit).await.expect("done");
        domains::create(&fixture.store, fixture.workspace, "go.example".into())
            .await
            .expect("done");
        links::delete(&fixture.store, fixture.workspace, link.id, None).await.expect("done");
        assert_eq!(rings_until_quiet(&bell).await.rings, 3, "once a transaction");
        let many = (0..2 * links::BLOCK).map(|place| fixture.new_link(&format!("link-{place}")));
        links::create_many(&fixture.store, many.collect()).await.expect("done");
        assert_eq!(rings_until_quiet(&bell).await.rings, 2, "once a transaction");
    });
}

#[test]
fn what_is_refused_or_no_change_does_not_ring() {
    alone(async |fixture| {
        let link = fixture.link("one").await;
        let bell = listen(&fixture.store).await;

        let taken = links::create(&fixture.store, fixture.new_link("one"), None).await;
        assert_eq!(kind(taken), "taken");
        let mut clicks = Seed::new(fixture.workspace, fixture.domain);
        clicks.click(link.id, Millis::from_epoch(1_700_000_000_000));
        clicks.absorb(&fixture.store).await;
        changes::forget(&fixture.store, Millis::from_epoch(0)).await.expect("an answer");

        assert_eq!(rings_until_quiet(&bell).await, Rung::default());
    });
}

#[test]
fn a_listener_comes_back_after_its_server_and_rings_for_what_it_missed() {
    let mut cluster = Cluster::start();
    let url = cluster.fresh_database().url.clone();
    runtime().block_on(async {
        let mut fixture = Fixture::on(Location::Postgres(url));
        fixture.found().await;
        let bell = listen(&fixture.open_again()).await;

        cluster.stop();
        eventually_async(SOON, "it is not heard", async || !bell.is_heard()).await;
        assert_eq!(rings_until_quiet(&bell).await, Rung::default());
        cluster.start_again();

        in_time(SOON, "it rings for whatever there may be", bell.rung()).await;
        assert_eq!(bell.answer(), Rung { rings: 1, since: None });
        eventually_async(SOON, "it is heard", async || bell.is_heard()).await;
    });
}

#[test]
fn on_a_standby_nothing_rings_and_the_log_can_be_read() {
    let mut cluster = Cluster::start();
    let url = cluster.fresh_database().url.clone();
    runtime().block_on(async {
        let location = Location::Postgres(url);
        let mut fixture = Fixture::on(location.clone());
        fixture.found().await;
        fixture.link("one").await;

        cluster.become_standby();

        let store = Store::open(&location, Path::new("/nonexistent"), LIMITS).expect("a store");
        let bell = Arc::new(Doorbell::default());
        let listening = tokio::spawn({
            let (store, bell) = (store.clone(), Arc::clone(&bell));
            async move { store.listen(bell).await }
        });
        assert_eq!(rings_until_quiet(&bell).await, Rung::default());
        assert!(!bell.is_heard() && !listening.is_finished(), "it may be promoted one day");
        let now = facts::now(&store).await.expect("an answer");
        let logged = changes::since(&store, now.before(SOON * 6)).await.expect("an answer");
        assert_eq!(logged.entries.len(), 1);
    });
}

#[test]
fn on_sqlite_there_is_nothing_to_listen_to() {
    super::fixture::founded(Engine::Sqlite, async |fixture| {
        let bell = Arc::new(Doorbell::default());
        in_time(SOON, "it says so", fixture.store.listen(Arc::clone(&bell))).await;
        fixture.link("one").await;
        assert_eq!(bell.answer(), Rung::default());
        assert!(!bell.is_heard());
    });
}
