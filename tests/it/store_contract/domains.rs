//! Promises about domains, their settings, claims and proofs.

use std::sync::Arc;

use carom::model::actor::{Actor, ActorKind};
use carom::model::domain::{CaseRule, ProvenBy};
use carom::model::id::{DomainId, WorkspaceId};
use carom::model::link::RedirectStatus;
use carom::store::audit::{self, Entry, Filter};
use carom::store::domains::{self, Edit, Settings, claims};
use carom::store::links::{self, CodeChoice, NewLink};
use carom::store::{changes, facts};

use super::fixture::{Fixture, code, kind};

on_both!(founded:
    domains_are_listed_with_the_default_one_first,
    a_domain_is_changed_at_its_version_and_the_change_is_logged,
    the_case_rule_stays_while_there_are_links,
    a_new_code_is_folded_where_the_domain_folds,
    a_domain_is_deleted_without_links_and_never_the_default_one,
    what_another_workspace_owns_is_missing,
    a_claim_is_a_domain_once_it_is_proven,
    a_name_is_claimed_once_in_a_workspace_and_proven_once_in_all,
    the_operator_s_word_ends_the_workspace_s_claim,
);

const HOST: &str = "go.example";

fn anything() -> Edit {
    Edit { status: Some(RedirectStatus::MovedPermanently), ..Edit::default() }
}

/// What was done, oldest first.
async fn deeds(fixture: &Fixture, workspace: WorkspaceId) -> Vec<Entry> {
    let filter = Filter {
        workspace,
        subject: None,
        actor: None,
        action: Some("domain".to_owned()),
        from: None,
        before: None,
        limit: 100,
    };
    let mut all = audit::list(&fixture.store, &filter).await.expect("a list");
    all.reverse();
    all
}

async fn actions(fixture: &Fixture, workspace: WorkspaceId) -> Vec<String> {
    let mut all: Vec<_> =
        deeds(fixture, workspace).await.into_iter().map(|entry| entry.action).collect();
    // Two of one millisecond stand in any order.
    all.sort_unstable();
    all
}

async fn claim(fixture: &Fixture, workspace: WorkspaceId) -> claims::Claim {
    let claimed = claims::create(&fixture.store, workspace, HOST.to_owned(), "token".to_owned());
    claimed.await.expect("a claim")
}

async fn domains_are_listed_with_the_default_one_first(fixture: &Fixture) {
    for host in ["zebra.example", "alpha.example"] {
        domains::create(&fixture.store, fixture.workspace, host.into()).await.expect("a domain");
    }

    let all = domains::all(&fixture.store).await.expect("a list");

    let hosts: Vec<_> = all.iter().map(|domain| domain.host.as_str()).collect();
    assert_eq!(hosts, ["", "alpha.example", "zebra.example"]);
    assert!(all.iter().all(|domain| domain.workspace == fixture.workspace));
    let workspace = facts::default_workspace(&fixture.store).await.expect("a workspace");
    assert_eq!(workspace, fixture.workspace);
}

