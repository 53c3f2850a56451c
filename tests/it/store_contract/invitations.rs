//! Promises about invitations: each lets one person in, once and in time.

use carom::accounts::token::Token;
use carom::model::id::WorkspaceId;
use carom::store::invitations::{self, Guest, Invitation, KEPT_MS, NewInvitation};
use carom::store::{Value, memberships, setup, users, workspaces};
use futures_util::future::join_all;

use super::fixture::{Fixture, kind};
use super::people::{NOWHERE, deeds_in, new_user, person};

on_both!(founded:
    an_invitation_works_once,
    of_many_who_accept_one_invitation_at_once_one_wins,
    an_invitation_expires,
    a_newer_invitation_of_the_same_address_ends_the_older_one,
    an_invitation_is_taken_back_by_its_own_workspace_alone,
    who_cannot_accept_leaves_the_invitation_open,
    an_invitation_needs_its_workspace,
    every_change_of_an_invitation_is_told,
    invitations_are_forgotten_when_they_are_over,
);

async fn invited(fixture: &Fixture, email: &str, role: &'static str) -> (Token, Invitation) {
    let token = Token::random();
    let new = NewInvitation { email: email.to_owned(), role, digest: token.digest() };
    let made = invitations::create(&fixture.store, fixture.workspace, new).await;
    (token, made.expect("an invitation"))
}

async fn is_open(fixture: &Fixture, token: &Token) -> bool {
    invitations::find(&fixture.store, token.digest()).await.expect("an answer").is_some()
}

/// The roles of the workspace's members.
async fn roles(fixture: &Fixture) -> Vec<String> {
    let members = memberships::list(&fixture.store, fixture.workspace).await.expect("a list");
    members.into_iter().map(|member| member.role).collect()
}

async fn an_invitation_works_once(fixture: &Fixture) {
    let (token, made) = invited(fixture, "ada@example.com", "editor").await;
    assert_eq!((made.workspace, made.role.as_str()), (fixture.workspace, "editor"));
    assert_eq!(made.expires_at.get() - made.created_at.get(), KEPT_MS);
    assert_eq!(made.invited_by, "operator");
    let found = invitations::find(&fixture.store, token.digest()).await.expect("an answer");
    assert_eq!(found.as_ref(), Some(&made));
    let listed = invitations::list(&fixture.store, fixture.workspace).await.expect("a list");
    assert_eq!(listed, std::slice::from_ref(&made));
    let accept = |guest| invitations::accept(&fixture.store, token.digest(), guest);

    let accepted = accept(Guest::New(new_user("ada@example.com"))).await.expect("accepted");

    assert_eq!(accepted.0, made);
    let role = memberships::find(&fixture.store, accepted.1.id, None).await.expect("an answer");
    assert_eq!(role, Some((fixture.workspace, "editor".to_owned())));
    assert!(!is_open(fixture, &token).await);
    assert!(invitations::list(&fixture.store, fixture.workspace).await.expect("a list").is_empty());
    let bob = person(fixture, "bob@example.com").await;
    assert_eq!(kind(accept(Guest::Known(bob)).await), "missing");
    assert_eq!(kind(accept(Guest::New(new_user("eve@example.com"))).await), "missing");
    assert_eq!(roles(fixture).await, ["editor"]);
}

async fn of_many_who_accept_one_invitation_at_once_one_wins(fixture: &Fixture) {
    let nodes = [fixture.open_again(), fixture.open_again()];
    let (token, _) = invited(fixture, "ada@example.com", "viewer").await;
    let mut guests = Vec::new();
    for place in 0..10 {
        let email = format!("guest{place}@example.com");
        let is_known = place % 2 == 0;
        guests.push(if is_known {
            Guest::Known(person(fixture, &email).await)
        } else {
            Guest::New(new_user(&email))
        });
    }

    let tries = guests.into_iter().enumerate().map(|(place, guest)| {
        let (store, digest) = (nodes[place % nodes.len()].clone(), token.digest());
        tokio::spawn(async move { invitations::accept(&store, digest, guest).await })
    });
    let outcomes = join_all(tries).await;

    let mut kinds: Vec<_> = outcomes.into_iter().map(|it| kind(it.expect("no panic"))).collect();
    kinds.sort_unstable();
    assert_eq!(kinds[0], "done");
    assert!(kinds[1..].iter().all(|kind| *kind == "missing"), "{kinds:?}");
    assert_eq!(roles(fixture).await, ["viewer"]);
    let people = users::list(&fixture.store).await.expect("a list").len();
    assert!((5..=6).contains(&people), "who has lost has got no account: {people}");
}

async fn an_invitation_expires(fixture: &Fixture) {
    let (token, _) = invited(fixture, "ada@example.com", "viewer").await;
    fixture.run("UPDATE invitations SET expires_at = {now} + 60000").await;
    assert!(is_open(fixture, &token).await);

    fixture.run("UPDATE invitations SET expires_at = {now}").await;

    assert!(!is_open(fixture, &token).await);
    assert!(invitations::list(&fixture.store, fixture.workspace).await.expect("a list").is_empty());
    let guest = Guest::New(new_user("ada@example.com"));
    let late = invitations::accept(&fixture.store, token.digest(), guest).await;
    assert_eq!(kind(late), "missing");
    assert!(users::list(&fixture.store).await.expect("a list").is_empty());
}

