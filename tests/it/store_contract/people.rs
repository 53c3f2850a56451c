//! Promises about people: one account an address, and what they prove themselves with.

use carom::model::id::{UserId, WorkspaceId};
use carom::store::audit::{self, Filter};
use carom::store::users::{self, NewTotp, NewUser, User, UserState};
use carom::store::{Row, Value};
use futures_util::future::join_all;

use super::fixture::{Fixture, kind};

on_both!(founded:
    an_address_has_one_account_in_whichever_case_it_is_written,
    of_many_who_take_one_address_at_once_one_gets_it,
    nobody_is_made_for_a_workspace_that_is_not_there,
    what_somebody_proves_themselves_with_is_found_by_address_and_by_id,
    a_new_password_is_for_the_credentials_that_were_verified,
    a_second_factor_is_added_once_and_taken_away_with_its_codes,
    people_are_listed_the_oldest_account_first,
    every_change_of_a_person_is_told_where_they_belong,
);

/// An account to be made, of somebody who belongs nowhere yet.
pub(super) fn new_user(email: &str) -> NewUser {
    NewUser {
        email: email.to_owned(),
        email_folded: email.to_lowercase(),
        name: format!("who is {email}"),
        password: "$argon2id$first".to_owned(),
        member: None,
    }
}

/// The same, of somebody who belongs to a workspace.
pub(super) fn new_member(email: &str, workspace: WorkspaceId, role: &'static str) -> NewUser {
    NewUser { member: Some((workspace, role)), ..new_user(email) }
}

/// Makes an account.
pub(super) async fn person(fixture: &Fixture, email: &str) -> User {
    users::create(&fixture.store, new_user(email)).await.expect("an account")
}

/// What was done in a workspace, in the order of the alphabet.
pub(super) async fn deeds_in(fixture: &Fixture, workspace: WorkspaceId) -> Vec<String> {
    let (subject, actor, action, from, before) = (None, None, None, None, None);
    let filter = Filter { workspace, subject, actor, action, from, before, limit: 1_000 };
    let told = audit::list(&fixture.store, &filter).await.expect("a log");
    let mut actions: Vec<_> = told.into_iter().map(|entry| entry.action).collect();
    actions.sort_unstable();
    actions
}

/// Where the deeds on people stand who belong to no workspace.
pub(super) const NOWHERE: WorkspaceId = WorkspaceId::from_stored(0);

/// A second factor with these codes beside it.
pub(super) fn totp(step: i64, recovery: &[u8]) -> NewTotp {
    let recovery = recovery.iter().map(|byte| vec![*byte; 32]).collect();
    NewTotp { secret: vec![7; 20], step, recovery }
}

async fn count(fixture: &Fixture, sql: &'static str) -> i64 {
    fixture.rows(sql, vec![]).await[0].int(0).expect("a count")
}

async fn an_address_has_one_account_in_whichever_case_it_is_written(fixture: &Fixture) {
    let ada = person(fixture, "Ada@Example.com").await;
    assert_eq!((ada.email.as_str(), ada.state), ("Ada@Example.com", UserState::Active));
    assert_eq!((ada.has_totp, ada.version), (false, 1));
    let before = deeds_in(fixture, NOWHERE).await;

    for email in ["ada@example.com", "ADA@EXAMPLE.COM"] {
        assert_eq!(kind(users::create(&fixture.store, new_user(email)).await), "taken");
    }

    let all = users::list(&fixture.store).await.expect("a list");
    assert_eq!(all, [ada]);
    assert_eq!(deeds_in(fixture, NOWHERE).await, before, "what fails is not told");
}

async fn of_many_who_take_one_address_at_once_one_gets_it(fixture: &Fixture) {
    let nodes = [fixture.open_again(), fixture.open_again()];
    let tries = (0..20).map(|place| {
        let store = nodes[place % nodes.len()].clone();
        tokio::spawn(async move { users::create(&store, new_user("ada@example.com")).await })
    });

    let outcomes = join_all(tries).await;

    let mut kinds: Vec<_> = outcomes.into_iter().map(|it| kind(it.expect("no panic"))).collect();
    kinds.sort_unstable();
    assert_eq!(kinds[..2], ["done", "taken"]);
    assert_eq!(users::list(&fixture.store).await.expect("a list").len(), 1);
}

async fn nobody_is_made_for_a_workspace_that_is_not_there(fixture: &Fixture) {
    let new = new_member("ada@example.com", WorkspaceId::random(), "viewer");

    assert_eq!(kind(users::create(&fixture.store, new).await), "missing");

    assert!(users::list(&fixture.store).await.expect("a list").is_empty());
    assert!(deeds_in(fixture, NOWHERE).await.is_empty());
}

async fn what_somebody_proves_themselves_with_is_found_by_address_and_by_id(fixture: &Fixture) {
    let ada = person(fixture, "ada@example.com").await;
    person(fixture, "bob@example.com").await;

    let by_email = users::find_by_email(&fixture.store, "ada@example.com").await;
    let by_email = by_email.expect("an answer").expect("somebody");
    let by_id = users::credentials(&fixture.store, ada.id).await.expect("somebody");

    for found in [by_email, by_id] {
        assert_eq!(found.user, ada);
        assert_eq!(found.password.as_deref(), Some("$argon2id$first"));
        assert_eq!((found.totp_secret, found.totp_step), (None, 0));
    }
    let unknown = users::find_by_email(&fixture.store, "Ada@example.com").await;
    assert!(unknown.expect("an answer").is_none(), "it is asked for folded");
    assert_eq!(kind(users::get(&fixture.store, UserId::random()).await), "missing");
}

