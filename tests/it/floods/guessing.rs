//! Floods of unknown codes.

use std::net::Ipv4Addr;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::json;

use crate::support::admin::Link;
use crate::support::carom::{Carom, Options};
use crate::support::http::{Connection, get};
use crate::support::postgres::fresh_database;
use crate::support::wait::{SOON, eventually};

/// How soon a link that was made is known everywhere, and what a busy machine may add.
const KNOWN: Duration = Duration::from_secs(1);
const NOISE: Duration = Duration::from_secs(1);

/// Without the limit of an address: here, all clients have the same.
fn from_everywhere(options: Options) -> Options {
    options.patient().set("CAROM_EDGE__MISSES_PER_ADDRESS_PER_SECOND_MAX", 0)
}

fn known_links(carom: &Carom, count: usize) -> Vec<Link> {
    let link = |place| {
        let link = carom.link_to(&format!("https://{place}.example/"));
        eventually(SOON, "it is known", || {
            get(carom.edge(), &format!("/{}", link.code)).status == 302
        });
        link
    };
    (0..count).map(link).collect()
}

/// What a flood was answered.
#[derive(Debug, Default)]
struct Flood {
    not_found: AtomicU64,
    unavailable: AtomicU64,
}

impl Flood {
    fn answered(&self) -> u64 {
        self.not_found.load(Ordering::SeqCst) + self.unavailable.load(Ordering::SeqCst)
    }

    /// Asks for a new code each time until `is_over`.
    fn run(&self, carom: &Carom, client: usize, is_over: &AtomicBool) {
        let mut connection = Connection::open(carom.edge());
        for guess in 0.. {
            if is_over.load(Ordering::SeqCst) {
                break;
            }
            connection.send("GET", &format!("/guess-{client}-{guess}"), &[], b"");
            let response = connection.read_response();
            match response.status {
                404 => self.not_found.fetch_add(1, Ordering::SeqCst),
                503 => {
                    assert_eq!(response.header("retry-after"), Some("1"));
                    self.unavailable.fetch_add(1, Ordering::SeqCst)
                }
                status => panic!("never {status}"),
            };
        }
    }
}

/// Runs `meanwhile` in a flood of three clients and returns what those were answered.
fn in_a_flood(carom: &Carom, meanwhile: impl FnOnce(&Flood)) -> Flood {
    /// Ends the flood when the test fails, too.
    struct Ends<'a>(&'a AtomicBool);
    impl Drop for Ends<'_> {
        fn drop(&mut self) {
            self.0.store(true, Ordering::SeqCst);
        }
    }
    let (flood, is_over) = (Flood::default(), AtomicBool::new(false));
    thread::scope(|scope| {
        let _ends = Ends(&is_over);
        for client in 0..3 {
            let (flood, is_over) = (&flood, &is_over);
            scope.spawn(move || flood.run(carom, client, is_over));
        }
        meanwhile(&flood);
    });
    flood
}

fn lookups(carom: &Carom) -> u64 {
    carom.metric("loads_total")
}

#[test]
fn guessed_codes_cost_the_store_no_more_than_the_rate_and_known_links_nothing() {
    const RATE: u64 = 100;
    let options = Options::sqlite()
        .set("CAROM_CACHE__LOADS_PER_SECOND_MAX", RATE)
        .set("CAROM_CACHE__LINKS_MAX", 64)
        .set("CAROM_CACHE__FRONT_BYTES", 1024);
    let carom = Carom::start(from_everywhere(options));
    let links = known_links(&carom, 40);
    let loaded_before = carom.metric("lookups_total{layer=\"hit\"}");
    let (before, began) = (lookups(&carom), Instant::now());
    let mut redirects = 0;

    let flood = in_a_flood(&carom, |flood| {
        let mut connection = Connection::open(carom.edge());
        while flood.answered() < 5_000 || began.elapsed() < Duration::from_secs(3) {
            for link in &links {
                connection.send("GET", &format!("/{}", link.code), &[], b"");
                let response = connection.read_response();
                assert_eq!(response.header("location"), Some(link.url.as_str()));
                redirects += 1;
            }
        }
    });

    // A burst of a second's worth, and the rate.
    let allowed = RATE as f64 * (1.0 + began.elapsed().as_secs_f64());
    let cost = lookups(&carom) - before;
    assert!(cost as f64 <= allowed, "{cost} lookups, {allowed} allowed: {flood:?}");
    assert!(flood.not_found.load(Ordering::SeqCst) <= cost, "{cost} lookups: {flood:?}");
    assert!(flood.unavailable.load(Ordering::SeqCst) > 0, "it was no flood: {flood:?}");
    let hits = carom.metric("lookups_total{layer=\"hit\"}") - loaded_before;
    assert_eq!(hits, redirects, "every visit of a known link was a hit");
    let refused = carom.metric("loads_refused_total{reason=\"rate\"}");
    assert_eq!(refused, flood.unavailable.load(Ordering::SeqCst), "all of them for that reason");
}

