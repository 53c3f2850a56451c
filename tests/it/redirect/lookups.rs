//! How many lookups visitors of a cold link cost, and who can disturb one.

use std::net::SocketAddr;
use std::thread;

use tokio_postgres::{Client, NoTls};

use crate::support::carom::{Carom, Options};
use crate::support::http::{Connection, get};
use crate::support::postgres::{Database, fresh_database};
use crate::support::wait::{SOON, eventually};

/// A server on Postgres that waits for its lookups as long as these tests hold them up.
fn patient_server() -> (Carom, Database) {
    let database = fresh_database();
    let options = Options::postgres(&database.url).set("CAROM_CACHE__LOAD_BUDGET_MS", 2_000);
    (Carom::start(options), database)
}

/// A count of `/metrics`.
fn counted(carom: &Carom, name: &str) -> u64 {
    let metrics = get(carom.admin(), "/metrics");
    let count = metrics.text().lines().find_map(|line| line.strip_prefix(name));
    let count = count.and_then(|count| count.trim().parse().ok());
    count.unwrap_or_else(|| panic!("`{name}`: {}", metrics.text()))
}

/// Answers that waited for a lookup.
fn looked_up(carom: &Carom) -> u64 {
    counted(carom, "carom_lookups_total{layer=\"load\"}")
}

/// Runs `meanwhile` while every lookup of a link waits for a lock on the links. What it is given
/// tells how many do.
fn while_lookups_wait(database: &Database, meanwhile: impl FnOnce(&dyn Fn() -> usize)) {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let client = async || -> Client {
        let (client, connection) =
            tokio_postgres::connect(&database.url, NoTls).await.expect("the server");
        tokio::spawn(connection);
        client
    };
    let (blocker, watcher) = runtime.block_on(async {
        let blocker = client().await;
        blocker
            .batch_execute("BEGIN; LOCK TABLE links IN ACCESS EXCLUSIVE MODE")
            .await
            .expect("the lock");
        (blocker, client().await)
    });
    let waiting = || {
        let sql = "SELECT 1 FROM pg_locks WHERE NOT granted AND relation = 'links'::regclass";
        runtime.block_on(watcher.query(sql, &[])).expect("an answer").len()
    };
    meanwhile(&waiting);
    runtime.block_on(blocker.batch_execute("ROLLBACK")).expect("the end of the lock");
}

/// A visitor who has asked and waits for the answer.
fn visitor(edge: SocketAddr, path: &str) -> Connection {
    let mut visitor = Connection::open(edge);
    visitor.send("GET", path, &[], b"");
    visitor
}

#[test]
fn many_visitors_of_a_cold_link_cost_one_lookup() {
    let (carom, database) = patient_server();
    let link = carom.link_to("https://example.com/");
    let path = format!("/{}", link.code);
    let mut visitors = Vec::new();

    while_lookups_wait(&database, |waiting| {
        visitors.extend((0..30).map(|_| visitor(carom.edge(), &path)));
        eventually(SOON, "all of them are there", || {
            counted(&carom, "carom_connections_total{event=\"accepted\"}") >= 30
        });
        eventually(SOON, "a lookup waits", || waiting() > 0);
        // A second one would wait beside it.
        for _ in 0..5 {
            assert_eq!(waiting(), 1);
            visitors.push(visitor(carom.edge(), &path));
        }
    });

    for visitor in &mut visitors {
        assert_eq!(visitor.read_response().status, 302);
    }
    assert_eq!(carom.clicks(&link).total, 35);
}

#[test]
fn a_visitor_who_leaves_does_not_take_the_lookup_along() {
    let (carom, database) = patient_server();
    let link = carom.link_to("https://example.com/");
    let path = format!("/{}", link.code);
    let mut second = None;

    while_lookups_wait(&database, |waiting| {
        let first = visitor(carom.edge(), &path);
        eventually(SOON, "a lookup waits", || waiting() == 1);
        second = Some(visitor(carom.edge(), &path));
        drop(first);
        assert_eq!(waiting(), 1);
    });

    assert_eq!(second.expect("a visitor").read_response().status, 302);
    let before = looked_up(&carom);
    assert_eq!(get(carom.edge(), &path).status, 302);
    assert_eq!(looked_up(&carom), before, "what it found is kept");
}

#[test]
fn known_and_absent_codes_cost_no_lookup() {
    let (carom, _database) = patient_server();
    let link = carom.link_to("https://example.com/");
    let path = format!("/{}", link.code);
    assert_eq!(get(carom.edge(), &path).status, 302);
    assert_eq!(get(carom.edge(), "/absent").status, 404);
    let before = looked_up(&carom);

    thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                let mut connection = Connection::open(carom.edge());
                for _ in 0..50 {
                    connection.send("GET", &path, &[], b"");
                    assert_eq!(connection.read_response().status, 302);
                    connection.send("GET", "/absent", &[], b"");
                    assert_eq!(connection.read_response().status, 404);
                }
            });
        }
    });

    // The absence is remembered for 3 s, which a busy machine may take; then all four may ask.
    let lookups = looked_up(&carom) - before;
    assert!(lookups <= 8, "{lookups} of 400 were looked up");
}

#[test]
fn lookups_that_wait_do_not_hold_up_known_links() {
    let (carom, database) = patient_server();
    let known = carom.link_to("https://known.example/");
    let known = format!("/{}", known.code);
    assert_eq!(get(carom.edge(), &known).status, 302);
    let colder = carom.link_to("https://colder.example/");
    let cold: Vec<_> =
        (0..20).map(|place| carom.link_to(&format!("https://{place}.example/"))).collect();
    let mut visitors = Vec::new();

    while_lookups_wait(&database, |waiting| {
        visitors.extend(cold.iter().map(|link| visitor(carom.edge(), &format!("/{}", link.code))));
        eventually(SOON, "lookups wait", || waiting() > 1);
        for _ in 0..100 {
            assert_eq!(get(carom.edge(), &known).status, 302);
        }
    });

    for visitor in &mut visitors {
        let status = visitor.read_response().status;
        assert!(matches!(status, 302 | 503), "never {status}");
    }
    // A queue at the store is no sickness: who comes now is served.
    assert_eq!(get(carom.edge(), &format!("/{}", colder.code)).status, 302);
    for link in &cold {
        eventually(SOON, "what waited in vain redirects", || {
            get(carom.edge(), &format!("/{}", link.code)).status == 302
        });
    }
}
