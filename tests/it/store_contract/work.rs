//! Promises about transactions and statements as such: abandoned, raced, slow, closed.

use std::sync::Arc;
use std::time::Duration;

use carom::store::driver::{Lane, Work};
use carom::store::links;
use carom::store::{Limits, Value};
use futures_util::future::{Either, join_all, select};
use futures_util::pin_mut;

use super::fixture::{Fixture, LIMITS, kind};
use crate::support::wait::{SOON, eventually_async, in_time};

on_both!(founded:
    times_are_of_the_store_s_clock,
    a_write_whose_caller_hung_up_is_done_all_the_same,
    many_writers_of_two_processes_all_get_their_turn,
    what_was_answered_is_there_after_closing_and_opening,
    a_slow_statement_of_the_admin_side_does_not_hold_redirects_up,
    a_statement_is_ended_when_its_time_is_up,
    only_questions_of_the_admin_side_are_too_long,
    a_store_says_what_and_where_it_is,
);

/// A statement that runs for seconds, and that both databases understand.
const LONG: &str = "WITH RECURSIVE n (i) AS (
        SELECT CAST(1 AS BIGINT) UNION ALL SELECT i + 1 FROM n WHERE i < 3000000)
     SELECT MAX(i) FROM n";

async fn times_are_of_the_store_s_clock(fixture: &Fixture) {
    let before = fixture.now().await;
    let link = fixture.link("timed").await;
    let between = fixture.now().await;
    let changed =
        links::change(&fixture.store, fixture.workspace, link.id, None, links::Edit::default())
            .await
            .expect("a change");
    let after = fixture.now().await;

    assert!(
        (before..=between).contains(&link.created_at),
        "{before} {} {between}",
        link.created_at
    );
    assert_eq!(link.updated_at, link.created_at);
    assert_eq!(changed.link.created_at, link.created_at);
    assert!((between..=after).contains(&changed.link.updated_at));
}

async fn a_write_whose_caller_hung_up_is_done_all_the_same(fixture: &Fixture) {
    let create = links::create(&fixture.store, fixture.new_link("abandoned"), None);
    // Polled once, and dropped.
    let hung_up = tokio::time::timeout(Duration::ZERO, create).await;

    if hung_up.is_err() {
        eventually_async(SOON, "the link is made", async || fixture.target_of("abandoned").await)
            .await;
    }
    assert_eq!(fixture.changes_since(fixture.now().await.before(SOON)).await, ["abandoned"]);
}

async fn many_writers_of_two_processes_all_get_their_turn(fixture: &Fixture) {
    let stores = [fixture.open_again(), fixture.open_again()];
    let writes = (0..60).map(|place| {
        let store = &stores[place % stores.len()];
        links::create(store, fixture.new_link(&format!("link-{place}")), None)
    });

    let outcomes = in_time(3 * SOON, "everybody's turn", join_all(writes)).await;

    let outcomes: Vec<_> = outcomes.into_iter().map(kind).collect();
    assert_eq!(outcomes, ["done"; 60]);
}

async fn what_was_answered_is_there_after_closing_and_opening(fixture: &Fixture) {
    let store = fixture.open_again();
    let writes = (0..20).map(|place| {
        let (store, new) = (store.clone(), fixture.new_link(&format!("link-{place}")));
        tokio::spawn(async move { links::create(&store, new, None).await })
    });
    let writes: Vec<_> = writes.collect();
    store.close().await;
    let outcomes = join_all(writes).await;

    let reopened = fixture.open_again();
    for (place, outcome) in outcomes.into_iter().enumerate() {
        if let Ok(link) = outcome.expect("no panic") {
            let found = links::find(&reopened, fixture.domain, &format!("link-{place}")).await;
            assert_eq!(found.expect("an answer").map(|found| found.id), Some(link.id));
        }
    }
}

async fn a_slow_statement_of_the_admin_side_does_not_hold_redirects_up(fixture: &Fixture) {
    let driver = fixture.driver_with(Limits { admin_connections: 1, ..LIMITS });
    let slow = driver.query(Lane::Admin, LONG, vec![]);
    let quick = async {
        for _ in 0..20 {
            let rows = driver.query(Lane::Redirect, "SELECT 1", vec![]).await;
            assert_eq!(rows.expect("an answer")[0].fields(), [Value::Int(1)]);
        }
    };
    pin_mut!(quick);

    let first = in_time(SOON, "an answer", select(slow, quick)).await;

    assert!(matches!(first, Either::Right(_)), "the slow one was first");
}

async fn a_statement_is_ended_when_its_time_is_up(fixture: &Fixture) {
    let brief = Limits { statement_timeout: Duration::from_millis(300), ..LIMITS };
    let driver = fixture.driver_with(brief);

    let outcome = in_time(SOON, "its end", driver.query(Lane::Admin, LONG, vec![])).await;

    assert_eq!(kind(outcome), "too long");
    let next = driver.query(Lane::Admin, "SELECT 1", vec![]).await.expect("an answer");
    assert_eq!(next[0].fields(), [Value::Int(1)]);
}

/// For whoever redirects, flushes or writes, a store that does not come to an end is away.
async fn only_questions_of_the_admin_side_are_too_long(fixture: &Fixture) {
    let brief = Limits { statement_timeout: Duration::from_millis(300), ..LIMITS };
    let driver = fixture.driver_with(brief);
    for lane in [Lane::Redirect, Lane::Background] {
        let outcome = in_time(SOON, "its end", driver.query(lane, LONG, vec![])).await;
        assert_eq!(kind(outcome), "unavailable", "{lane:?}");
    }
    for lane in [Lane::Redirect, Lane::Admin, Lane::Background] {
        let work: Work =
            Arc::new(|tx| Box::pin(async move { tx.query(LONG, vec![]).await.map(drop) }));
        let outcome = in_time(SOON, "its end", driver.transaction(lane, work)).await;
        assert_eq!(kind(outcome), "unavailable", "{lane:?}");
    }
}

async fn a_store_says_what_and_where_it_is(fixture: &Fixture) {
    let words = fixture.store.describe();

    assert!(words.contains(&fixture.place()), "{words}");
    fixture.store.ping().await.expect("an answer");
}