async fn a_new_password_is_for_the_credentials_that_were_verified(fixture: &Fixture) {
    let store = &fixture.store;
    let ada = person(fixture, "ada@example.com").await;
    let renamed = users::rename(store, ada.id, "Ada L.".to_owned()).await.expect("renamed");
    assert_eq!((renamed.name.as_str(), renamed.version), ("Ada L.", ada.version));
    let set =
        |version, password: &str| users::set_password(store, ada.id, version, password.into());

    let changed = set(Some(ada.version), "second").await.expect("changed");

    assert_eq!(changed.version, ada.version + 1);
    assert_eq!(kind(set(Some(ada.version), "third").await), "stale");
    let stored = async || users::credentials(store, ada.id).await.expect("somebody").password;
    assert_eq!(stored().await.as_deref(), Some("second"));
    // An operator knows no version.
    set(None, "fourth").await.expect("changed");
    assert_eq!(stored().await.as_deref(), Some("fourth"));
    let nobody = users::set_password(store, UserId::random(), None, "x".into()).await;
    assert_eq!(kind(nobody), "missing");
    assert_eq!(kind(users::rename(store, UserId::random(), "x".into()).await), "missing");
    assert_eq!(kind(users::set_state(store, UserId::random(), UserState::Active).await), "missing");
}

async fn a_second_factor_is_added_once_and_taken_away_with_its_codes(fixture: &Fixture) {
    let store = &fixture.store;
    let ada = person(fixture, "ada@example.com").await;
    let bob = person(fixture, "bob@example.com").await;
    users::add_totp(store, bob.id, totp(1, &[1, 2])).await.expect("a second factor");

    let with = users::add_totp(store, ada.id, totp(55, &[1, 2, 3])).await.expect("one");

    assert!(with.has_totp && with.version > ada.version);
    let found = users::credentials(store, ada.id).await.expect("somebody");
    assert_eq!((found.totp_secret, found.totp_step), (Some(vec![7; 20]), 55));
    assert_eq!(kind(users::add_totp(store, ada.id, totp(66, &[4])).await), "taken");
    assert_eq!(count(fixture, "SELECT COUNT(*) FROM recovery_codes").await, 5);

    assert!(users::remove_totp(store, ada.id).await.expect("an answer"));
    assert!(!users::remove_totp(store, ada.id).await.expect("an answer"), "there is none");
    let without = users::get(store, ada.id).await.expect("somebody");
    assert!(!without.has_totp && without.version > with.version);
    let codes = fixture.rows("SELECT user_id FROM recovery_codes", vec![]).await;
    let of_bob = |row: &Row| row.fields() == [Value::Int(bob.id.get())];
    assert!(codes.len() == 2 && codes.iter().all(of_bob), "{codes:?}");
    users::add_totp(store, ada.id, totp(77, &[9])).await.expect("another one");
}

async fn people_are_listed_the_oldest_account_first(fixture: &Fixture) {
    for email in ["c@example.com", "a@example.com", "b@example.com"] {
        person(fixture, email).await;
        // Its place must not hang on two accounts' being made in different milliseconds.
        fixture.run("UPDATE users SET created_at = created_at - 1000").await;
    }

    let all = users::list(&fixture.store).await.expect("a list");

    let emails: Vec<_> = all.iter().map(|user| user.email.as_str()).collect();
    assert_eq!(emails, ["c@example.com", "a@example.com", "b@example.com"]);
}

async fn every_change_of_a_person_is_told_where_they_belong(fixture: &Fixture) {
    let store = &fixture.store;
    let new = new_member("ada@example.com", fixture.workspace, "editor");
    let ada = users::create(store, new).await.expect("an account");
    let lone = person(fixture, "lone@example.com").await;

    for id in [ada.id, lone.id] {
        users::rename(store, id, "Ada".to_owned()).await.expect("renamed");
        users::set_password(store, id, None, "second".to_owned()).await.expect("changed");
        users::set_state(store, id, UserState::Disabled).await.expect("disabled");
        users::set_state(store, id, UserState::Active).await.expect("enabled");
        users::add_totp(store, id, totp(1, &[1])).await.expect("a second factor");
        users::remove_totp(store, id).await.expect("taken away");
        assert!(!users::remove_totp(store, id).await.expect("an answer"), "nothing to tell");
    }

    let on_people = [
        "user.created",
        "user.disabled",
        "user.enabled",
        "user.password_changed",
        "user.renamed",
        "user.second_factor_added",
        "user.second_factor_removed",
    ];
    let here: Vec<_> = ["member.added"].into_iter().chain(on_people).collect();
    assert_eq!(deeds_in(fixture, fixture.workspace).await, here);
    assert_eq!(deeds_in(fixture, NOWHERE).await, on_people);
    let secrets = fixture.rows("SELECT detail FROM audit", vec![]).await;
    let tells = |row: &Row| row.text(0).expect("JSON").contains("argon2");
    assert!(!secrets.iter().any(tells), "{secrets:?}");
}
