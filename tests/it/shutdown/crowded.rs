//! Leaving while others are there: whoever is idle is let go politely, whoever has asked is answered.

use std::io::ErrorKind;
use std::time::{Duration, Instant};

use super::{GRACE, NOTICED, with_grace, with_one_thread};
use crate::support::carom::{Carom, Options};
use crate::support::crowd::Crowd;
use crate::support::http::{Connection, get};
use crate::support::locked::Locked;
use crate::support::postgres::fresh_database;
use crate::support::process::{Signal, send};
use crate::support::wait::{SOON, eventually};

/// An end that is a `FIN`, not a reset.
fn ends_politely(connection: &mut Connection) {
    let end = connection.try_read_response().expect_err("no answer was due");
    assert_eq!(end.kind(), ErrorKind::UnexpectedEof, "{end}");
}

/// Tells it to leave and waits until it does: the port is closed.
fn begin_to_leave(carom: &Carom) {
    send(Signal::Term, &[carom.pid()]);
    eventually(SOON, "the port is closed", || Connection::try_open(carom.edge()).is_err());
}

#[test]
fn hundreds_of_idle_connections_are_closed_politely_and_do_not_delay_the_end() {
    let mut carom = Carom::start(with_grace(Options::sqlite().patient()));
    let link = carom.link_to("https://example.com/");
    let path = format!("/{}", link.code);
    let mut idle: Vec<_> = (0..200).map(|_| Connection::open(carom.edge())).collect();
    for connection in &mut idle[100..] {
        connection.send("GET", &path, &[], b"");
        assert_eq!(connection.read_response().status, 302);
    }

    let began = Instant::now();
    let status = carom.terminate();

    assert!(status.success(), "{status}");
    assert!(began.elapsed() < GRACE / 2, "after {:?}", began.elapsed());
    for connection in &mut idle {
        ends_politely(connection);
    }
}

#[test]
fn who_waits_for_a_lookup_when_it_leaves_is_answered() {
    let database = fresh_database();
    let options = Options::postgres(&database.url).patient();
    let mut carom = Carom::start(with_grace(options));
    let link = carom.link_to("https://example.com/");
    carom.key();
    let locked = Locked::links(&database.url);
    let mut waiting: Vec<_> = (0..20)
        .map(|_| {
            let mut connection = Connection::open(carom.edge());
            connection.send("GET", &format!("/{}", link.code), &[], b"");
            connection
        })
        .collect();
    eventually(SOON, "the lookup waits", || locked.waiting().len() == 1);

    begin_to_leave(&carom);
    locked.release();

    for connection in &mut waiting {
        let response = connection.read_response();
        assert_eq!(response.header("location"), Some(link.url.as_str()));
        ends_politely(connection);
    }
    let status = carom.wait_for_end();
    assert!(status.success(), "{status}");
    carom.restart();
    assert_eq!(carom.stored_clicks(&link, SOON).total, 20, "each counted");
}

#[test]
fn who_is_slow_to_ask_when_it_leaves_is_answered() {
    let mut carom = Carom::start(with_one_thread(with_grace(Options::sqlite().patient())));
    let link = carom.link_to("https://example.com/");
    carom.key();
    let path = format!("/{}", link.code);
    assert_eq!(get(carom.edge(), &path).status, 302);
    let mut slow: Vec<_> = (0..5)
        .map(|_| {
            let mut connection = Connection::open(carom.edge());
            connection.send_raw(format!("GET {path} HTTP/1.1\r\nHost:").as_bytes());
            connection
        })
        .collect();
    assert_eq!(get(carom.edge(), &path).status, 302, "their halves have been read");

    let began = Instant::now();
    begin_to_leave(&carom);
    for connection in &mut slow {
        connection.send_raw(b" a\r\n\r\n");
        let response = connection.read_response();
        assert_eq!(response.status, 302);
        ends_politely(connection);
    }
    let status = carom.wait_for_end();

    assert!(status.success(), "{status}");
    assert!(began.elapsed() < GRACE, "nobody is left to wait for: {:?}", began.elapsed());
    carom.restart();
    assert_eq!(carom.stored_clicks(&link, SOON).total, 7);
}

#[test]
fn a_crowd_under_way_when_it_leaves_is_answered_or_never_asked() {
    let mut carom = Carom::start(with_grace(Options::sqlite().patient()));
    let link = carom.link_to("https://example.com/");
    let path = format!("/{}", link.code);
    assert_eq!(get(carom.edge(), &path).status, 302);
    let mut crowd = Crowd::come(carom.edge(), 500);
    crowd.ask(|_| path.clone());

    let status = carom.terminate();

    assert!(status.success(), "{status}");
    let answers = crowd.answers();
    assert!(answers.keys().all(|status| matches!(status, 0 | 302)), "{answers:?}");
    assert_eq!(answers.get(&302), Some(&500), "what was sent before the signal is answered");
}

#[test]
fn a_second_signal_ends_it_at_once_though_the_database_holds_it_up() {
    let database = fresh_database();
    let options = Options::postgres(&database.url).patient();
    let options = options.set("CAROM_SHUTDOWN__GRACE_MS", 60_000);
    let mut carom = Carom::start(options);
    let link = carom.link_to("https://example.com/");
    let locked = Locked::links(&database.url);
    let mut waiting = Connection::open(carom.edge());
    waiting.send("GET", &format!("/{}", link.code), &[], b"");
    eventually(SOON, "the lookup waits", || !locked.waiting().is_empty());

    begin_to_leave(&carom);
    eventually(SOON, "it leaves", || carom.log().contains("another signal"));
    let began = Instant::now();
    let status = carom.terminate();

    assert_eq!(status.code(), Some(143));
    assert!(began.elapsed() < NOTICED.max(Duration::from_secs(1)), "after {:?}", began.elapsed());
    locked.release();
}
