//! Promises about people at providers of sign-ins, and about sign-ins under way.

use carom::model::actor::Actor;
use carom::model::id::WorkspaceId;
use carom::store::audit::{self, Filter};
use carom::store::identities::{self, Identity, NewPerson};
use carom::store::users::{self, NewUser, User, UserState};
use carom::store::{pending_sign_ins, sessions};

use super::fixture::{Fixture, kind};

on_both!(founded:
    an_identity_opens_the_account_that_it_was_given_to,
    an_identity_has_one_account,
    an_account_gets_no_identity_once_its_owner_or_their_password_has_changed,
    somebody_new_gets_an_account_without_a_password,
    the_first_account_is_never_made_so,
    two_who_come_at_once_are_one,
    a_sign_in_under_way_is_taken_once,
    a_sign_in_under_way_is_no_session_and_ends,
);

fn identity(subject: &str) -> Identity {
    Identity { issuer: "https://login.example".to_owned(), subject: subject.to_owned() }
}

fn new_person(subject: &str, email: &str) -> NewPerson {
    NewPerson {
        identity: identity(subject),
        email: email.to_owned(),
        email_folded: email.to_lowercase(),
        name: "Ada".to_owned(),
    }
}

async fn user(fixture: &Fixture, email: &str) -> User {
    let new = NewUser {
        email: email.to_owned(),
        email_folded: email.to_lowercase(),
        name: "Ada".to_owned(),
        password: "$argon2id$…".to_owned(),
        member: Some((fixture.workspace, "owner")),
    };
    users::create(&fixture.store, new).await.expect("a free address")
}

/// What was done in a workspace, newest first, as its actions' words and details.
async fn deeds(fixture: &Fixture, workspace: WorkspaceId, action: &str) -> Vec<(String, String)> {
    let filter = Filter {
        workspace,
        subject: None,
        actor: None,
        action: Some(action.to_owned()),
        from: None,
        before: None,
        limit: 100,
    };
    let entries = audit::list(&fixture.store, &filter).await.expect("a list");
    entries.into_iter().map(|entry| (entry.action, entry.detail)).collect()
}

async fn an_identity_opens_the_account_that_it_was_given_to(fixture: &Fixture) {
    let ada = user(fixture, "Ada@example.com").await;
    let found = identities::find(&fixture.store, &identity("1")).await.expect("an answer");
    assert_eq!(found, None);

    let attached = identities::attach(&fixture.store, ada.clone(), identity("1")).await;

    let attached = attached.expect("an identity");
    assert_eq!(attached, User { version: ada.version + 1, ..ada });
    let found = identities::find(&fixture.store, &identity("1")).await.expect("an answer");
    assert_eq!(found, Some(attached));
    let other = Identity { issuer: "https://other.example".to_owned(), ..identity("1") };
    for stranger in [identity("2"), identity("1 "), other] {
        let found = identities::find(&fixture.store, &stranger).await.expect("an answer");
        assert_eq!(found, None, "{stranger:?}");
    }
    let detail = r#"{"issuer":"https://login.example","subject":"1"}"#;
    let added = ("user.identity_added".to_owned(), detail.to_owned());
    assert_eq!(deeds(fixture, fixture.workspace, "user.identity_added").await, [added]);
}

async fn an_identity_has_one_account(fixture: &Fixture) {
    let ada = user(fixture, "ada@example.com").await;
    let eve = user(fixture, "eve@example.com").await;
    let ada = identities::attach(&fixture.store, ada, identity("1")).await.expect("an identity");

    let taken = identities::attach(&fixture.store, eve.clone(), identity("1")).await;

    assert_eq!(kind(taken), "taken");
    let found = identities::find(&fixture.store, &identity("1")).await.expect("an answer");
    assert_eq!(found.map(|user| user.id), Some(ada.id));
    let unchanged = users::get(&fixture.store, eve.id).await.expect("a user");
    assert_eq!(unchanged.version, eve.version, "nothing of it stays");
}

async fn an_account_gets_no_identity_once_its_owner_or_their_password_has_changed(
    fixture: &Fixture,
) {
    let ada = user(fixture, "ada@example.com").await;
    let changed = users::set_password(&fixture.store, ada.id, None, "$argon2id$…2".to_owned());
    let changed = changed.await.expect("a user");
    assert_eq!(kind(identities::attach(&fixture.store, ada, identity("1")).await), "stale");

    let disabled = users::set_state(&fixture.store, changed.id, UserState::Disabled).await;
    let disabled = disabled.expect("a user");
    assert_eq!(kind(identities::attach(&fixture.store, disabled, identity("1")).await), "stale");
    let found = identities::find(&fixture.store, &identity("1")).await.expect("an answer");
    assert_eq!(found, None);
}