async fn a_domain_is_changed_at_its_version_and_the_change_is_logged(fixture: &Fixture) {
    let made = domains::create(&fixture.store, fixture.workspace, HOST.to_owned()).await;
    let made = made.expect("a domain");
    assert_eq!((made.settings.clone(), made.proven_by), (Settings::default(), ProvenBy::Operator));
    let actor = Actor { kind: ActorKind::Key, id: 7, name: "deploy".into(), from: "::1".into() };
    let store = fixture.store.on_behalf_of(actor.clone());
    let start = fixture.now().await;
    let edit = Edit {
        root_url: Some(Some("https://example.com/".to_owned())),
        case_rule: Some(CaseRule::Folded),
        ..anything()
    };
    let change = |version, edit| domains::change(&store, made.workspace, made.id, version, edit);

    let changed = change(Some(1), edit).await.expect("a change");

    let expected = Settings {
        root_url: Some("https://example.com/".to_owned()),
        status: RedirectStatus::MovedPermanently,
        case_rule: CaseRule::Folded,
        ..Settings::default()
    };
    assert_eq!((&changed.settings, changed.version), (&expected, 2));
    assert_eq!(kind(change(Some(1), anything()).await), "stale");
    let removed = Edit { root_url: Some(None), ..Edit::default() };
    assert_eq!(change(None, removed).await.expect("a change").settings.root_url, None);
    let found = domains::get(&store, made.workspace, made.id).await.expect("an answer");
    assert_eq!(found.map(|it| it.version), Some(3));
    let logged = changes::since(&store, start).await.expect("the log").entries;
    let logged: Vec<_> = logged.iter().filter(|it| it.domain == made.id).collect();
    assert!(logged.len() >= 2 && logged.iter().all(|it| it.codes.is_empty()));
    let deeds = deeds(fixture, made.workspace).await;
    let deed = deeds.iter().find(|deed| deed.detail.contains("301")).expect("the deed");
    assert_eq!((&deed.actor, deed.subject.name.as_str()), (&actor, HOST));
    assert!(deed.detail.contains(r#""root_url":{"after":"https://example.com/","before":null}"#));
}

async fn the_case_rule_stays_while_there_are_links(fixture: &Fixture) {
    fixture.link("a").await;
    let change =
        |edit| domains::change(&fixture.store, fixture.workspace, fixture.domain, None, edit);
    let folded = || Edit { case_rule: Some(CaseRule::Folded), ..Edit::default() };

    assert_eq!(kind(change(folded()).await), "in use");

    assert_eq!(kind(change(Edit { case_rule: Some(CaseRule::Exact), ..anything() }).await), "done");
    let link = links::get_by_code(&fixture.store, fixture.workspace, fixture.domain, "a").await;
    let link = link.expect("an answer").expect("a link");
    links::delete(&fixture.store, fixture.workspace, link.id, None).await.expect("deleted");
    assert_eq!(kind(change(folded()).await), "done");
}

async fn a_new_code_is_folded_where_the_domain_folds(fixture: &Fixture) {
    let folded = Edit { case_rule: Some(CaseRule::Folded), ..Edit::default() };
    let changed =
        domains::change(&fixture.store, fixture.workspace, fixture.domain, None, folded).await;
    changed.expect("a change");
    let random = CodeChoice::RandomFolded { length: 30 };
    let new = NewLink { code: random, ..fixture.new_link("x") };
    let link = links::create(&fixture.store, new, None).await.expect("a link");
    assert_eq!(link.code, link.code.folded());
    let rename = links::Edit { code: Some(code("SaLE")), ..links::Edit::default() };

    let changed = links::change(&fixture.store, fixture.workspace, link.id, None, rename).await;

    assert_eq!(changed.expect("a rename").link.code.as_str(), "sale");
}

async fn a_domain_is_deleted_without_links_and_never_the_default_one(fixture: &Fixture) {
    let made = domains::create(&fixture.store, fixture.workspace, HOST.to_owned()).await;
    let made = made.expect("a domain");
    let new = NewLink { domain: made.id, ..fixture.new_link("a") };
    let link = links::create(&fixture.store, new, None).await.expect("a link");
    let delete = |id, version| domains::delete(&fixture.store, fixture.workspace, id, version);

    assert_eq!(kind(delete(made.id, None).await), "in use");
    assert_eq!(kind(delete(fixture.domain, None).await), "in use");
    links::delete(&fixture.store, fixture.workspace, link.id, None).await.expect("deleted");
    assert_eq!(kind(delete(made.id, Some(2)).await), "stale");
    assert_eq!(kind(delete(made.id, Some(1)).await), "done");
    assert_eq!(kind(delete(made.id, None).await), "missing");

    assert_eq!(domains::all(&fixture.store).await.expect("a list").len(), 1);
    let actions = actions(fixture, fixture.workspace).await;
    assert_eq!(actions, ["domain.created", "domain.deleted"]);
}

async fn what_another_workspace_owns_is_missing(fixture: &Fixture) {
    let made = domains::create(&fixture.store, fixture.workspace, HOST.to_owned()).await;
    let (made, foreign) = (made.expect("a domain"), WorkspaceId::random());
    let claimed =
        claims::create(&fixture.store, fixture.workspace, "b.example".to_owned(), "t".to_owned());
    let claimed = claimed.await.expect("a claim");
    let store = &fixture.store;

    assert_eq!(domains::get(store, foreign, made.id).await.expect("an answer"), None);
    assert_eq!(kind(domains::change(store, foreign, made.id, None, anything()).await), "missing");
    assert_eq!(kind(domains::delete(store, foreign, made.id, None).await), "missing");
    assert_eq!(domains::of_workspace(store, foreign).await.expect("a list"), []);
    assert_eq!(claims::get(store, foreign, claimed.id).await.expect("an answer"), None);
    assert_eq!(claims::of_workspace(store, foreign).await.expect("a list"), []);
    assert_eq!(kind(claims::checked(store, foreign, claimed.id, String::new()).await), "missing");
    assert_eq!(kind(claims::prove(store, foreign, claimed.id).await), "missing");
    assert_eq!(kind(claims::delete(store, foreign, claimed.id).await), "missing");
    assert_eq!(actions(fixture, foreign).await, Vec::<String>::new());
}

async fn a_claim_is_a_domain_once_it_is_proven(fixture: &Fixture) {
    let (store, workspace) = (&fixture.store, fixture.workspace);
    let claim = claim(fixture, workspace).await;
    assert_eq!((claim.checked_at, claim.problem.as_deref()), (None, None));
    let checked = claims::checked(store, workspace, claim.id, "nothing there".to_owned()).await;
    let checked = checked.expect("noted");
    assert_eq!(checked.problem.as_deref(), Some("nothing there"));
    assert!(checked.checked_at >= Some(claim.created_at));
    assert_eq!(claims::all(store).await.expect("a list"), [checked]);
    let start = fixture.now().await;

    let domain = claims::prove(store, workspace, claim.id).await.expect("a domain");

    assert_eq!((domain.id, domain.host.as_str()), (claim.id, HOST));
    assert_eq!((domain.workspace, domain.proven_by), (workspace, ProvenBy::Dns));
    assert_eq!(claims::of_workspace(store, workspace).await.expect("a list"), []);
    assert_eq!(kind(claims::prove(store, workspace, claim.id).await), "missing");
    let logged = changes::since(store, start).await.expect("the log").entries;
    assert!(logged.iter().any(|it| it.domain == domain.id && it.codes.is_empty()));
    let actions = actions(fixture, workspace).await;
    assert_eq!(actions, ["domain.checked", "domain.claimed", "domain.proven"]);
}

async fn a_name_is_claimed_once_in_a_workspace_and_proven_once_in_all(fixture: &Fixture) {
    let store = Arc::new(fixture.store.clone());
    let (one, other) = (fixture.workspace, WorkspaceId::random());
    let mine = claim(fixture, one).await;
    let again = claims::create(&store, one, HOST.to_owned(), "t".to_owned()).await;
    assert_eq!(kind(again), "taken");
    let yours = claim(fixture, other).await;
    let prove = |workspace, id: DomainId| {
        let store = Arc::clone(&store);
        tokio::spawn(async move { claims::prove(&store, workspace, id).await })
    };

    let (a, b) = (prove(one, mine.id), prove(other, yours.id));

    let mut kinds = [kind(a.await.expect("it ran")), kind(b.await.expect("it ran"))];
    kinds.sort_unstable();
    assert_eq!(kinds, ["done", "taken"]);
    let owners = domains::all(&store).await.expect("a list");
    assert_eq!(owners.iter().filter(|it| it.host == HOST).count(), 1);
    // The loser's claim stays, and says what it said.
    assert_eq!(claims::all(&store).await.expect("a list").len(), 1);
}

async fn the_operator_s_word_ends_the_workspace_s_claim(fixture: &Fixture) {
    let (store, workspace) = (&fixture.store, fixture.workspace);
    claim(fixture, workspace).await;

    domains::create(store, workspace, HOST.to_owned()).await.expect("a domain");

    assert_eq!(claims::all(store).await.expect("a list"), []);
    let again = claims::create(store, workspace, HOST.to_owned(), "t".to_owned()).await;
    assert_eq!(kind(again), "taken");
}
