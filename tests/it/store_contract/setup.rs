//! Promises about the set-up: one first account, and never again.

use carom::accounts::token::Token;
use carom::model::id::WorkspaceId;
use carom::store::invitations::{self, Guest, NewInvitation};
use carom::store::memberships::{self, OWNER};
use carom::store::users::{self, NewUser};
use carom::store::{Value, setup};
use futures_util::future::{join, join_all};

use super::fixture::{Fixture, kind};
use super::people::{NOWHERE, deeds_in, new_member, new_user};
use crate::support::wait::{SOON, in_time};

on_both!(founded:
    of_a_hundred_who_race_for_the_set_up_one_gets_an_account,
    a_set_up_is_opened_by_one_token_and_by_no_other,
    a_set_up_never_opens_again_however_the_account_was_made,
    another_token_takes_the_place_of_one_that_was_lost,
    of_a_set_up_and_an_operator_at_once_no_two_are_first,
    the_first_account_of_an_operator_owns_the_workspace,
    of_many_first_accounts_at_once_one_is_the_owner,
    a_set_up_that_fails_stays_open,
);

fn owner(fixture: &Fixture, email: &str) -> NewUser {
    new_member(email, fixture.workspace, OWNER)
}

async fn offered(fixture: &Fixture) -> String {
    let digest = Token::random().digest_text();
    assert!(setup::open(&fixture.store, digest.clone()).await.expect("an answer"));
    digest
}

async fn owners(fixture: &Fixture) -> usize {
    let members = memberships::list(&fixture.store, fixture.workspace).await.expect("a list");
    members.iter().filter(|member| member.role == OWNER).count()
}

async fn people(fixture: &Fixture) -> usize {
    users::list(&fixture.store).await.expect("a list").len()
}

async fn of_a_hundred_who_race_for_the_set_up_one_gets_an_account(fixture: &Fixture) {
    let nodes = [fixture.open_again(), fixture.open_again(), fixture.store.clone()];
    let digest = offered(fixture).await;
    let tries = (0..100).map(|place| {
        let store = nodes[place % nodes.len()].clone();
        let new = owner(fixture, &format!("racer{place}@example.com"));
        let digest = digest.clone();
        tokio::spawn(async move { setup::finish(&store, digest, new).await })
    });

    let outcomes = in_time(6 * SOON, "all answers", join_all(tries)).await;

    let mut kinds: Vec<_> = outcomes.into_iter().map(|it| kind(it.expect("no panic"))).collect();
    kinds.sort_unstable();
    assert_eq!(kinds[0], "done");
    assert!(kinds[1..].iter().all(|kind| *kind == "missing"), "{kinds:?}");
    assert_eq!((people(fixture).await, owners(fixture).await), (1, 1));
    let deeds = deeds_in(fixture, fixture.workspace).await;
    assert_eq!(deeds, ["member.added", "user.created"], "what failed is not told");
}

async fn a_set_up_is_opened_by_one_token_and_by_no_other(fixture: &Fixture) {
    let store = &fixture.store;
    assert!(!setup::is_waiting(store).await.expect("an answer"));
    let digest = offered(fixture).await;
    let other = Token::random().digest_text();

    assert!(!setup::open(store, other.clone()).await.expect("an answer"), "one was offered");

    assert!(setup::is_waiting(store).await.expect("an answer"));
    assert!(setup::is_open(store, &digest).await.expect("an answer"));
    for wrong in [other.as_str(), "", "done", &digest[1..]] {
        assert!(!setup::is_open(store, wrong).await.expect("an answer"), "{wrong}");
        let tried = setup::finish(store, wrong.to_owned(), owner(fixture, "eve@example.com")).await;
        assert_eq!(kind(tried), "missing", "{wrong}");
    }
    assert_eq!(people(fixture).await, 0);
    let made = setup::finish(store, digest.clone(), owner(fixture, "ada@example.com")).await;
    assert_eq!(made.expect("an account").email, "ada@example.com");
    // What the row says once it is closed is no token.
    for wrong in [digest.as_str(), "done"] {
        let again = setup::finish(store, wrong.to_owned(), owner(fixture, "b@example.com")).await;
        assert_eq!(kind(again), "missing", "{wrong}");
    }
}

/// Makes an account in one of the ways there are.
async fn account_made(fixture: &Fixture, way: usize, digest: &str) {
    let store = &fixture.store;
    match way {
        0 => setup::finish(store, digest.to_owned(), owner(fixture, "a@example.com")).await,
        1 => users::create(store, new_user("a@example.com")).await,
        2 => setup::create(store, new_user("a@example.com"), fixture.workspace).await,
        _ => {
            let token = Token::random();
            let (email, digest) = ("a@example.com".to_owned(), token.digest());
            let new = NewInvitation { email, role: OWNER, digest };
            invitations::create(store, fixture.workspace, new).await.expect("an invitation");
            let guest = Guest::New(new_user("a@example.com"));
            invitations::accept(store, token.digest(), guest).await.map(|(_, user)| user)
        }
    }
    .expect("an account");
}