#[test]
fn guessed_codes_take_no_more_memory_than_their_cache_may() {
    const GROWTH_MAX_KIB: u64 = 4 * 1024;
    let options = Options::sqlite()
        .set("CAROM_CACHE__LOADS_PER_SECOND_MAX", 0)
        .set("CAROM_CACHE__ABSENT_MAX", 1_000)
        .set("CAROM_CACHE__ABSENT_TTL_MS", 600_000);
    let carom = Carom::start(from_everywhere(options));
    let mut full = 0;

    in_a_flood(&carom, |flood| {
        eventually(6 * SOON, "the cache is full", || flood.answered() >= 4_000);
        full = carom.own_memory_kib();
        eventually(12 * SOON, "many more", || flood.answered() >= 24_000);
        let now = carom.own_memory_kib();
        // Kept, 20,000 codes would take some 3 MiB more, and their tasks and slots more than that.
        assert!(now < full + GROWTH_MAX_KIB, "{full} KiB when it was full, then {now} KiB");
    });
}

#[test]
fn a_link_made_on_a_code_that_was_absent_answers_within_a_second() {
    let database = fresh_database();
    let options = || {
        // Far longer than this test: it must be forgotten, not grow old.
        from_everywhere(Options::postgres(&database.url)).set("CAROM_CACHE__ABSENT_TTL_MS", 600_000)
    };
    let maker = Carom::start(options());
    let other = Carom::start(options().key(maker.key()));

    let flood = in_a_flood(&other, |flood| {
        for round in 0..5 {
            let code = format!("wanted-{round}");
            let path = format!("/{code}");
            eventually(SOON, "absent here", || get(maker.edge(), &path).status == 404);
            eventually(SOON, "absent there", || get(other.edge(), &path).status == 404);
            eventually(SOON, "a flood", || flood.answered() > round * 100);
            maker.create_link(&json!({ "url": "https://example.com/", "code": code }));
            let began = Instant::now();
            assert_eq!(get(maker.edge(), &path).status, 302, "at once where it was made");
            eventually(SOON, "it is known there", || get(other.edge(), &path).status == 302);
            let took = began.elapsed();
            assert!(took < KNOWN + NOISE, "after {took:?}");
        }
    });
    assert!(flood.not_found.load(Ordering::SeqCst) > 0);
}

#[test]
fn an_address_that_guesses_is_told_to_slow_down_and_no_other() {
    const RATE: u64 = 5;
    /// Four seconds' worth.
    const BURST: u64 = 4 * RATE;
    let options = Options::sqlite().patient();
    let carom = Carom::start(options.set("CAROM_EDGE__MISSES_PER_ADDRESS_PER_SECOND_MAX", RATE));
    let link = carom.link_to("https://example.com/");
    let known = format!("/{}", link.code);
    let ask = |connection: &mut Connection, path: &str| {
        connection.send("GET", path, &[], b"");
        connection.read_response()
    };
    let mut other = Connection::open_from(Ipv4Addr::new(127, 0, 0, 2).into(), carom.edge());
    assert_eq!(ask(&mut other, &known).status, 302);
    let (mut guesser, began) = (Connection::open(carom.edge()), Instant::now());

    let mut statuses = Vec::new();
    for guess in 0..200 {
        let response = ask(&mut guesser, &format!("/guess-{guess}"));
        if response.status == 429 {
            assert_eq!(response.header("retry-after"), Some("1"));
            assert_eq!(response.header("cache-control"), Some("no-store"));
            assert!(response.text().contains("try again"), "{}", response.text());
        }
        statuses.push(response.status);
        assert_eq!(ask(&mut guesser, &known).status, 302, "known links are no guesses");
    }

    let count = |status| statuses.iter().filter(|it| **it == status).count() as u64;
    assert_eq!(count(404) + count(429), 200, "{statuses:?}");
    let more = RATE * began.elapsed().as_secs() + RATE;
    assert!(
        (BURST..=BURST + more).contains(&count(404)),
        "{} in {:?}",
        count(404),
        began.elapsed()
    );
    assert_eq!(carom.metric("answers_total{answer=\"limited\"}"), count(429));
    // Its first visit of the link was one as well.
    for guess in 1..BURST {
        assert_eq!(ask(&mut other, &format!("/other-{guess}")).status, 404, "others may guess");
    }
    eventually(SOON, "it may ask again", || ask(&mut guesser, "/one-more").status == 404);
}
