//! Five ways for a database to fail, under steady load: what visitors see, what it costs the server,
//! and how soon it is over.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use super::{HEALED, LEARNT, follow};
use crate::support::admin::Link;
use crate::support::carom::{Carom, Options};
use crate::support::http::Connection;
use crate::support::locked::Locked;
use crate::support::postgres::{Cluster, Database};
use crate::support::proxy::{Fault, Proxy};
use crate::support::wait::{SOON, eventually};

/// How long a fault lasts.
const FAULT: Duration = Duration::from_secs(5);

/// Visitors who follow known links, and visitors who ask for links that nobody knows.
const KNOWING: usize = 2;
const ASKING: usize = 6;

/// `cache.loads_max`, by default.
const LOADS_MAX: u64 = 256;

/// What an outage may cost: batches of clicks that wait to be flushed are built once.
const GROWTH_MAX_KIB: u64 = 32 * 1024;

/// A Postgres that can fail, and the network before it.
struct Place {
    cluster: Cluster,
    proxy: Proxy,
    /// Past the proxy.
    database: Database,
    locked: Option<Locked>,
}

impl Place {
    fn new() -> Self {
        let cluster = Cluster::start();
        let proxy = Proxy::to(cluster.address());
        let database = cluster.fresh_database();
        Self { cluster, proxy, database, locked: None }
    }
}

/// Says to visitors that it is over, also when a test fails.
struct Ends<'a>(&'a AtomicBool);

impl Drop for Ends<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::SeqCst);
    }
}

/// Follows known links: there is no answer but the right one.
fn follow_all(carom: &Carom, links: &[Link], answered: &AtomicU64, is_over: &AtomicBool) {
    let mut connection = Connection::open(carom.edge());
    while !is_over.load(Ordering::SeqCst) {
        for link in links {
            connection.send("GET", &format!("/{}", link.code), &[], b"");
            let response = connection.read_response();
            assert_eq!(response.header("location"), Some(link.url.as_str()));
            answered.fetch_add(1, Ordering::SeqCst);
        }
    }
}

/// Asks for links that are in the store and for codes that are not: none of them is absent now.
/// Returns how long each `503` took.
fn ask_all(carom: &Carom, codes: &[&str], is_over: &AtomicBool) -> Vec<Duration> {
    let mut connection = Connection::open(carom.edge());
    let mut times = Vec::new();
    for code in codes.iter().cycle() {
        if is_over.load(Ordering::SeqCst) {
            break;
        }
        let began = Instant::now();
        connection.send("GET", &format!("/{code}"), &[], b"");
        let response = connection.read_response();
        times.push(began.elapsed());
        assert_eq!(response.status, 503, "{code}: {}", response.text());
        assert_eq!(response.header("retry-after"), Some("1"));
        assert_eq!(response.header("cache-control"), Some("no-store"));
    }
    times
}

/// What the server was seen to use while the fault lasted.
#[derive(Debug, Default)]
struct Used {
    memory_kib: u64,
    loads: u64,
    /// How long visitors waited for their `503`, sorted.
    times: Vec<Duration>,
}

/// Asks for what is not known, by many visitors at once, for as long as the fault lasts.
fn ask_during_the_fault(carom: &Carom, codes: &[&str]) -> Used {
    let (is_over, began) = (AtomicBool::new(false), Instant::now());
    thread::scope(|scope| {
        let ends = Ends(&is_over);
        let asking: Vec<_> =
            (0..ASKING).map(|_| scope.spawn(|| ask_all(carom, codes, &is_over))).collect();
        let mut used = Used::default();
        eventually(6 * SOON, "the fault has lasted", || {
            used.memory_kib = used.memory_kib.max(carom.own_memory_kib());
            used.loads = used.loads.max(carom.metric("loads_under_way"));
            began.elapsed() > FAULT
        });
        drop(ends);
        used.times = asking.into_iter().flat_map(|it| it.join().expect("never absent")).collect();
        used.times.sort_unstable();
        used
    })
}

