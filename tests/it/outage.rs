//! Known links redirect while the database is away, unknown ones are never called absent, and no
//! click is lost by it.

use std::time::{Duration, Instant};

use rusqlite::Connection as Sqlite;

use crate::support::admin::Link;
use crate::support::carom::{Carom, Options};
use crate::support::http::{Connection, Response, get};
use crate::support::postgres::Cluster;
use crate::support::wait::{SOON, eventually};

mod under_load;

/// How soon a visitor learns that an unknown link cannot be looked up.
const LEARNT: Duration = Duration::from_millis(300);

/// For the store to be found well again: a second between two tries, and then some.
const HEALED: Duration = Duration::from_secs(15);

fn follow(carom: &Carom, link: &Link) -> Response {
    get(carom.edge(), &format!("/{}", link.code))
}

/// Links of which some are known to the cache, and some to the store alone.
struct Links {
    known: Vec<Link>,
    stored: Vec<Link>,
}

impl Links {
    fn make(carom: &Carom) -> Self {
        let make = |name: &str| {
            let links =
                (0..4).map(|place| carom.link_to(&format!("https://{name}{place}.example/")));
            links.collect::<Vec<_>>()
        };
        let links = Self { known: make("known"), stored: make("stored") };
        for link in &links.known {
            assert_eq!(follow(carom, link).status, 302);
        }
        links
    }
}

/// What `/readyz` says of redirects and of the store.
fn readiness(carom: &Carom) -> (u16, bool, String) {
    let response = get(carom.admin(), "/readyz");
    let body = response.json();
    let state = body["store"]["state"].as_str().unwrap_or_else(|| panic!("{body}"));
    (response.status, body["ready"].as_bool().unwrap_or_else(|| panic!("{body}")), state.to_owned())
}

/// The whole story of an outage, whatever its kind.
fn an_outage_is_ridden_out(begin: impl FnOnce(&mut Cluster), end: impl FnOnce(&mut Cluster)) {
    let mut cluster = Cluster::start();
    let carom = Carom::start(Options::postgres(&cluster.fresh_database().url));
    let links = Links::make(&carom);
    assert_eq!(readiness(&carom), (200, true, "up".to_owned()));

    begin(&mut cluster);

    let mut answered = 1;
    let mut connection = Connection::open(carom.edge());
    let mut redirect_all = || {
        for link in &links.known {
            connection.send("GET", &format!("/{}", link.code), &[], b"");
            let response = connection.read_response();
            assert_eq!(response.header("location"), Some(link.url.as_str()));
        }
        answered += 1;
    };
    for _ in 0..25 {
        redirect_all();
    }
    unknown_links_get_503(&carom, &links);
    eventually(HEALED, "/readyz knows of it", || {
        redirect_all();
        readiness(&carom) == (200, true, "down".to_owned())
    });

    end(&mut cluster);

    for link in &links.stored {
        eventually(HEALED, "what is stored redirects again", || {
            let response = follow(&carom, link);
            assert!(matches!(response.status, 302 | 503), "never {}", response.status);
            response.status == 302
        });
    }
    assert_eq!(get(carom.edge(), "/never-made").status, 404);
    redirect_all();
    eventually(HEALED, "/readyz knows of that too", || readiness(&carom).2 == "up");
    for link in &links.known {
        eventually(HEALED, "the store has its clicks", || carom.clicks(link).stored >= answered);
        assert_eq!(carom.clicks(link).total, answered, "and has them once");
    }
}

