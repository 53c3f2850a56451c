//! Promises about a store's beginning: its schema, and what an empty one is given.

use std::time::Duration;

use carom::store::facts::{self, Founding};
use carom::store::keys::{self, NewKey};
use carom::store::migrate::MigrateError;
use carom::store::{Store, Value, domains};
use futures_util::future::join_all;

use super::fixture::{Fixture, kind};
use crate::support::wait::{SOON, in_time};

on_both!(empty:
    migrations_are_applied_once_by_whoever_comes_first,
    a_migration_waits_for_another_process_and_not_for_a_dead_one,
    a_newer_schema_is_refused_as_such,
    an_altered_migration_is_refused,
    a_store_is_founded_once_however_many_try,
    a_store_that_was_never_founded_has_no_workspace,
);

async fn migrations_are_applied_once_by_whoever_comes_first(fixture: &Fixture) {
    let stores: Vec<_> = (0..4).map(|_| fixture.open_again()).collect();

    let applied = join_all(stores.iter().map(Store::migrate)).await;

    let mut applied: Vec<usize> =
        applied.into_iter().map(|outcome| outcome.expect("a schema")).collect();
    applied.sort_unstable();
    assert_eq!(applied[..3], [0, 0, 0], "by one of them: {applied:?}");
    assert!(applied[3] > 0);
    assert_eq!(fixture.store.migrate().await.expect("a schema"), 0);
    facts::found(&fixture.store, None).await.expect("a schema that can be used");
}

async fn a_migration_waits_for_another_process_and_not_for_a_dead_one(fixture: &Fixture) {
    fixture.store.migrate().await.expect("a schema");

    // Nobody wrote when that lease ran out: its holder is dead.
    fixture.run("INSERT INTO leases (name, holder, until) VALUES ('migrate', 1, {now} - 1)").await;
    let after_a_dead_one = in_time(SOON, "the lease is taken over", fixture.store.migrate()).await;
    assert_eq!(after_a_dead_one.expect("a schema"), 0);

    fixture
        .run("INSERT INTO leases (name, holder, until) VALUES ('migrate', 1, {now} + 60000)")
        .await;
    let mut waiting = Box::pin(fixture.store.migrate());
    let early = tokio::time::timeout(Duration::from_millis(300), &mut waiting).await;
    assert!(early.is_err(), "somebody else is at it");
    fixture.run("DELETE FROM leases").await;
    assert_eq!(in_time(SOON, "its turn comes", waiting).await.expect("a schema"), 0);
}

async fn a_newer_schema_is_refused_as_such(fixture: &Fixture) {
    fixture.store.migrate().await.expect("a schema");
    fixture
        .run(
            "INSERT INTO refinery_schema_history (version, name, applied_on, checksum)
             VALUES (9999, 'from_the_future', '2040-01-01T00:00:00Z', '1')",
        )
        .await;

    // Twice, since a refusal must not leave its lease behind.
    for _ in 0..2 {
        let refused = in_time(SOON, "an answer", fixture.store.migrate()).await;
        let error = refused.expect_err("a newer schema");
        assert!(matches!(error, MigrateError::Newer(_)), "{error:?}");
        assert!(error.to_string().contains("from_the_future"), "{error}");
    }
}

async fn an_altered_migration_is_refused(fixture: &Fixture) {
    fixture.store.migrate().await.expect("a schema");
    fixture.run("UPDATE refinery_schema_history SET checksum = '1' WHERE version = 1").await;

    let refused = fixture.store.migrate().await.expect_err("another migration of that number");

    assert!(matches!(refused, MigrateError::Newer(_)), "{refused:?}");
}

async fn a_store_is_founded_once_however_many_try(fixture: &Fixture) {
    fixture.store.migrate().await.expect("a schema");
    let stores: Vec<_> = (0..8).map(|_| fixture.open_again()).collect();
    let tries = stores.iter().enumerate().map(|(place, store)| {
        let key = NewKey {
            name: format!("first of {place}"),
            prefix: "carom_abcdef".into(),
            digest: vec![u8::try_from(place).expect("a small number"); 32],
            scopes: "admin".into(),
            domains: None,
            expires_at: None,
        };
        facts::found(store, Some(key))
    });

    let outcomes = join_all(tries).await;

    let outcomes: Vec<Founding> =
        outcomes.into_iter().map(|outcome| outcome.expect("a founded store")).collect();
    assert_eq!(outcomes.iter().filter(|founding| founding.is_new).count(), 1, "{outcomes:?}");
    assert!(outcomes.iter().all(|founding| founding.store == outcomes[0].store));
    let workspace = facts::default_workspace(&fixture.store).await.expect("a workspace");
    let keys = keys::list(&fixture.store, workspace).await.expect("a list");
    assert_eq!(keys.len(), 1, "one key, the winner's");
    assert_eq!(domains::all(&fixture.store).await.expect("a list").len(), 1);
    let workspaces = fixture.rows("SELECT COUNT(*) FROM workspaces", vec![]).await;
    assert_eq!(workspaces[0].fields(), [Value::Int(1)]);
}

async fn a_store_that_was_never_founded_has_no_workspace(fixture: &Fixture) {
    fixture.store.migrate().await.expect("a schema");

    assert_eq!(kind(facts::default_workspace(&fixture.store).await), "missing");
}
