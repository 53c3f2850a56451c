//! Promises about workspaces and who belongs to them.

use carom::model::id::{UserId, WorkspaceId};
use carom::store::memberships::{self, Change, Changed, OWNER, Reach};
use carom::store::users::{self, User};
use carom::store::{Store, workspaces};
use futures_util::future::join;

use super::fixture::{Fixture, kind};
use super::people::{deeds_in, new_member, person};

on_both!(founded:
    somebody_belongs_to_a_workspace_once,
    members_are_listed_the_first_of_them_first_and_for_their_workspace_alone,
    the_oldest_membership_is_the_one_that_goes_without_saying,
    the_last_owner_is_neither_demoted_nor_removed,
    of_two_owners_who_demote_each_other_at_once_one_stays,
    of_two_owners_who_leave_at_once_one_stays,
    roles_beyond_reach_are_neither_given_nor_taken,
    a_workspace_is_made_with_its_owner_and_renamed,
    every_change_of_a_membership_is_told,
);

async fn member(fixture: &Fixture, email: &str, role: &'static str) -> User {
    let new = new_member(email, fixture.workspace, role);
    users::create(&fixture.store, new).await.expect("an account")
}

async fn change(fixture: &Fixture, user: &User, change: Change) -> Changed {
    let changed =
        memberships::change(&fixture.store, fixture.workspace, user.id, change, None).await;
    changed.expect("an answer")
}

/// The roles of the workspace's members by their addresses.
async fn roles(fixture: &Fixture, workspace: WorkspaceId) -> Vec<(String, String)> {
    let members = memberships::list(&fixture.store, workspace).await.expect("a list");
    members.into_iter().map(|member| (member.email, member.role)).collect()
}

fn owned(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    pairs.iter().map(|(email, role)| ((*email).to_owned(), (*role).to_owned())).collect()
}

async fn somebody_belongs_to_a_workspace_once(fixture: &Fixture) {
    let ada = person(fixture, "ada@example.com").await;
    let add = |workspace, role| memberships::add(&fixture.store, workspace, ada.clone(), role);
    add(fixture.workspace, "editor").await.expect("added");

    assert_eq!(kind(add(fixture.workspace, OWNER).await), "taken");
    assert_eq!(kind(add(WorkspaceId::random(), OWNER).await), "missing");

    let expected = owned(&[("ada@example.com", "editor")]);
    assert_eq!(roles(fixture, fixture.workspace).await, expected);
    let deeds = deeds_in(fixture, fixture.workspace).await;
    assert_eq!(deeds, ["member.added"], "what fails is not told");
}

async fn members_are_listed_the_first_of_them_first_and_for_their_workspace_alone(
    fixture: &Fixture,
) {
    let elsewhere = workspaces::create(&fixture.store, "other".to_owned(), None).await;
    let elsewhere = elsewhere.expect("a workspace").id;
    for (email, role) in [("c@x.org", OWNER), ("a@x.org", "viewer"), ("b@x.org", "admin")] {
        let user = member(fixture, email, role).await;
        fixture.run("UPDATE memberships SET created_at = created_at - 1000").await;
        if email == "a@x.org" {
            memberships::add(&fixture.store, elsewhere, user, OWNER).await.expect("added");
        }
    }

    let expected = owned(&[("c@x.org", OWNER), ("a@x.org", "viewer"), ("b@x.org", "admin")]);
    assert_eq!(roles(fixture, fixture.workspace).await, expected);
    assert_eq!(roles(fixture, elsewhere).await, owned(&[("a@x.org", OWNER)]));
    assert!(roles(fixture, WorkspaceId::random()).await.is_empty());
}