async fn somebody_new_gets_an_account_without_a_password(fixture: &Fixture) {
    user(fixture, "owner@example.com").await;
    let network = Actor { from: "192.0.2.1".to_owned(), ..Actor::default() };
    let store = fixture.store.on_behalf_of(network);

    let ada = identities::create(&store, new_person("1", "Ada@example.com")).await;

    let ada = ada.expect("an account");
    assert_eq!((ada.email.as_str(), ada.name.as_str()), ("Ada@example.com", "Ada"));
    let found = users::find_by_email(&fixture.store, "ada@example.com").await.expect("an answer");
    let found = found.expect("an account");
    assert_eq!((found.user, found.password), (ada.clone(), None));
    let found = identities::find(&fixture.store, &identity("1")).await.expect("an answer");
    assert_eq!(found, Some(ada));
    let actions: Vec<_> = deeds(fixture, WorkspaceId::from_stored(0), "user")
        .await
        .into_iter()
        .map(|it| it.0)
        .collect();
    for action in ["user.created", "user.identity_added"] {
        assert!(actions.iter().any(|it| it == action), "{actions:?}");
    }
    // Neither the address nor the identity is free.
    for new in [new_person("2", "ADA@example.com"), new_person("1", "other@example.com")] {
        assert_eq!(kind(identities::create(&fixture.store, new).await), "taken");
    }
    let other = users::find_by_email(&fixture.store, "other@example.com").await;
    assert!(other.expect("an answer").is_none(), "nothing of it stays");
}

async fn the_first_account_is_never_made_so(fixture: &Fixture) {
    let refused = identities::create(&fixture.store, new_person("1", "ada@example.com")).await;
    assert_eq!(kind(refused), "in use");
    assert_eq!(users::list(&fixture.store).await.expect("a list"), []);
}

async fn two_who_come_at_once_are_one(fixture: &Fixture) {
    user(fixture, "owner@example.com").await;
    let create = || identities::create(&fixture.store, new_person("1", "ada@example.com"));
    let (one, other) = tokio::join!(create(), create());
    let mut outcomes = [kind(one), kind(other)];
    outcomes.sort_unstable();
    assert_eq!(outcomes, ["done", "taken"]);
}

async fn a_sign_in_under_way_is_taken_once(fixture: &Fixture) {
    let (digest, other) = (vec![1; 32], vec![2; 32]);
    let data = r#"{"nonce":"n"}"#.to_owned();
    pending_sign_ins::create(&fixture.store, digest.clone(), data.clone()).await.expect("a row");

    let take = |digest: &Vec<u8>| pending_sign_ins::take(&fixture.store, digest.clone());
    assert_eq!(take(&other).await.expect("an answer"), None);
    let (one, another) = tokio::join!(take(&digest), take(&digest));
    let mut taken = [one.expect("an answer"), another.expect("an answer")];
    taken.sort_unstable();
    assert_eq!(taken, [None, Some(data)]);
    assert_eq!(take(&digest).await.expect("an answer"), None);
}

async fn a_sign_in_under_way_is_no_session_and_ends(fixture: &Fixture) {
    let digest = vec![1; 32];
    let rows = async || fixture.rows("SELECT id FROM sessions", vec![]).await.len();
    pending_sign_ins::create(&fixture.store, digest.clone(), "{}".to_owned()).await.expect("a row");
    let session = sessions::find(&fixture.store, digest.clone()).await.expect("an answer");
    assert_eq!(session, None);
    assert_eq!(sessions::forget(&fixture.store).await.expect("an answer"), 0);

    fixture.run("UPDATE sessions SET expires_at = expires_at - 600000").await;

    let taken = pending_sign_ins::take(&fixture.store, digest).await.expect("an answer");
    assert_eq!(taken, None);
    assert_eq!(rows().await, 1);
    pending_sign_ins::create(&fixture.store, vec![2; 32], "{}".to_owned()).await.expect("a row");
    assert_eq!(rows().await, 1, "whoever begins sweeps");
}
