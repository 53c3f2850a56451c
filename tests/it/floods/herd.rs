//! Crowds at links that are not in memory. Postgres itself says what it was asked.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

use crate::support::carom::{Carom, Options};
use crate::support::crowd::{Answers, Crowd, as_many_of};
use crate::support::http::{Connection, get};
use crate::support::locked::Locked;
use crate::support::postgres::{Cluster, Database};
use crate::support::sql::execute;
use crate::support::wait::{SOON, eventually};

/// Clients at one link.
const HERD: usize = 10_000;

/// Two herds at once would take more descriptors than many machines allow this process.
fn one_herd_at_a_time() -> MutexGuard<'static, ()> {
    static HERDS: Mutex<()> = Mutex::new(());
    HERDS.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Different cold links that are asked for at once.
const COLD: usize = 1_000;

/// For thousands of connections on a busy machine.
const IN_TIME: Duration = Duration::from_secs(60);

/// How a redirect's lookup begins in the server's log.
const LOOKUP: &str = "SELECT id, workspace_id, url, status, state, expires_at, max_clicks, \
                      not_before, fallback_url, cache_seconds, forwards_query, password FROM links \
                      WHERE domain_id = $1 AND code = $2 ";

/// A server whose Postgres writes down every statement and every connection.
struct Written {
    cluster: Cluster,
    database: Database,
    carom: Carom,
}

impl Written {
    fn start(set: impl FnOnce(Options) -> Options) -> Self {
        let cluster = Cluster::start();
        for sql in [
            "ALTER SYSTEM SET log_statement = 'all'",
            "ALTER SYSTEM SET log_connections = on",
            "SELECT pg_reload_conf()",
        ] {
            execute(&cluster.url(), sql).expect("we are a superuser");
        }
        let database = cluster.fresh_database();
        let carom = Carom::start(set(Options::postgres(&database.url)));
        Self { cluster, database, carom }
    }

    /// Lookups so far: those that were run, and those that failed before they could be.
    fn lookups(&self) -> usize {
        let log = self.cluster.log();
        let words = log.split_whitespace().collect::<Vec<_>>().join(" ");
        words.matches(LOOKUP).count()
    }

    /// Connections of the server so far.
    fn connections(&self) -> usize {
        let log = self.cluster.log();
        let is_ours = |line: &&str| {
            line.contains("connection authorized") && line.contains("application_name=carom")
        };
        log.lines().filter(is_ours).count()
    }

    /// Waits until so many are connected.
    fn all_are_there(&self, count: usize) {
        let accepted = || self.carom.metric("connections_total{event=\"accepted\"}");
        eventually(IN_TIME, "all are accepted", || accepted() >= count as u64);
    }
}

/// Room for a herd from one address. Its lookups may wait as long as a lock does.
fn for_a_herd(options: Options) -> Options {
    options
        .patient()
        .set("CAROM_EDGE__CONNECTIONS_PER_ADDRESS_MAX", 0)
        .set("CAROM_STORE__STATEMENT_TIMEOUT_MS", 10_000)
}

fn all(status: u16, count: usize) -> Answers {
    Answers::from([(status, count)])
}

#[test]
fn ten_thousand_clients_of_a_cold_link_are_one_query_though_the_first_hangs_up() {
    let _turn = one_herd_at_a_time();
    let written = Written::start(for_a_herd);
    let link = written.carom.link_to("https://example.com/");
    let path = format!("/{}", link.code);
    let count = as_many_of(HERD);
    let mut herd = Crowd::come(written.carom.edge(), count);
    assert_eq!(herd.len(), count);
    written.all_are_there(count);
    let locked = Locked::links(&written.database.url);

    let mut first = Connection::open(written.carom.edge());
    first.send("GET", &path, &[], b"");
    eventually(SOON, "its lookup waits", || locked.waiting().len() == 1);
    drop(first);
    herd.ask(|_| path.clone());
    assert_eq!(locked.waiting().len(), 1, "nobody brought another");
    locked.release();

    assert_eq!(herd.answers(), all(302, count));
    assert_eq!(written.lookups(), 1);
    herd.ask(|_| path.clone());
    assert_eq!(herd.answers(), all(302, count));
    assert_eq!(written.lookups(), 1, "and what it found is kept");
}

#[test]
fn ten_thousand_clients_of_a_cold_link_are_one_query_though_it_fails() {
    let _turn = one_herd_at_a_time();
    let written = Written::start(for_a_herd);
    let link = written.carom.link_to("https://example.com/");
    let path = format!("/{}", link.code);
    let count = as_many_of(HERD);
    let mut herd = Crowd::come(written.carom.edge(), count);
    written.all_are_there(count);
    let locked = Locked::links(&written.database.url);

    herd.ask(|_| path.clone());
    eventually(SOON, "a lookup waits", || locked.waiting().len() == 1);
    // As many as could be read meanwhile wait for it; whoever comes late must not be many queries.
    locked.kill_waiting();
    eventually(SOON, "the lookup has ended", || written.carom.metric("loads_failed_total") >= 1);
    locked.release();

    let answers = herd.answers();
    let failed = answers.get(&503).copied().unwrap_or(0);
    let found = answers.get(&302).copied().unwrap_or(0);
    assert_eq!(failed + found, count, "{answers:?}");
    assert!(failed > 0, "{answers:?}");
    // One that failed and, if somebody came after it, one that did not.
    assert!(written.lookups() <= 1 + usize::from(found > 0), "{answers:?}");
    herd.ask(|_| path.clone());
    assert_eq!(herd.answers(), all(302, count));
    assert_eq!(written.lookups(), 2);
}

#[test]
fn a_thousand_cold_links_at_once_open_no_more_than_the_pools_connections() {
    let written = Written::start(|options| options);
    let carom = &written.carom;
    let links: Vec<_> =
        (0..COLD).map(|place| carom.link_to(&format!("https://{place}.example/"))).collect();
    let path = |place: usize| format!("/{}", links[place].code);
    let mut crowd = Crowd::come(carom.edge(), COLD);
    written.all_are_there(COLD);
    let before = written.connections();

    crowd.ask(path);
    let answers = crowd.answers();

    let (found, told) = (answers.get(&302).unwrap_or(&0), answers.get(&503).unwrap_or(&0));
    assert_eq!(found + told, COLD, "{answers:?}");
    // Four by default; the log names each that was ever made.
    let opened = written.connections() - before;
    assert!((1..=4).contains(&opened), "{opened}");
    assert!(written.lookups() <= COLD, "{} lookups", written.lookups());
    assert_eq!(
        carom.metric("loads_refused_total{reason=\"breaker\"}"),
        0,
        "a crowd is no sickness"
    );
    thread::scope(|scope| {
        for half in links.chunks(COLD / 2) {
            scope.spawn(move || {
                for link in half {
                    let response = get(carom.edge(), &format!("/{}", link.code));
                    assert_eq!(response.status, 302, "who comes again is served");
                }
            });
        }
    });
}
