//! Promises about the audit log.

use std::collections::HashSet;

use carom::model::actor::{Actor, ActorKind};
use carom::model::id::WorkspaceId;
use carom::store::audit::{self, Entry, Filter};
use carom::store::links::{self, Edit};
use carom::store::{Store, domains, keys};
use serde_json::{Value, json};

use super::fixture::{Fixture, kind};
use super::keys::new_key;

on_both!(founded:
    what_is_done_to_a_link_is_told_with_what_changed,
    what_fails_is_not_told,
    keys_and_domains_are_told_too,
    the_log_is_filtered_and_read_page_by_page,
    another_workspace_has_another_log,
);

fn everything(workspace: WorkspaceId) -> Filter {
    let (subject, actor, action, from, before) = (None, None, None, None, None);
    Filter { workspace, subject, actor, action, from, before, limit: 1_000 }
}

async fn told(fixture: &Fixture, filter: Filter) -> Vec<Entry> {
    audit::list(&fixture.store, &filter).await.expect("a log")
}

/// What was done, in the order of the alphabet.
async fn actions(fixture: &Fixture) -> Vec<String> {
    let told = told(fixture, everything(fixture.workspace)).await;
    let mut actions: Vec<_> = told.into_iter().map(|entry| entry.action).collect();
    actions.sort_unstable();
    actions
}

fn by_ann(fixture: &Fixture) -> (Store, Actor) {
    let (name, from) = ("ann@example.com".to_owned(), "203.0.113.7".to_owned());
    let ann = Actor { kind: ActorKind::User, id: 7, name, from };
    (fixture.store.on_behalf_of(ann.clone()), ann)
}

async fn what_is_done_to_a_link_is_told_with_what_changed(fixture: &Fixture) {
    let (store, ann) = by_ann(fixture);
    // Their order must not hang on two deeds' being done in different milliseconds.
    let age = || fixture.run("UPDATE audit SET at = at - 1000");
    let link = links::create(&store, fixture.new_link("told"), None).await.expect("a link");
    age().await;
    let edit = Edit { title: Some(Some("News".to_owned())), ..Edit::default() };
    links::change(&store, fixture.workspace, link.id, None, edit).await.expect("a change");
    age().await;
    links::delete(&store, fixture.workspace, link.id, None).await.expect("deleted");

    let subject = Some(link.id.get());
    let told = told(fixture, Filter { subject, ..everything(fixture.workspace) }).await;

    let actions: Vec<_> = told.iter().map(|entry| entry.action.as_str()).collect();
    assert_eq!(actions, ["link.deleted", "link.changed", "link.created"]);
    assert!(told.iter().all(|entry| entry.actor == ann && entry.subject.name == "told"));
    let detail: Value = serde_json::from_str(&told[1].detail).expect("JSON");
    assert_eq!(detail, json!({ "title": { "before": null, "after": "News" } }));
}

async fn what_fails_is_not_told(fixture: &Fixture) {
    let (store, _) = by_ann(fixture);
    let link = links::create(&store, fixture.new_link("once"), None).await.expect("a link");
    let before = actions(fixture).await;

    assert_eq!(kind(links::create(&store, fixture.new_link("once"), None).await), "taken");
    let stale = links::change(&store, fixture.workspace, link.id, Some(9), Edit::default()).await;
    assert_eq!(kind(stale), "stale");
    let stranger = WorkspaceId::random();
    assert_eq!(kind(links::delete(&store, stranger, link.id, None).await), "missing");

    assert_eq!(actions(fixture).await, before);
}

async fn keys_and_domains_are_told_too(fixture: &Fixture) {
    assert!(actions(fixture).await.is_empty());
    let key = keys::create(&fixture.store, fixture.workspace, new_key("deploy", None)).await;
    let key = key.expect("a key");
    domains::create(&fixture.store, fixture.workspace, "go.example".into())
        .await
        .expect("a domain");
    assert!(keys::revoke(&fixture.store, fixture.workspace, key).await.expect("revoked"));
    assert!(!keys::revoke(&fixture.store, fixture.workspace, key).await.expect("an answer"));

    let told = actions(fixture).await;

    assert_eq!(told, ["domain.created", "key.created", "key.revoked"]);
    let entries = audit::list(&fixture.store, &everything(fixture.workspace)).await.expect("a log");
    assert!(entries.iter().all(|entry| entry.actor.kind == ActorKind::Operator));
    let secret = new_key("x", None).digest.len();
    assert!(secret > 0 && entries.iter().all(|entry| !entry.detail.contains("digest")));
}

async fn the_log_is_filtered_and_read_page_by_page(fixture: &Fixture) {
    let (store, ann) = by_ann(fixture);
    for place in 0..25 {
        let asked = if place % 5 == 0 { &store } else { &fixture.store };
        let new = fixture.new_link(&format!("link{place}"));
        links::create(asked, new, None).await.expect("a link");
    }
    let all = told(fixture, everything(fixture.workspace)).await;
    let count = |filter| async { told(fixture, filter).await.len() };
    let of_ann = Filter { actor: Some(ann.id), ..everything(fixture.workspace) };
    assert_eq!(count(of_ann).await, 5);
    for (action, expected) in [
        ("link", 25),
        ("link.created", 25),
        ("link.deleted", 0),
        ("lin", 0),
        ("%", 0),
        ("link.%", 0),
    ] {
        let action = Some(action.to_owned());
        let filter = Filter { action, ..everything(fixture.workspace) };
        assert_eq!(count(filter).await, expected);
    }
    let from = Some(all[3].at);
    let filter = Filter { from, ..everything(fixture.workspace) };
    let since = told(fixture, filter).await;
    assert!(since.len() >= 4 && since.iter().all(|entry| entry.at >= all[3].at));

    let (mut read, mut before) = (Vec::new(), None);
    loop {
        let filter = Filter { before, limit: 4, ..everything(fixture.workspace) };
        let page = told(fixture, filter).await;
        let Some(last) = page.last() else { break };
        before = Some((last.at, last.id));
        read.extend(page);
    }
    assert_eq!(read, all);
    let distinct: HashSet<_> = read.iter().map(|entry| entry.id).collect();
    assert_eq!(distinct.len(), all.len());
}

async fn another_workspace_has_another_log(fixture: &Fixture) {
    links::create(&fixture.store, fixture.new_link("mine"), None).await.expect("a link");
    assert_eq!(told(fixture, everything(WorkspaceId::random())).await, []);
}