async fn a_set_up_never_opens_again_however_the_account_was_made(fixture: &Fixture) {
    let store = &fixture.store;
    for way in 0..4 {
        for was_offered in [true, false] {
            if !was_offered && way == 0 {
                continue;
            }
            fixture.run("DELETE FROM facts WHERE name = 'setup'").await;
            fixture.run("DELETE FROM users").await;
            fixture.run("DELETE FROM memberships").await;
            let digest = if was_offered { offered(fixture).await } else { String::new() };

            account_made(fixture, way, &digest).await;
            // Also when nobody is left: the row is closed for ever.
            for _ in 0..2 {
                let another = Token::random().digest_text();
                let opened = setup::open(store, another.clone()).await;
                assert!(!opened.expect("an answer"), "way {way}");
                assert!(!setup::is_waiting(store).await.expect("an answer"), "way {way}");
                let replaced = setup::replace(store, fixture.workspace, another.clone()).await;
                assert_eq!(kind(replaced), "taken", "way {way}");
                for digest in [&digest, &another] {
                    assert!(!setup::is_open(store, digest).await.expect("an answer"));
                    let new = owner(fixture, "eve@example.com");
                    assert_eq!(kind(setup::finish(store, digest.clone(), new).await), "missing");
                }
                fixture.run("DELETE FROM users").await;
            }
        }
    }
}

async fn another_token_takes_the_place_of_one_that_was_lost(fixture: &Fixture) {
    let store = &fixture.store;
    let replace = async || {
        let digest = Token::random().digest_text();
        setup::replace(store, fixture.workspace, digest.clone()).await.expect("replaced");
        digest
    };
    // Also where none was ever offered.
    let first = replace().await;
    assert!(setup::is_open(store, &first).await.expect("an answer"));

    let second = replace().await;

    assert!(!setup::is_open(store, &first).await.expect("an answer"));
    let lost = setup::finish(store, first, owner(fixture, "eve@example.com")).await;
    assert_eq!(kind(lost), "missing");
    assert_eq!(deeds_in(fixture, fixture.workspace).await, ["setup.offered", "setup.offered"]);
    setup::finish(store, second, owner(fixture, "ada@example.com")).await.expect("an account");
    assert_eq!(people(fixture).await, 1);
}

async fn of_a_set_up_and_an_operator_at_once_no_two_are_first(fixture: &Fixture) {
    let other = fixture.open_again();
    for round in 0..10 {
        fixture.run("DELETE FROM facts WHERE name = 'setup'").await;
        fixture.run("DELETE FROM users").await;
        fixture.run("DELETE FROM memberships").await;
        let digest = offered(fixture).await;
        let set_up = setup::finish(&fixture.store, digest, owner(fixture, "ada@example.com"));
        let made = setup::create(&other, new_user("bob@example.com"), fixture.workspace);

        let (set_up, made) = join(set_up, made).await;

        made.expect("an operator makes as many as there should be");
        let expected = if set_up.is_ok() { 2 } else { 1 };
        assert_eq!(people(fixture).await, expected, "round {round}: {set_up:?}");
        assert_eq!(owners(fixture).await, 1, "round {round}: {set_up:?}");
        assert!(["done", "missing"].contains(&kind(set_up)), "round {round}");
    }
}

async fn the_first_account_of_an_operator_owns_the_workspace(fixture: &Fixture) {
    let create = |new| setup::create(&fixture.store, new, fixture.workspace);
    let find = async |user| memberships::find(&fixture.store, user, None).await.expect("an answer");

    let first = create(new_user("ada@example.com")).await.expect("an account");
    let second = create(new_user("bob@example.com")).await.expect("an account");
    let third = new_member("eve@example.com", fixture.workspace, "viewer");
    let third = create(third).await.expect("an account");

    assert_eq!(find(first.id).await, Some((fixture.workspace, OWNER.to_owned())));
    assert_eq!(find(second.id).await, None);
    assert_eq!(find(third.id).await, Some((fixture.workspace, "viewer".to_owned())));
    assert_eq!(kind(create(new_user("ADA@example.com")).await), "taken");
    let nowhere = new_member("x@example.com", WorkspaceId::random(), "viewer");
    assert_eq!(kind(create(nowhere).await), "missing");
    assert_eq!(deeds_in(fixture, NOWHERE).await, ["user.created"]);
}

async fn of_many_first_accounts_at_once_one_is_the_owner(fixture: &Fixture) {
    let nodes = [fixture.open_again(), fixture.open_again()];
    let tries = (0..10).map(|place| {
        let (store, workspace) = (nodes[place % nodes.len()].clone(), fixture.workspace);
        let new = new_user(&format!("person{place}@example.com"));
        tokio::spawn(async move { setup::create(&store, new, workspace).await })
    });

    for outcome in join_all(tries).await {
        outcome.expect("no panic").expect("an account");
    }

    assert_eq!((people(fixture).await, owners(fixture).await), (10, 1));
}

async fn a_set_up_that_fails_stays_open(fixture: &Fixture) {
    let digest = offered(fixture).await;
    let nowhere = new_member("ada@example.com", WorkspaceId::random(), OWNER);

    let failed = setup::finish(&fixture.store, digest.clone(), nowhere).await;

    assert_eq!(kind(failed), "missing");
    assert_eq!(people(fixture).await, 0);
    let row = "SELECT value FROM facts WHERE name = 'setup'";
    let row = fixture.rows(row, vec![]).await;
    assert_eq!(row[0].fields(), [Value::Text(digest.clone())]);
    setup::finish(&fixture.store, digest, owner(fixture, "ada@example.com")).await.expect("made");
}