async fn the_oldest_membership_is_the_one_that_goes_without_saying(fixture: &Fixture) {
    let store = &fixture.store;
    let ada = member(fixture, "ada@example.com", "editor").await;
    fixture.run("UPDATE memberships SET created_at = created_at - 1000").await;
    let other = workspaces::create(store, "other".to_owned(), Some(ada.clone())).await;
    let other = other.expect("a workspace");

    let of_ada = memberships::of_user(store, ada.id).await.expect("a list");
    let named = |(workspace, role): &(workspaces::Workspace, String)| (workspace.id, role.clone());
    let of_ada: Vec<_> = of_ada.iter().map(named).collect();
    let (here, there) = ((fixture.workspace, "editor".to_owned()), (other.id, OWNER.to_owned()));
    assert_eq!(of_ada, [here.clone(), there.clone()]);
    let find =
        async |user, workspace| memberships::find(store, user, workspace).await.expect("an answer");
    assert_eq!(find(ada.id, None).await, Some(here.clone()));
    assert_eq!(find(ada.id, Some(fixture.workspace)).await, Some(here));
    assert_eq!(find(ada.id, Some(other.id)).await, Some(there));
    assert_eq!(find(ada.id, Some(WorkspaceId::random())).await, None);
    assert_eq!(find(UserId::random(), None).await, None);
}

async fn the_last_owner_is_neither_demoted_nor_removed(fixture: &Fixture) {
    let ada = member(fixture, "ada@example.com", OWNER).await;
    let bob = member(fixture, "bob@example.com", "admin").await;

    for tried in [Change::Role("admin"), Change::End] {
        assert_eq!(change(fixture, &ada, tried).await, Changed::LastOwner);
    }
    assert_eq!(change(fixture, &ada, Change::Role(OWNER)).await, Changed::Done);
    assert_eq!(change(fixture, &bob, Change::Role(OWNER)).await, Changed::Done);
    assert_eq!(change(fixture, &ada, Change::Role("viewer")).await, Changed::Done);
    assert_eq!(change(fixture, &bob, Change::End).await, Changed::LastOwner);
    assert_eq!(change(fixture, &ada, Change::End).await, Changed::Done);

    let expected = owned(&[("bob@example.com", OWNER)]);
    assert_eq!(roles(fixture, fixture.workspace).await, expected);
    let gone = memberships::change(&fixture.store, fixture.workspace, ada.id, Change::End, None);
    assert_eq!(kind(gone.await), "missing");
}

/// Both owners change the other's membership, or their own, at once, many times.
async fn of_two_at_once_one_stays(
    fixture: &Fixture,
    changed: Change,
    undo: impl AsyncFn(&Fixture, &User),
) {
    let stores = [fixture.open_again(), fixture.open_again()];
    let ada = member(fixture, "ada@example.com", OWNER).await;
    let bob = member(fixture, "bob@example.com", OWNER).await;
    for round in 0..15 {
        let one = |store: &Store, user: &User| {
            let (store, id) = (store.clone(), user.id);
            let workspace = fixture.workspace;
            async move { memberships::change(&store, workspace, id, changed, None).await }
        };

        let (first, second) = join(one(&stores[0], &ada), one(&stores[1], &bob)).await;

        let outcomes = [first.expect("an answer"), second.expect("an answer")];
        let done = outcomes.iter().filter(|outcome| **outcome == Changed::Done).count();
        assert_eq!(done, 1, "round {round}: {outcomes:?}");
        assert!(outcomes.contains(&Changed::LastOwner), "round {round}: {outcomes:?}");
        let roles = roles(fixture, fixture.workspace).await;
        assert_eq!(roles.iter().filter(|(_, role)| role == OWNER).count(), 1, "{roles:?}");
        undo(fixture, if outcomes[0] == Changed::Done { &ada } else { &bob }).await;
    }
}

async fn of_two_owners_who_demote_each_other_at_once_one_stays(fixture: &Fixture) {
    let undo = async |fixture: &Fixture, user: &User| {
        assert_eq!(change(fixture, user, Change::Role(OWNER)).await, Changed::Done);
    };
    of_two_at_once_one_stays(fixture, Change::Role("viewer"), undo).await;
}

