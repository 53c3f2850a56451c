//! What happens around a running server, under load, for as long as it takes: the database stopped,
//! killed, frozen, unreachable, locked and slow; Carom itself stopped and started again.
//!
//! Known links must not notice, and every click is counted when it is over.

use std::thread;
use std::time::{Duration, Instant};

use super::chaos;
use super::visitors::{Ledger, options};
use crate::support::carom::Carom;
use crate::support::postgres::{Cluster, Database, fresh_database};
use crate::support::proxy::{Fault, Proxy};
use crate::support::sql::execute;
use crate::support::wait::{SOON, eventually};

/// How long a fault lasts at least.
const SHORT: Duration = Duration::from_secs(3);

/// Between two requests of a client: together they make about a thousand a second, so that what waits
/// can be taken in while more comes.
const PAUSE: Duration = Duration::from_millis(2);

/// A server whose way to its own Postgres leads through a proxy.
struct Scene {
    cluster: Cluster,
    /// The database, past the proxy.
    direct: String,
    proxy: Proxy,
    carom: Carom,
    ledger: Ledger,
}

impl Scene {
    fn new() -> Self {
        let cluster = Cluster::start();
        let mut database = cluster.fresh_database();
        let direct = database.url.clone();
        let proxy = Proxy::to(cluster.address());
        database.url = proxy.url(&direct);
        let carom = Carom::start(options(Some(&database)));
        let ledger = Ledger::new(&carom);
        Self { cluster, direct, proxy, carom, ledger }
    }

    /// Lets a fault last under load, and counts when it is over. No known link may fail meanwhile.
    fn ride_out(mut self, begin: impl FnOnce(&mut Self), end: impl FnOnce(&mut Self)) {
        let visitors = self.ledger.visit_after(PAUSE, self.carom.edge());
        eventually(3 * SOON, "all links are known", || self.ledger.answered() >= 200);
        let (began, lasting) = (Instant::now(), chaos::lasting(SHORT));
        begin(&mut self);
        eventually(lasting + SOON, "the fault has lasted", || began.elapsed() >= lasting);
        end(&mut self);
        self.ledger.recovers(&self.carom);
        visitors.leave();
        assert_eq!(self.ledger.unanswered(), 0, "known links that were not redirected");
        self.ledger.close(&[&self.carom], 1);
    }
}

#[test]
fn postgres_is_stopped() {
    Scene::new().ride_out(|scene| scene.cluster.stop(), |scene| scene.cluster.start_again());
}

#[test]
fn postgres_is_killed() {
    Scene::new().ride_out(|scene| scene.cluster.kill(), |scene| scene.cluster.start_again());
}

#[test]
fn postgres_is_frozen() {
    Scene::new().ride_out(|scene| scene.cluster.freeze(), |scene| scene.cluster.thaw());
}

#[test]
fn postgres_is_unreachable() {
    let swallow = |scene: &mut Scene| scene.proxy.set(Fault::BlackHole);
    Scene::new().ride_out(swallow, |scene| scene.proxy.set(Fault::None));
}

#[test]
fn postgres_is_slow() {
    let slow = |scene: &mut Scene| scene.proxy.set(Fault::Delay(Duration::from_secs(2)));
    Scene::new().ride_out(slow, |scene| scene.proxy.set(Fault::None));
}

#[test]
fn the_links_table_is_locked() {
    let mut locking = None;
    let lock = |scene: &mut Scene| {
        let (direct, seconds) = (scene.direct.clone(), chaos::lasting(SHORT).as_secs() + 1);
        locking = Some(thread::spawn(move || {
            let lock = "LOCK TABLE links IN ACCESS EXCLUSIVE MODE";
            execute(&direct, &format!("BEGIN; {lock}; SELECT pg_sleep({seconds}); COMMIT"))
        }));
    };
    Scene::new().ride_out(lock, |_| {});
    let locked = locking.expect("it began").join().expect("no panic");
    locked.expect("it was locked all the time");
}

fn carom_is_restarted_again_and_again(database: Option<&Database>) {
    let mut carom = Carom::start(options(database));
    let ledger = Ledger::new(&carom);
    let rounds = chaos::rounds(3, 4);
    for _ in 0..rounds {
        let visitors = ledger.visit(carom.edge());
        let wanted = ledger.answered() + 500;
        eventually(SOON, "some clicks", || ledger.answered() >= wanted);
        // It ends well, and takes its leave of those it answers.
        carom.restart();
        visitors.wait();
    }
    ledger.recovers(&carom);
    ledger.close(&[&carom], rounds);
}

#[test]
fn carom_is_restarted_again_and_again_on_sqlite() {
    carom_is_restarted_again_and_again(None);
}

#[test]
fn carom_is_restarted_again_and_again_on_postgres() {
    carom_is_restarted_again_and_again(Some(&fresh_database()));
}

#[test]
fn carom_is_killed_and_started_while_postgres_is_away() {
    let mut cluster = Cluster::start();
    let database = cluster.fresh_database();
    let snapshots = options(Some(&database)).set("CAROM_CACHE__SNAPSHOT_INTERVAL_S", 1);
    let mut carom = Carom::start(snapshots);
    carom.key();
    let ledger = Ledger::new(&carom);
    let rounds = chaos::rounds(1, 20);
    for _ in 0..rounds {
        let visitors = ledger.visit(carom.edge());
        let saved = carom.data_dir().join("link-snapshot");
        let is_saved = || saved.metadata().and_then(|it| it.modified()).ok();
        let before = is_saved();
        eventually(3 * SOON, "all links are known", || ledger.answered() >= 200);
        eventually(SOON, "a snapshot with all of them", || is_saved() > before);
        cluster.stop();
        carom.kill();
        visitors.wait();
        carom.restart();
        let visitors = ledger.visit(carom.edge());
        let wanted = ledger.answered() + 1000;
        eventually(SOON, "clicks without the database", || ledger.answered() >= wanted);
        cluster.start_again();
        ledger.recovers(&carom);
        visitors.leave();
    }
    ledger.close(&[&carom], rounds);
}
