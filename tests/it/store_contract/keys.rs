//! Promises about API keys.

use std::time::Duration;

use carom::accounts::key::ApiKey;
use carom::accounts::permission::SCOPE_ADMIN;
use carom::model::id::WorkspaceId;
use carom::model::time::Millis;
use carom::store::keys::{self, NewKey};

use super::fixture::{Fixture, kind};
use crate::support::wait::{SOON, eventually_async};

on_both!(founded:
    a_key_is_found_by_its_digest_alone,
    a_key_is_stored_once,
    a_revoked_key_stops_at_once,
    a_key_ends_by_the_clock_of_the_store,
    keys_are_listed_oldest_first_and_for_their_workspace_alone,
);

pub(super) fn new_key(name: &str, expires_at: Option<Millis>) -> NewKey {
    let key = ApiKey::random();
    NewKey {
        name: name.to_owned(),
        prefix: key.prefix().to_owned(),
        digest: key.digest(),
        scopes: SCOPE_ADMIN.to_owned(),
        domains: None,
        expires_at,
    }
}

async fn works(fixture: &Fixture, key: &NewKey) -> bool {
    keys::find_working(&fixture.store, key.digest.clone()).await.expect("an answer").is_some()
}

async fn a_key_is_found_by_its_digest_alone(fixture: &Fixture) {
    let key = new_key("deploy", None);
    let id = keys::create(&fixture.store, fixture.workspace, key.clone()).await.expect("a key");

    let found = keys::find_working(&fixture.store, key.digest.clone()).await.expect("an answer");

    let found = found.expect("a working key");
    assert_eq!((found.id, found.workspace), (id, fixture.workspace));
    assert_eq!((found.name, found.prefix, found.scopes), (key.name, key.prefix, key.scopes));
    assert_eq!((found.expires_at, found.revoked_at), (None, None));
    assert!(!works(fixture, &new_key("deploy", None)).await);
    let mut longer = key.digest;
    longer.push(0);
    assert!(keys::find_working(&fixture.store, longer).await.expect("an answer").is_none());
}

async fn a_key_is_stored_once(fixture: &Fixture) {
    let key = new_key("deploy", None);
    keys::create(&fixture.store, fixture.workspace, key.clone()).await.expect("a key");

    assert_eq!(kind(keys::create(&fixture.store, fixture.workspace, key).await), "taken");
    let all = keys::list(&fixture.store, fixture.workspace).await.expect("a list");
    assert_eq!(all.len(), 1);
}

async fn a_revoked_key_stops_at_once(fixture: &Fixture) {
    let key = new_key("lost", None);
    let id = keys::create(&fixture.store, fixture.workspace, key.clone()).await.expect("a key");
    let revoke = |workspace| keys::revoke(&fixture.store, workspace, id);

    assert!(!revoke(WorkspaceId::random()).await.expect("an answer"), "a stranger's word");
    assert!(works(fixture, &key).await);

    let before = fixture.now().await;
    assert!(revoke(fixture.workspace).await.expect("an answer"));
    assert!(!works(fixture, &key).await);
    assert!(!revoke(fixture.workspace).await.expect("an answer"), "there is none that works");
    let all = keys::list(&fixture.store, fixture.workspace).await.expect("a list");
    let revoked_at = all[0].revoked_at.expect("a time");
    assert!((before..=fixture.now().await).contains(&revoked_at));
}

async fn a_key_ends_by_the_clock_of_the_store(fixture: &Fixture) {
    let in_ms = |now: Millis, ms: i64| Some(Millis::from_epoch(now.get() + ms));
    let now = fixture.now().await;
    let ended = new_key("ended", in_ms(now, 0));
    let brief = new_key("brief", in_ms(now, 1_500));
    let long = new_key("long", in_ms(now, 3_600_000));
    for key in [&ended, &brief, &long] {
        keys::create(&fixture.store, fixture.workspace, key.clone()).await.expect("a key");
    }

    assert!(!works(fixture, &ended).await);
    assert!(works(fixture, &brief).await || fixture.now().await.get() > now.get() + 1_500);
    assert!(works(fixture, &long).await);
    eventually_async(SOON + Duration::from_secs(2), "the brief key ends", async || {
        !works(fixture, &brief).await
    })
    .await;
    let ended_at = fixture.now().await;
    assert!(Some(ended_at) >= brief.expires_at, "not before its time");
    assert!(works(fixture, &long).await);
}

async fn keys_are_listed_oldest_first_and_for_their_workspace_alone(fixture: &Fixture) {
    for name in ["first", "second", "third"] {
        keys::create(&fixture.store, fixture.workspace, new_key(name, None)).await.expect("a key");
        // Its place must not hang on two keys' being made in different milliseconds.
        fixture.run("UPDATE api_keys SET created_at = created_at - 1000").await;
    }
    keys::create(&fixture.store, WorkspaceId::random(), new_key("foreign", None))
        .await
        .expect("a key");

    let all = keys::list(&fixture.store, fixture.workspace).await.expect("a list");

    let names: Vec<_> = all.iter().map(|key| key.name.as_str()).collect();
    assert_eq!(names, ["first", "second", "third"]);
}