async fn of_two_owners_who_leave_at_once_one_stays(fixture: &Fixture) {
    let undo = async |fixture: &Fixture, user: &User| {
        let added = memberships::add(&fixture.store, fixture.workspace, user.clone(), OWNER).await;
        added.expect("added");
    };
    of_two_at_once_one_stays(fixture, Change::End, undo).await;
}

async fn roles_beyond_reach_are_neither_given_nor_taken(fixture: &Fixture) {
    let owner = member(fixture, "owner@example.com", OWNER).await;
    let viewer = member(fixture, "viewer@example.com", "viewer").await;
    let reach: Reach = ["viewer", "editor"].into();
    let try_to = async |user: &User, change| {
        let (store, reach) = (&fixture.store, Some(reach.clone()));
        let tried = memberships::change(store, fixture.workspace, user.id, change, reach).await;
        tried.expect("an answer")
    };

    assert_eq!(try_to(&owner, Change::Role("viewer")).await, Changed::Beyond);
    assert_eq!(try_to(&owner, Change::End).await, Changed::Beyond);
    assert_eq!(try_to(&viewer, Change::Role("admin")).await, Changed::Beyond);
    let before = deeds_in(fixture, fixture.workspace).await;
    assert!(before.iter().all(|deed| !deed.starts_with("member.c")), "{before:?}");
    assert_eq!(try_to(&viewer, Change::Role("editor")).await, Changed::Done);
    assert_eq!(try_to(&viewer, Change::End).await, Changed::Done);
}

async fn a_workspace_is_made_with_its_owner_and_renamed(fixture: &Fixture) {
    let store = &fixture.store;
    let ada = person(fixture, "ada@example.com").await;
    let before = fixture.now().await;

    let made = workspaces::create(store, "Works".to_owned(), Some(ada)).await.expect("made");

    assert!(made.name == "Works" && (before..=fixture.now().await).contains(&made.created_at));
    assert_eq!(roles(fixture, made.id).await, owned(&[("ada@example.com", OWNER)]));
    let renamed = workspaces::rename(store, made.id, "Factory".to_owned()).await.expect("renamed");
    assert_eq!(workspaces::get(store, made.id).await.expect("a workspace"), renamed);
    assert_eq!((renamed.id, renamed.name.as_str()), (made.id, "Factory"));
    let listed = workspaces::list(store).await.expect("a list");
    let ids: Vec<_> = listed.iter().map(|workspace| workspace.id).collect();
    assert!(ids == [fixture.workspace, made.id] || listed[0].created_at == listed[1].created_at);
    assert_eq!(kind(workspaces::get(store, WorkspaceId::random()).await), "missing");
    let unknown = workspaces::rename(store, WorkspaceId::random(), "x".to_owned()).await;
    assert_eq!(kind(unknown), "missing");
    let deeds = deeds_in(fixture, made.id).await;
    assert_eq!(deeds, ["member.added", "workspace.created", "workspace.renamed"]);
}

async fn every_change_of_a_membership_is_told(fixture: &Fixture) {
    member(fixture, "owner@example.com", OWNER).await;
    let ada = member(fixture, "ada@example.com", "viewer").await;

    change(fixture, &ada, Change::Role("admin")).await;
    assert_eq!(change(fixture, &ada, Change::Role("admin")).await, Changed::Done);
    change(fixture, &ada, Change::End).await;

    let deeds = deeds_in(fixture, fixture.workspace).await;
    let of_members: Vec<_> = deeds.iter().filter(|deed| deed.starts_with("member.")).collect();
    let expected = ["member.added", "member.added", "member.changed", "member.removed"];
    assert_eq!(of_members, expected);
    let detail = "SELECT detail FROM audit WHERE action = 'member.changed'";
    let detail = fixture.rows(detail, vec![]).await[0].text(0).expect("JSON");
    assert_eq!(detail, r#"{"role":{"after":"admin","before":"viewer"}}"#);
}
