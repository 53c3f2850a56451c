//! Visits are told as they happen, to those who may know of them.

use std::io::{BufRead, BufReader, Write};
use std::net::TcpStream;
use std::time::Duration;

use serde_json::{Value, json};

use crate::admin_api::fixture::{on_postgres, on_sqlite};
use crate::people::fixture::{Browser, member, stranger};
use crate::support::carom::Carom;
use crate::support::http::get;
use crate::support::wait::{SOON, eventually};

/// A stream of events that is read as it comes.
struct Events(BufReader<TcpStream>);

impl Events {
    fn of(browser: &Browser<'_>) -> Self {
        let mut stream = TcpStream::connect(browser.carom.admin()).expect("a connection");
        stream.set_read_timeout(Some(SOON)).expect("a time");
        let cookie = browser.cookie.as_deref().expect("a session");
        let head = format!("GET /live/events HTTP/1.1\r\nhost: a\r\ncookie: {cookie}\r\n\r\n");
        stream.write_all(head.as_bytes()).expect("a request");
        Self(BufReader::new(stream))
    }

    /// The next event's data.
    fn next(&mut self) -> Option<Value> {
        loop {
            let mut line = String::new();
            if self.0.read_line(&mut line).ok()? == 0 {
                return None;
            }
            if let Some(data) = line.strip_prefix("data: ") {
                return serde_json::from_str(data).ok();
            }
        }
    }
}

fn visits_are_told_within_seconds(carom: &Carom) {
    let mut ada = member(carom, "ada@example.com", "editor");
    for code in ["one", "two"] {
        let draft = json!({ "url": "https://example.com/", "code": code });
        assert_eq!(ada.ask("POST", "/api/v1/links", Some(draft)).status, 201);
    }
    let mut events = Events::of(&ada);
    let first = events.next().expect("an event");
    assert_eq!((&first["total"], &first["visits"]), (&json!(0), &json!([])));
    for code in ["/one", "/two", "/one"] {
        assert_eq!(get(carom.edge(), code).status, 302);
    }
    let mut codes = Vec::new();
    let mut top = Value::Null;
    eventually(SOON, "all visits are told, once each", || {
        let beat = events.next().expect("an event");
        for visit in beat["visits"].as_array().expect("visits") {
            codes.push(visit["short_url"].as_str().expect("a URL").to_owned());
        }
        top = beat["top"].clone();
        codes.len() == 3 && top.as_array().is_some_and(|top| top.len() == 2)
    });
    assert!(codes.iter().filter(|code| code.ends_with("/one")).count() == 2, "{codes:?}");
    assert!(top[0]["short_url"].as_str().is_some_and(|it| it.ends_with("/one")), "{top}");
    assert_eq!((&top[0]["clicks"], &top[1]["clicks"]), (&json!(2), &json!(1)));
    // Whoever comes back is told what they missed.
    let again = Events::of(&ada).next().expect("an event");
    assert_eq!(again["visits"].as_array().map(Vec::len), Some(3));
    assert_eq!(again["total"], 3);
    let page = ada.ask("GET", "/live", None);
    assert!(page.text().contains("/one</a>"), "{}", page.text());
}

#[test]
fn visits_are_told_within_seconds_on_sqlite() {
    on_sqlite(visits_are_told_within_seconds);
}

#[test]
fn visits_are_told_within_seconds_on_postgres() {
    on_postgres(visits_are_told_within_seconds);
}

#[test]
fn another_workspace_s_visits_are_not_told() {
    on_sqlite(|carom| {
        let mut ada = member(carom, "ada@example.com", "editor");
        let draft = json!({ "url": "https://example.com/", "code": "one" });
        assert_eq!(ada.ask("POST", "/api/v1/links", Some(draft)).status, 201);
        let (_, other) = stranger(carom, "other@example.com");
        let mut here = Events::of(&ada);
        let mut there = Events::of(&other);
        assert_eq!(get(carom.edge(), "/one").status, 302);
        eventually(SOON, "those who may know are told", || {
            here.next().is_some_and(|beat| beat["total"] == 1)
        });
        for _ in 0..2 {
            let beat = there.next().expect("an event");
            assert_eq!((&beat["total"], &beat["visits"]), (&json!(0), &json!([])));
        }
        let nobody = get(carom.admin(), "/live/events");
        assert_eq!(
            (nobody.status, nobody.header("location")),
            (303, Some("/sign-in?next=%2Flive%2Fevents"))
        );
    });
}

#[test]
fn a_node_that_leaves_waits_for_nobody_who_looks_on() {
    let options = crate::support::carom::Options::sqlite();
    let mut carom = Carom::start(options);
    let cookie = {
        let ada = member(&carom, "ada@example.com", "viewer");
        let mut events = Events::of(&ada);
        events.next().expect("an event");
        events
    };
    let began = std::time::Instant::now();
    assert!(carom.terminate().success());
    assert!(began.elapsed() < Duration::from_secs(5), "{:?}", began.elapsed());
    drop(cookie);
}
