//! Promises about the change log: every write stands in it, in the order and at the time of the
//! store's own clock.

use carom::model::link::LinkState;
use carom::store::links::{self, Edit};
use carom::store::{changes, domains};

use super::fixture::{Fixture, code, kind};

on_both!(founded:
    every_write_to_a_link_logs_its_code,
    what_is_refused_is_not_logged,
    a_new_domain_is_logged_without_codes,
    entries_come_in_order_and_lie_between_two_looks_at_the_clock,
    the_log_is_read_from_a_moment_on_and_forgotten_before_one,
);

async fn every_write_to_a_link_logs_its_code(fixture: &Fixture) {
    let start = fixture.now().await;
    let link = fixture.link("one").await;
    let change = |edit| links::change(&fixture.store, fixture.workspace, link.id, None, edit);
    change(Edit { state: Some(LinkState::Disabled), ..Edit::default() }).await.expect("a change");
    change(Edit { code: Some(code("two")), ..Edit::default() }).await.expect("a rename");
    links::delete(&fixture.store, fixture.workspace, link.id, None).await.expect("a link");

    let mut codes = fixture.changes_since(start).await;

    codes.sort_unstable();
    // Made, changed, renamed away; renamed to, deleted.
    assert_eq!(codes, ["one", "one", "one", "two", "two"]);
}

async fn what_is_refused_is_not_logged(fixture: &Fixture) {
    let link = fixture.link("mine").await;
    fixture.link("yours").await;
    let start = fixture.changes().await;
    let change =
        |version, edit| links::change(&fixture.store, fixture.workspace, link.id, version, edit);

    let rename = Edit { code: Some(code("yours")), ..Edit::default() };
    assert_eq!(kind(change(None, rename).await), "taken");
    assert_eq!(kind(change(Some(9), Edit::default()).await), "stale");
    let deleted = links::delete(&fixture.store, fixture.workspace, link.id, Some(9)).await;
    assert_eq!(kind(deleted), "stale");

    assert_eq!(fixture.changes().await, start);
}

async fn a_new_domain_is_logged_without_codes(fixture: &Fixture) {
    let start = fixture.now().await;

    let domain = domains::create(&fixture.store, fixture.workspace, "go.example".into())
        .await
        .expect("a domain");
    let refused = domains::create(&fixture.store, fixture.workspace, "go.example".into()).await;

    assert_eq!(kind(refused), "taken");
    let changes = changes::since(&fixture.store, start).await.expect("an answer");
    assert_eq!(changes.entries.len(), 1);
    assert_eq!((changes.entries[0].domain, changes.entries[0].codes.len()), (domain.id, 0));
}

async fn entries_come_in_order_and_lie_between_two_looks_at_the_clock(fixture: &Fixture) {
    let start = fixture.now().await;
    for place in 0..10 {
        fixture.link(&format!("link-{place}")).await;
    }
    let end = fixture.now().await;

    let changes = changes::since(&fixture.store, start).await.expect("an answer");

    assert_eq!(changes.entries.len(), 10);
    assert!(changes.entries.is_sorted_by_key(|entry| entry.at));
    assert!(changes.entries.iter().all(|entry| (start..=end).contains(&entry.at)));
    assert!(changes.now >= end, "the clock is read with the entries");
    assert!(changes.entries.iter().all(|entry| entry.domain == fixture.domain));
}

async fn the_log_is_read_from_a_moment_on_and_forgotten_before_one(fixture: &Fixture) {
    fixture.link("early").await;
    fixture.run("UPDATE changes SET at = 1000").await;
    fixture.link("late").await;
    let late = changes::since(&fixture.store, carom::model::time::Millis::from_epoch(1001)).await;
    let at = late.expect("an answer").entries[0].at;

    assert_eq!(fixture.changes_since(at).await, ["late"], "its own moment belongs to it");
    assert_eq!(fixture.changes().await, 2);

    assert_eq!(changes::forget(&fixture.store, at).await.expect("an answer"), 1);
    assert_eq!(fixture.changes().await, 1);
    assert_eq!(fixture.changes_since(at).await, ["late"]);
}