fn is_ridden_out(begin: impl FnOnce(&mut Place), end: impl FnOnce(&mut Place)) {
    let mut place = Place::new();
    let carom = Carom::start(Options::postgres(&place.proxy.url(&place.database.url)));
    let make = |name: &str, count: usize| -> Vec<Link> {
        let url = |number| format!("https://{name}{number}.example/");
        (0..count).map(|number| carom.link_to(&url(number))).collect()
    };
    let (known, cold) = (make("known", 5), make("cold", 12));
    for link in &known {
        eventually(SOON, "it is known", || follow(&carom, link).status == 302);
    }
    let codes = cold.iter().map(|link| link.code.as_str());
    let codes: Vec<_> = codes.chain(["never-made", "nor-this"]).collect();
    let absent = || carom.metric("lookups_total{layer=\"absent\"}");
    let (answered, is_over) = (AtomicU64::new(0), AtomicBool::new(false));
    let healed_after = thread::scope(|scope| {
        let _ends = Ends(&is_over);
        for _ in 0..KNOWING {
            scope.spawn(|| follow_all(&carom, &known, &answered, &is_over));
        }
        // The first batches of clicks make tables of their own.
        eventually(6 * SOON, "it is warm", || answered.load(Ordering::SeqCst) > 3_000);
        let (memory, absent_before) = (carom.own_memory_kib(), absent());

        begin(&mut place);
        let before = answered.load(Ordering::SeqCst);
        let used = ask_during_the_fault(&carom, &codes);
        let meanwhile = answered.load(Ordering::SeqCst) - before;
        let began = Instant::now();
        end(&mut place);
        for link in &cold {
            eventually(HEALED, "what is stored redirects again", || {
                let response = follow(&carom, link);
                assert!(matches!(response.status, 302 | 503), "never {}", response.status);
                response.status == 302
            });
        }

        assert!(meanwhile > 500, "{meanwhile} known links meanwhile");
        assert_soon(&used.times);
        assert!(used.loads <= LOADS_MAX, "{} lookups under way", used.loads);
        let growth = used.memory_kib.saturating_sub(memory);
        assert!(growth < GROWTH_MAX_KIB, "{memory} KiB before, up to {} KiB", used.memory_kib);
        assert_eq!(absent(), absent_before, "nothing was remembered as absent");
        eventually(HEALED, "no lookup is left over", || carom.metric("loads_under_way") == 0);
        began.elapsed()
    });
    assert!(healed_after < HEALED, "only after {healed_after:?}");
    assert_eq!(follow(&carom, &cold[0]).status, 302);
}

/// A machine with other work is late now and then: nearly all come in time, and none far from it.
fn assert_soon(times: &[Duration]) {
    assert!(times.len() > 50, "{} answers", times.len());
    let (median, most) = (times[times.len() / 2], times[times.len() * 95 / 100]);
    let longest = times[times.len() - 1];
    assert!(median <= LEARNT, "the median is {median:?}");
    assert!(most <= 2 * LEARNT, "19 of 20 within {most:?}");
    assert!(longest < 5 * LEARNT, "the longest took {longest:?}");
}

#[test]
fn a_database_that_is_stopped_is_ridden_out_under_load() {
    is_ridden_out(|place| place.cluster.stop(), |place| place.cluster.start_again());
}

#[test]
fn a_database_that_is_frozen_is_ridden_out_under_load() {
    is_ridden_out(|place| place.cluster.freeze(), |place| place.cluster.thaw());
}

#[test]
fn a_database_behind_a_black_hole_is_ridden_out_under_load() {
    is_ridden_out(
        |place| place.proxy.set(Fault::BlackHole),
        |place| {
            // No end of a connection is told: whoever has one must find out by itself.
            place.proxy.lose_all();
            place.proxy.set(Fault::None);
        },
    );
}

#[test]
fn a_database_whose_links_are_locked_is_ridden_out_under_load() {
    is_ridden_out(
        |place| place.locked = Some(Locked::links(&place.database.url)),
        |place| place.locked.take().expect("a lock").release(),
    );
}

#[test]
fn a_database_that_takes_two_seconds_for_each_answer_is_ridden_out_under_load() {
    is_ridden_out(
        |place| place.proxy.set(Fault::Delay(Duration::from_secs(2))),
        |place| place.proxy.set(Fault::None),
    );
}
