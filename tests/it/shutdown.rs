//! Leaving: no click is lost, nobody is kept waiting, and the next start finds everything.

use std::fs;
use std::net::SocketAddr;
use std::os::unix::fs::PermissionsExt as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use crate::support::admin::Link;
use crate::support::carom::{Carom, Options};
use crate::support::http::{Connection, get};
use crate::support::postgres::fresh_database;
use crate::support::process::{Signal, send};
use crate::support::wait::{SOON, eventually};

mod crowded;

/// The grace time of these tests, which is not the default: nothing should need it.
const GRACE: Duration = Duration::from_secs(5);

/// For a busy machine to notice that a process has ended.
const NOTICED: Duration = Duration::from_secs(2);

fn with_grace(options: Options) -> Options {
    options.set("CAROM_SHUTDOWN__GRACE_MS", GRACE.as_millis())
}

/// One thread reads connections in the order in which they have something to say.
fn with_one_thread(options: Options) -> Options {
    options.set("CAROM_EDGE__THREADS", 1)
}

/// A request that has begun and will not end, and that the server has read. For a server of one
/// thread: a later request was answered.
fn half_a_request(carom: &Carom) -> Connection {
    let mut half = Connection::open(carom.edge());
    half.send_raw(b"GET /half HTTP/1.1\r\nHost: a\r\n");
    assert_eq!(get(carom.edge(), "/unknown").status, 404);
    half
}

/// Visitors who follow one link over and over until nobody answers.
struct Visitors {
    requested: Arc<AtomicU64>,
    answered: Arc<AtomicU64>,
    threads: Vec<thread::JoinHandle<()>>,
}

impl Visitors {
    fn come(edge: SocketAddr, link: &Link, count: usize) -> Self {
        let (requested, answered) = (Arc::new(AtomicU64::new(0)), Arc::new(AtomicU64::new(0)));
        let visit = || {
            let path = format!("/{}", link.code);
            let (requested, answered) = (Arc::clone(&requested), Arc::clone(&answered));
            thread::spawn(move || {
                while let Ok(mut connection) = Connection::try_open(edge) {
                    // A connection that ends is no end of the visit: the port may still be open.
                    loop {
                        requested.fetch_add(1, Ordering::SeqCst);
                        let sent = connection.try_send("GET", &path, &[], b"");
                        let Ok(response) = sent.and_then(|()| connection.try_read_response())
                        else {
                            break;
                        };
                        assert_eq!(response.status, 302);
                        answered.fetch_add(1, Ordering::SeqCst);
                        if response.closes() {
                            break;
                        }
                    }
                }
            })
        };
        let threads = (0..count).map(|_| visit()).collect();
        Self { requested, answered, threads }
    }

    fn answered(&self) -> u64 {
        self.answered.load(Ordering::SeqCst)
    }

    /// How often the link was asked for and how often it was answered, once all have gone.
    fn leave(self) -> (u64, u64) {
        for visitor in self.threads {
            visitor.join().expect("every answer was right");
        }
        let [requested, answered] = [self.requested, self.answered];
        (requested.load(Ordering::SeqCst), answered.load(Ordering::SeqCst))
    }
}

fn no_click_is_lost(mut carom: Carom, signal: Signal) {
    let links = [carom.link_to("https://one.example/"), carom.link_to("https://two.example/")];
    let crowds: Vec<_> = links.iter().map(|link| Visitors::come(carom.edge(), link, 2)).collect();
    eventually(SOON, "there is a crowd", || crowds.iter().all(|crowd| crowd.answered() > 300));
    carom.key();

    let began = Instant::now();
    let status = carom.end_by(signal);
    let took = began.elapsed();

    assert!(status.success(), "{signal:?}: {status}");
    assert!(took < GRACE + NOTICED, "{signal:?}: after {took:?}");
    let crowds: Vec<_> = crowds.into_iter().map(Visitors::leave).collect();
    carom.restart();
    for (link, (requested, answered)) in links.iter().zip(crowds) {
        let counted = carom.clicks(link).total;
        assert!(
            (answered..=requested).contains(&counted),
            "answered {answered} ≤ counted {counted} ≤ requested {requested}"
        );
    }
}

#[test]
fn sigterm_under_load_loses_no_click_on_sqlite() {
    no_click_is_lost(Carom::start(with_grace(Options::sqlite())), Signal::Term);
}

#[test]
fn sigterm_under_load_loses_no_click_on_postgres() {
    let database = fresh_database();
    let carom = Carom::start(with_grace(Options::postgres(&database.url)));
    no_click_is_lost(carom, Signal::Term);
}

#[test]
fn sigint_under_load_loses_no_click() {
    no_click_is_lost(Carom::start(with_grace(Options::sqlite())), Signal::Int);
}

