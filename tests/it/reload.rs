//! `SIGHUP`: the configuration is read again, all of it or nothing.

use std::fs;
use std::time::Duration;

use crate::support::carom::{Carom, Options};
use crate::support::http::{Connection, get};
use crate::support::process::{Signal, send};
use crate::support::wait::{SOON, eventually};

/// Idle connections end soon after a reload that says so.
const CLOSING: Duration = Duration::from_secs(5);

/// Writes the file that the server reads when none is named, and has it read.
fn reload(carom: &Carom, text: &str) {
    fs::write(carom.data_dir().join("carom.toml"), text).expect("a file");
    send(Signal::Hangup, &[carom.pid()]);
}

fn says(carom: &Carom, words: &str) {
    eventually(SOON, words, || carom.log().contains(words));
}

#[test]
fn what_can_change_takes_effect_on_connections_that_are_open() {
    let carom = Carom::start(Options::sqlite());
    let mut connection = Connection::open(carom.edge());
    connection.send("GET", "/nothing", &[], b"");
    assert_eq!(connection.read_response().status, 404);

    reload(&carom, "[edge]\nidle_timeout_ms = 300\n[cache]\nlinks_max = 7\n");

    says(&carom, "the configuration was reloaded");
    says(&carom, "edge.idle_timeout_ms");
    says(&carom, "these settings take effect at the next start");
    says(&carom, "cache.links_max");
    assert_eq!(connection.read_to_close(CLOSING), b"");
    assert_eq!(get(carom.edge(), "/nothing").status, 404, "others come in");
}

#[test]
fn anything_wrong_changes_nothing_and_names_the_line() {
    let carom = Carom::start(Options::sqlite());
    let link = carom.link_to("https://example.com/");
    let mut connection = Connection::open(carom.edge());
    for (text, words) in [
        ("[edge]\nidle_timeout_ms = 300\nheader_timeout_ms = \"soon\"\n", "carom.toml line 3"),
        ("[edge]\nidle_timeout_ms = 300\nno_such_key = 1\n", "no_such_key"),
        ("[edge\n", "carom.toml"),
        ("[edge]\nidle_timeout_ms = 300\n[log]\nlevel = \"\"\n", "log.level"),
    ] {
        let before = carom.log().matches("was not reloaded").count();
        reload(&carom, text);
        eventually(SOON, "it is refused", || {
            carom.log().matches("was not reloaded").count() > before
        });
        assert!(carom.log().contains(words), "{words}: {}", carom.log());
    }
    assert!(!carom.log().contains("the configuration was reloaded"), "{}", carom.log());
    connection.send("GET", &format!("/{}", link.code), &[], b"");
    assert_eq!(connection.read_response().status, 302, "the old idle time holds");
}

#[test]
fn redirects_go_on_while_it_is_read_again_and_again() {
    let carom = Carom::start(Options::sqlite());
    let link = carom.link_to("https://example.com/");
    let path = format!("/{}", link.code);
    let mut connection = Connection::open(carom.edge());
    let mut answered = 0;
    for round in 0..20 {
        reload(&carom, &format!("[edge]\nconnections_max = {}\n", 100 + round));
        for _ in 0..50 {
            connection.send("GET", &path, &[], b"");
            assert_eq!(connection.read_response().status, 302);
            answered += 1;
        }
    }
    eventually(SOON, "it was read", || carom.log().contains("edge.connections_max"));
    eventually(SOON, "every click is counted", || carom.clicks(&link).total == answered);
}

#[test]
fn what_is_logged_can_change() {
    let carom = Carom::start(Options::sqlite());
    reload(&carom, "[log]\nlevel = \"warn\"\n");
    reload(&carom, "[log]\nlevel = \"warn\"\n[cache]\nlinks_max = 7\n");
    says(&carom, "cache.links_max");
    reload(&carom, "[log]\nlevel = \"info\"\n");
    says(&carom, "the configuration was reloaded");
}