/// Neither absent nor waited for: `503` with a hint, soon.
fn unknown_links_get_503(carom: &Carom, links: &Links) {
    let codes = links.stored.iter().map(|link| link.code.as_str());
    let codes: Vec<_> = codes.chain(["never-made", "nor-this", "nor-that"]).collect();
    let mut times = Vec::new();
    for code in codes.iter().chain(&codes) {
        let began = Instant::now();
        let response = get(carom.edge(), &format!("/{code}"));
        times.push(began.elapsed());
        assert_eq!(response.status, 503, "{code}: {}", response.text());
        let after = response.header("retry-after").expect("when to come again");
        assert!(after.parse::<u32>().is_ok_and(|seconds| seconds > 0), "{after}");
        assert_eq!(response.header("cache-control"), Some("no-store"));
    }
    times.sort_unstable();
    // The median: one answer may be late because the machine was busy with other tests.
    let median = times[times.len() / 2];
    assert!(median <= LEARNT, "the median of {times:?}");
    assert!(times[times.len() - 1] < 5 * LEARNT, "the longest of {times:?}");
}

#[test]
fn known_links_redirect_while_the_database_is_stopped() {
    an_outage_is_ridden_out(Cluster::stop, Cluster::start_again);
}

#[test]
fn known_links_redirect_while_the_database_is_frozen() {
    an_outage_is_ridden_out(|cluster| cluster.freeze(), |cluster| cluster.thaw());
}

#[test]
fn known_links_redirect_after_the_database_was_killed() {
    an_outage_is_ridden_out(Cluster::kill, Cluster::start_again);
}

#[test]
fn clicks_are_counted_once_through_a_database_that_dies_again_and_again() {
    let mut cluster = Cluster::start();
    let database = cluster.fresh_database();
    // Flushing nearly without a pause: a death meets a flush on its way.
    let carom =
        Carom::start(Options::postgres(&database.url).set("CAROM_CLICKS__FLUSH_INTERVAL_MS", 50));
    let link = carom.link_to("https://example.com/");
    let path = format!("/{}", link.code);
    assert_eq!(get(carom.edge(), &path).status, 302);
    let mut answered = 1;
    let mut connection = Connection::open(carom.edge());
    let mut click = |times: usize| {
        for _ in 0..times {
            connection.send("GET", &path, &[], b"");
            assert_eq!(connection.read_response().status, 302);
        }
        answered += times as u64;
        answered
    };

    for _ in 0..3 {
        let before = click(200);
        // Some of them are in the store, so that flushes run.
        eventually(HEALED, "flushes run", || {
            click(20);
            carom.call("GET", &format!("/api/v1/links/{}/clicks", link.id), None).status == 200
                && carom.clicks(&link).stored >= before
        });
        click(50);
        cluster.kill();
        click(200);
        cluster.start_again();
    }

    let answered = click(1);
    let clicks_path = format!("/api/v1/links/{}/clicks", link.id);
    eventually(HEALED, "the store has all of them", || {
        let response = carom.call("GET", &clicks_path, None);
        response.status == 200 && response.json()["stored"].as_u64() >= Some(answered)
    });
    assert_eq!(carom.clicks(&link).total, answered);
}

#[test]
fn what_the_admin_api_cannot_do_now_it_says() {
    let mut cluster = Cluster::start();
    let carom = Carom::start(Options::postgres(&cluster.fresh_database().url));
    let link = carom.link_to("https://example.com/");

    cluster.stop();

    let path = format!("/api/v1/links/{}", link.id);
    for (method, path) in [("GET", path.as_str()), ("GET", "/api/v1/links"), ("DELETE", &path)] {
        let began = Instant::now();
        let response = carom.call(method, path, None);
        assert_eq!(response.status, 503, "{method} {path}: {}", response.text());
        assert_eq!(response.header("content-type"), Some("application/problem+json"));
        assert!(response.header("retry-after").is_some(), "{method} {path}");
        assert!(began.elapsed() < SOON, "{:?}", began.elapsed());
    }
    assert_eq!(get(carom.admin(), "/healthz").status, 200);

    cluster.start_again();
    eventually(HEALED, "it can again", || carom.call("GET", &path, None).status == 200);
}

