//! Every answered redirect is counted once: while it runs, in the store, and after a restart.

use std::time::Duration;

use carom::model::time::Millis;
use rusqlite::Connection as Sqlite;
use serde_json::json;

use crate::support::admin::Link;
use crate::support::carom::{Carom, Options};
use crate::support::http::{Connection, get, request};
use crate::support::postgres::fresh_database;
use crate::support::wait::{SOON, eventually};

/// A flush a second, and then some.
const FLUSHED: Duration = Duration::from_secs(3);

fn click(carom: &Carom, link: &Link, times: usize) {
    let mut connection = Connection::open(carom.edge());
    for _ in 0..times {
        connection.send("GET", &format!("/{}", link.code), &[], b"");
        assert_eq!(connection.read_response().status, 302);
    }
}

fn every_redirect_is_counted_once_and_kept(mut carom: Carom) {
    let (one, two) = (carom.link_to("https://one.example/"), carom.link_to("https://two.example/"));
    click(&carom, &one, 70);
    click(&carom, &two, 5);
    for _ in 0..30 {
        let path = format!("/{}", one.code);
        assert_eq!(request(carom.edge(), "HEAD", &path, &[], b"").status, 302);
    }

    let at_once = carom.clicks(&one);
    assert_eq!((at_once.total, at_once.people, at_once.bots), (100, 70, 30));
    eventually(FLUSHED, "the store has them", || carom.clicks(&one).stored == 100);
    assert_eq!(carom.stored_clicks(&one, SOON).total, 100, "and has them once");

    // Some that only the last flush can save.
    click(&carom, &one, 11);
    carom.restart();
    for _ in 0..2 {
        let after = carom.clicks(&one);
        assert_eq!((after.total, after.people, after.bots), (111, 81, 30));
        assert_eq!(carom.clicks(&two).total, 5);
        click(&carom, &one, 0);
    }
    click(&carom, &one, 9);
    assert_eq!(carom.clicks(&one).total, 120);
}

#[test]
fn every_redirect_is_counted_once_and_kept_on_sqlite() {
    every_redirect_is_counted_once_and_kept(Carom::start(Options::sqlite()));
}

#[test]
fn every_redirect_is_counted_once_and_kept_on_postgres() {
    let database = fresh_database();
    every_redirect_is_counted_once_and_kept(Carom::start(Options::postgres(&database.url)));
}

#[test]
fn programs_are_counted_apart() {
    let carom = Carom::start(Options::sqlite());
    let link = carom.link_to("https://example.com/");
    let path = format!("/{}", link.code);

    get(carom.edge(), &path);
    request(carom.edge(), "HEAD", &path, &[], b"");
    request(carom.edge(), "GET", &path, &[("sec-purpose", "prefetch;prerender")], b"");

    let clicks = carom.clicks(&link);
    assert_eq!((clicks.total, clicks.people, clicks.bots), (3, 1, 2));
}

#[test]
fn what_is_not_redirected_is_not_counted() {
    let carom = Carom::start(Options::sqlite());
    let link = carom.link_to("https://example.com/");
    let path = format!("/{}", link.code);
    click(&carom, &link, 1);
    carom.change_link(&link, &json!({ "state": "disabled" }));
    for _ in 0..5 {
        assert_eq!(get(carom.edge(), &path).status, 410);
    }
    let soon = Millis::from_epoch(Millis::now().get() + 50);
    carom.change_link(&link, &json!({ "state": "active", "expires_at": soon.to_string() }));
    let mut redirected = 1;
    eventually(SOON, "the link expires", || {
        let status = get(carom.edge(), &path).status;
        redirected += u64::from(status == 302);
        status == 410
    });

    assert_eq!(carom.clicks(&link).total, redirected);
}

#[test]
fn a_link_keeps_its_clicks_through_edits_and_renames() {
    let carom = Carom::start(Options::sqlite());
    let link = carom.link_to("https://one.example/");
    click(&carom, &link, 3);
    let link = carom.change_link(&link, &json!({ "url": "https://two.example/" }));
    click(&carom, &link, 4);
    let link = carom.change_link(&link, &json!({ "code": "renamed" }));
    click(&carom, &link, 5);

    assert_eq!(carom.clicks(&link).total, 12);
    assert_eq!(carom.stored_clicks(&link, FLUSHED).total, 12);
}

#[test]
fn clicks_of_two_nodes_add_up() {
    let database = fresh_database();
    let one = Carom::start(Options::postgres(&database.url));
    let other = Carom::start(Options::postgres(&database.url).key(one.key()));
    let link = one.link_to("https://example.com/");
    for _ in 0..3 {
        click(&one, &link, 20);
        click(&other, &link, 30);
    }

    for node in [&one, &other] {
        eventually(2 * FLUSHED, "both have flushed", || node.clicks(&link).stored == 150);
        assert_eq!(node.clicks(&link).total, 150);
    }
}

#[test]
fn clicks_on_a_link_deleted_meanwhile_do_not_hold_up_the_others() {
    let carom = Carom::start(Options::sqlite());
    let (gone, kept) =
        (carom.link_to("https://one.example/"), carom.link_to("https://two.example/"));
    click(&carom, &gone, 10);
    click(&carom, &kept, 10);
    carom.delete_link(&gone);
    click(&carom, &kept, 10);

    eventually(FLUSHED, "the store has them", || carom.clicks(&kept).stored == 20);
}

#[test]
fn a_node_whose_resting_stream_was_forgotten_goes_on_counting() {
    let carom = Carom::start(Options::sqlite().set("CAROM_CLICKS__JOURNAL_KEPT_S", 0));
    let link = carom.link_to("https://example.com/");
    click(&carom, &link, 10);
    eventually(FLUSHED, "the store has them", || carom.clicks(&link).stored == 10);
    let is_empty =
        || get(carom.admin(), "/metrics").text().contains("carom_journal_kept_bytes 0.0");
    eventually(SOON, "and the journal no more", is_empty);

    // What upkeep does to the position of a node on which nobody followed a link for a year.
    let store = Sqlite::open(carom.data_dir().join("carom.db")).expect("the store's file");
    store.busy_timeout(SOON).expect("a number");
    assert_eq!(store.execute("DELETE FROM click_positions", ()).expect("an answer"), 1);

    click(&carom, &link, 5);
    eventually(FLUSHED, "the store has those too", || carom.clicks(&link).stored == 15);
    assert_eq!(carom.clicks(&link).total, 15);
}