#[test]
fn idle_connections_are_closed_and_do_not_delay_the_end() {
    let mut carom = Carom::start(with_grace(Options::sqlite()));
    let link = carom.link_to("https://example.com/");
    let mut silent = Connection::open(carom.edge());
    let mut idle = Connection::open(carom.edge());
    idle.send("GET", &format!("/{}", link.code), &[], b"");
    assert_eq!(idle.read_response().status, 302);
    let mut idle_admin = Connection::open(carom.admin());
    idle_admin.send("GET", "/healthz", &[], b"");
    assert_eq!(idle_admin.read_response().status, 200);

    let began = Instant::now();
    let status = carom.terminate();

    assert!(status.success(), "{status}");
    assert!(began.elapsed() < GRACE / 2, "after {:?}", began.elapsed());
    for connection in [&mut silent, &mut idle, &mut idle_admin] {
        assert_eq!(connection.read_to_close(NOTICED), b"");
    }
}

#[test]
fn a_request_that_never_ends_is_cut_off_in_time() {
    let mut carom = Carom::start(with_one_thread(with_grace(Options::sqlite())));
    let link = carom.link_to("https://example.com/");
    let _half = half_a_request(&carom);
    assert_eq!(get(carom.edge(), &format!("/{}", link.code)).status, 302);
    carom.key();

    let began = Instant::now();
    let status = carom.terminate();

    assert!(status.success(), "what was answered was saved: {status}");
    let took = began.elapsed();
    assert!((GRACE / 2..GRACE + NOTICED).contains(&took), "after {took:?}");
    carom.restart();
    assert_eq!(carom.clicks(&link).total, 1);
}

#[test]
fn a_second_signal_ends_it_at_once() {
    let patient = Options::sqlite().set("CAROM_SHUTDOWN__GRACE_MS", 60_000);
    let mut carom = Carom::start(with_one_thread(patient));
    let _half = half_a_request(&carom);

    send(Signal::Term, &[carom.pid()]);
    eventually(SOON, "it leaves", || carom.log().contains("another signal"));
    let began = Instant::now();
    let status = carom.terminate();

    assert_eq!(status.code(), Some(143));
    assert!(began.elapsed() < SOON, "after {:?}", began.elapsed());
}

fn everything_is_there_again(mut carom: Carom) {
    let links = [carom.link_to("https://one.example/"), carom.link_to("https://two.example/")];
    for _ in 0..2 {
        for link in &links {
            let response = get(carom.edge(), &format!("/{}", link.code));
            assert_eq!(response.header("location"), Some(link.url.as_str()));
            let shown = carom.call("GET", &format!("/api/v1/links/{}", link.id), None);
            assert_eq!(shown.json()["url"], link.url.as_str());
        }
        carom.restart();
    }
    let mut shown = carom.command(&["link", "show", &links[0].code, "--json"]);
    let output = shown.output().expect("the program runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout).expect("text");
    let body: serde_json::Value = serde_json::from_str(&text).expect("JSON");
    assert_eq!(body["url"], links[0].url.as_str());
}

#[test]
fn the_next_start_answers_the_same_links_on_sqlite() {
    everything_is_there_again(Carom::start(Options::sqlite()));
}

#[test]
fn the_next_start_answers_the_same_links_on_postgres() {
    let database = fresh_database();
    everything_is_there_again(Carom::start(Options::postgres(&database.url)));
}

fn what_is_stored_survives_a_kill(mut carom: Carom) {
    let link = carom.link_to("https://example.com/");
    let path = format!("/{}", link.code);
    for _ in 0..50 {
        assert_eq!(get(carom.edge(), &path).status, 302);
    }
    assert_eq!(carom.stored_clicks(&link, SOON).stored, 50);
    let late = carom.link_to("https://late.example/");
    for _ in 0..10 {
        assert_eq!(get(carom.edge(), &path).status, 302);
    }

    carom.kill();
    carom.restart();

    for link in [&link, &late] {
        let response = get(carom.edge(), &format!("/{}", link.code));
        assert_eq!(response.header("location"), Some(link.url.as_str()));
    }
    // Between what was stored and what was answered, the one after the restart included.
    let counted = carom.clicks(&link).total;
    assert!((51..=61).contains(&counted), "{counted}");
}

#[test]
fn what_is_stored_survives_a_kill_on_sqlite() {
    what_is_stored_survives_a_kill(Carom::start(Options::sqlite()));
}

#[test]
fn what_is_stored_survives_a_kill_on_postgres() {
    let database = fresh_database();
    what_is_stored_survives_a_kill(Carom::start(Options::postgres(&database.url)));
}

#[test]
fn the_first_key_is_for_its_owner_alone_and_is_given_away_once() {
    let mut carom = Carom::start(Options::sqlite());
    let file = carom.key_file();
    let metadata = fs::metadata(&file).expect("the key's file");
    assert_eq!(metadata.permissions().mode() & 0o777, 0o600, "{}", file.display());
    assert!(file.is_absolute());
    let key = carom.key().to_owned();
    assert!(key.starts_with("carom_"));
    assert!(!carom.log().contains(&key) && !carom.printed().contains(&key));

    fs::remove_file(&file).expect("the key is safe elsewhere");
    carom.restart();

    assert!(!file.exists(), "a store that has a key gets no other");
    assert!(!carom.printed().contains("first key"), "{}", carom.printed());
    carom.link_to("https://example.com/");
}