#[test]
fn clicks_that_cannot_be_flushed_at_the_end_wait_in_the_journal() {
    let mut cluster = Cluster::start();
    let options = Options::postgres(&cluster.fresh_database().url);
    let mut carom = Carom::start(options.set("CAROM_SHUTDOWN__GRACE_MS", 3_000));
    let link = carom.link_to("https://example.com/");
    assert_eq!(follow(&carom, &link).status, 302);
    assert_eq!(carom.stored_clicks(&link, SOON).stored, 1);

    cluster.stop();
    for _ in 0..7 {
        assert_eq!(follow(&carom, &link).status, 302);
    }
    let (status, said) = carom.terminate_and_listen();

    assert!(status.success(), "{status}: {said}");
    assert!(said.contains("clicks=7") && said.contains("wait in the journal"), "{said}");
    cluster.start_again();
    carom.restart();
    assert_eq!(carom.stored_clicks(&link, SOON).total, 8);
}

#[test]
fn clicks_that_have_no_journal_to_wait_in_are_said_to_be_lost() {
    let mut cluster = Cluster::start();
    let options = Options::postgres(&cluster.fresh_database().url);
    let mut carom = Carom::start(options.set("CAROM_SHUTDOWN__GRACE_MS", 3_000));
    carom.key();
    let journal = carom.data_dir().join("journal");
    let status = carom.terminate();
    assert!(status.success(), "{status}");
    std::fs::remove_dir_all(&journal).expect("the journal is there");
    std::fs::write(&journal, "in its place").expect("a file");
    carom.restart();
    assert!(carom.log().contains("there is no journal"), "{}", carom.log());
    let link = carom.link_to("https://example.com/");
    assert_eq!(follow(&carom, &link).status, 302);
    assert_eq!(carom.stored_clicks(&link, SOON).stored, 1, "totals go on");

    cluster.stop();
    for _ in 0..7 {
        assert_eq!(follow(&carom, &link).status, 302);
    }
    let (status, said) = carom.terminate_and_listen();

    assert!(!status.success(), "an exit code that says nothing was lost");
    assert!(said.contains("7 clicks"), "{said}");
}

#[test]
fn a_frozen_database_does_not_hold_up_the_end() {
    let cluster = Cluster::start();
    let options = Options::postgres(&cluster.fresh_database().url);
    let mut carom = Carom::start(options.set("CAROM_SHUTDOWN__GRACE_MS", 2_000));
    let link = carom.link_to("https://example.com/");
    assert_eq!(follow(&carom, &link).status, 302);
    assert_eq!(carom.stored_clicks(&link, SOON).stored, 1);

    cluster.freeze();
    assert_eq!(follow(&carom, &link).status, 302);
    let began = Instant::now();
    let (status, said) = carom.terminate_and_listen();

    assert!(began.elapsed() < Duration::from_secs(4), "after {:?}", began.elapsed());
    assert!(status.success(), "{status}: {said}");
    assert!(said.contains("wait in the journal"), "{said}");
}

#[test]
fn a_locked_file_delays_clicks_and_no_redirect() {
    let carom = Carom::start(Options::sqlite());
    let link = carom.link_to("https://known.example/");
    let cold = carom.link_to("https://cold.example/");
    assert_eq!(follow(&carom, &link).status, 302);
    let other = Sqlite::open(carom.data_dir().join("carom.db")).expect("the store's file");
    other.busy_timeout(SOON).expect("a number");
    other.execute_batch("BEGIN IMMEDIATE").expect("the writer's lock");

    for _ in 0..50 {
        assert_eq!(follow(&carom, &link).status, 302);
        assert_eq!(follow(&carom, &cold).status, 302, "readers do not wait for a writer");
    }

    other.execute_batch("COMMIT").expect("the end of the lock");
    eventually(HEALED, "the store has them", || carom.clicks(&link).stored == 51);
    eventually(HEALED, "the store has them", || carom.clicks(&cold).stored == 50);
}
