//! Promises about requests that have one effect, however often they are sent.

use std::sync::Arc;

use carom::model::id::WorkspaceId;
use carom::model::link::Link;
use carom::model::time::Millis;
use carom::store::idempotency::{self, Request};
use carom::store::links::{self, CodeChoice, NewLink, Once};
use futures_util::future::join_all;

use super::fixture::{Fixture, kind};

on_both!(founded:
    the_first_answer_is_kept_with_its_link,
    a_second_request_of_a_name_makes_no_link,
    one_of_many_requests_of_a_name_makes_a_link,
    a_refused_request_leaves_its_name_free,
    names_of_two_workspaces_do_not_meet,
    answers_are_forgotten_when_they_are_old,
);

fn once(workspace: WorkspaceId, name: &str) -> Once {
    let request = Request { workspace, name: name.to_owned(), digest: vec![0, 255, 7] };
    Once { request, answer: Arc::new(|link: &Link| format!("made {}", link.code)) }
}

fn random(fixture: &Fixture) -> NewLink {
    NewLink { code: CodeChoice::Random { length: 7 }, ..fixture.new_link("x") }
}

async fn links_there(fixture: &Fixture) -> i64 {
    let rows = fixture.rows("SELECT COUNT(*) FROM links", vec![]).await;
    rows[0].int(0).expect("a count")
}

async fn the_first_answer_is_kept_with_its_link(fixture: &Fixture) {
    let find = || idempotency::find(&fixture.store, fixture.workspace, "order 1");
    assert_eq!(find().await.expect("an answer"), None);

    let name = once(fixture.workspace, "order 1");
    let link = links::create(&fixture.store, fixture.new_link("one"), Some(name)).await;
    let link = link.expect("a link");

    let kept = find().await.expect("an answer").expect("the first answer");
    assert_eq!((kept.link, kept.answer.as_str()), (link.id, "made one"));
    assert_eq!(kept.digest, [0, 255, 7]);
}

async fn a_second_request_of_a_name_makes_no_link(fixture: &Fixture) {
    let name = once(fixture.workspace, "order 1");
    links::create(&fixture.store, fixture.new_link("one"), Some(name.clone()))
        .await
        .expect("the first");
    let logged = fixture.changes().await;

    let second = links::create(&fixture.store, fixture.new_link("two"), Some(name)).await;

    assert_eq!(kind(second), "stale");
    assert_eq!(fixture.target_of("two").await, None);
    assert_eq!(fixture.changes().await, logged);
    fixture.link("two").await;
}

async fn one_of_many_requests_of_a_name_makes_a_link(fixture: &Fixture) {
    let stores: Vec<_> = (0..8).map(|_| fixture.open_again()).collect();
    let requests = stores.iter().map(|store| {
        links::create(store, random(fixture), Some(once(fixture.workspace, "order 1")))
    });

    let mut outcomes: Vec<_> = join_all(requests).await.into_iter().map(kind).collect();

    outcomes.sort_unstable();
    assert_eq!(outcomes, ["done", "stale", "stale", "stale", "stale", "stale", "stale", "stale"]);
    assert_eq!(links_there(fixture).await, 1);
}

async fn a_refused_request_leaves_its_name_free(fixture: &Fixture) {
    fixture.link("taken").await;
    let name = once(fixture.workspace, "order 1");

    let refused = links::create(&fixture.store, fixture.new_link("taken"), Some(name.clone()));
    assert_eq!(kind(refused.await), "taken");

    let found = idempotency::find(&fixture.store, fixture.workspace, "order 1").await;
    assert_eq!(found.expect("an answer"), None);
    let retried = links::create(&fixture.store, fixture.new_link("free"), Some(name)).await;
    assert_eq!(kind(retried), "done");
}

async fn names_of_two_workspaces_do_not_meet(fixture: &Fixture) {
    let stranger = WorkspaceId::random();
    for workspace in [fixture.workspace, stranger] {
        let new = NewLink { workspace, ..random(fixture) };
        let made = links::create(&fixture.store, new, Some(once(workspace, "order 1"))).await;
        assert_eq!(kind(made), "done");
    }
    assert_eq!(links_there(fixture).await, 2);
}

async fn answers_are_forgotten_when_they_are_old(fixture: &Fixture) {
    let create =
        |name| links::create(&fixture.store, random(fixture), Some(once(fixture.workspace, name)));
    create("old").await.expect("a link");
    fixture.run("UPDATE idempotency_keys SET created_at = 1000").await;
    create("new").await.expect("a link");

    let forgotten = idempotency::forget(&fixture.store, Millis::from_epoch(1001)).await;

    assert_eq!(forgotten.expect("an answer"), 1);
    assert_eq!(kind(create("old").await), "done");
    assert_eq!(kind(create("new").await), "stale");
}