async fn a_newer_invitation_of_the_same_address_ends_the_older_one(fixture: &Fixture) {
    let (older, _) = invited(fixture, "\u{c9}va@example.com", "viewer").await;
    let (other, _) = invited(fixture, "bob@example.com", "viewer").await;
    let elsewhere = workspaces::create(&fixture.store, "other".to_owned(), None).await;
    let elsewhere = elsewhere.expect("a workspace").id;
    let foreign = Token::random();
    let new = NewInvitation {
        email: "\u{c9}va@example.com".to_owned(),
        role: "viewer",
        digest: foreign.digest(),
    };
    invitations::create(&fixture.store, elsewhere, new).await.expect("an invitation");

    let (newer, made) = invited(fixture, "\u{e9}va@EXAMPLE.com", "admin").await;

    assert!(!is_open(fixture, &older).await && is_open(fixture, &newer).await);
    assert!(is_open(fixture, &other).await, "another address");
    assert!(is_open(fixture, &foreign).await, "another workspace");
    let listed = invitations::list(&fixture.store, fixture.workspace).await.expect("a list");
    assert_eq!(listed.iter().filter(|it| it.id == made.id).count(), 1);
    assert_eq!(listed.len(), 2);
}

async fn an_invitation_is_taken_back_by_its_own_workspace_alone(fixture: &Fixture) {
    let (token, made) = invited(fixture, "ada@example.com", "viewer").await;
    let delete = |workspace| invitations::delete(&fixture.store, workspace, made.id);

    assert!(!delete(WorkspaceId::random()).await.expect("an answer"));
    assert!(is_open(fixture, &token).await);
    assert!(delete(fixture.workspace).await.expect("an answer"));
    assert!(!is_open(fixture, &token).await);
    assert!(!delete(fixture.workspace).await.expect("an answer"));

    let (token, made) = invited(fixture, "ada@example.com", "viewer").await;
    let guest = Guest::New(new_user("ada@example.com"));
    invitations::accept(&fixture.store, token.digest(), guest).await.expect("accepted");
    let accepted = invitations::delete(&fixture.store, fixture.workspace, made.id).await;
    assert!(!accepted.expect("an answer"), "it is no invitation any more");
}

async fn who_cannot_accept_leaves_the_invitation_open(fixture: &Fixture) {
    let ada = person(fixture, "ada@example.com").await;
    let workspace = fixture.workspace;
    memberships::add(&fixture.store, workspace, ada.clone(), "viewer").await.expect("added");
    let (token, _) = invited(fixture, "ada@example.com", "admin").await;
    let accept = |guest| invitations::accept(&fixture.store, token.digest(), guest);

    assert_eq!(kind(accept(Guest::New(new_user("ADA@example.com"))).await), "taken");
    assert_eq!(kind(accept(Guest::Known(ada)).await), "taken");

    assert!(is_open(fixture, &token).await);
    assert_eq!(roles(fixture).await, ["viewer"]);
}

async fn an_invitation_needs_its_workspace(fixture: &Fixture) {
    let digest = Token::random().digest();
    let new = NewInvitation { email: "ada@example.com".to_owned(), role: "viewer", digest };

    let made = invitations::create(&fixture.store, WorkspaceId::random(), new).await;

    assert_eq!(kind(made), "missing");
}

async fn every_change_of_an_invitation_is_told(fixture: &Fixture) {
    setup::open(&fixture.store, "digest".to_owned()).await.expect("an answer");
    let (_, made) = invited(fixture, "eve@example.com", "viewer").await;
    invitations::delete(&fixture.store, fixture.workspace, made.id).await.expect("deleted");
    let (token, _) = invited(fixture, "ada@example.com", "viewer").await;
    let guest = Guest::New(new_user("ada@example.com"));
    invitations::accept(&fixture.store, token.digest(), guest).await.expect("accepted");

    let expected = [
        "invitation.accepted",
        "invitation.created",
        "invitation.created",
        "invitation.deleted",
        "member.added",
        "user.created",
    ];
    assert_eq!(deeds_in(fixture, fixture.workspace).await, expected);
    assert!(deeds_in(fixture, NOWHERE).await.is_empty(), "whoever joins belongs somewhere");
    assert!(!setup::is_open(&fixture.store, "digest").await.expect("an answer"));
}

async fn invitations_are_forgotten_when_they_are_over(fixture: &Fixture) {
    let (over, _) = invited(fixture, "ada@example.com", "viewer").await;
    let (open, _) = invited(fixture, "bob@example.com", "viewer").await;
    let ended = "UPDATE invitations SET expires_at = {now} - 1000 WHERE digest = $1";
    fixture.run_with(ended, vec![Value::Bytes(over.digest())]).await;

    let now = fixture.now().await;
    assert_eq!(invitations::forget(&fixture.store, now).await.expect("forgotten"), 1);

    assert!(is_open(fixture, &open).await);
}
