//! Promises about lists: pages without gaps or repeats, and a search that takes its text literally.

use std::collections::HashSet;

use carom::model::id::{LinkId, WorkspaceId};
use carom::model::link::Link;
use carom::store::links::{self, Archived, Cursor, Filter, NewLink};
use carom::store::{Value, domains};

use super::fixture::Fixture;

on_both!(founded:
    pages_are_newest_first_without_gaps_or_repeats_while_links_are_added,
    a_search_finds_text_in_code_target_and_title_in_any_case,
    a_search_takes_its_text_literally,
    a_search_finds_greek_words_by_their_beginnings,
    a_search_may_be_longer_than_any_link,
    a_list_can_be_kept_to_one_domain_and_is_kept_to_one_workspace,
    a_changed_link_is_found_by_what_it_is_now,
    a_search_finds_old_links_behind_many_newer_ones,
);

fn filter(fixture: &Fixture) -> Filter {
    Filter {
        workspace: fixture.workspace,
        domain: None,
        search: None,
        tag: None,
        state: None,
        created_by: None,
        archived: Archived::None,
        after: None,
        limit: 100,
    }
}

async fn list(fixture: &Fixture, filter: &Filter) -> Vec<Link> {
    links::list(&fixture.store, filter).await.expect("a list")
}

/// The codes that a search finds, in the order of their letters.
async fn found(fixture: &Fixture, search: &str) -> Vec<String> {
    let filter = Filter { search: Some(search.to_owned()), ..filter(fixture) };
    let mut codes: Vec<_> =
        list(fixture, &filter).await.iter().map(|link| link.code.to_string()).collect();
    codes.sort_unstable();
    codes
}

async fn titled(fixture: &Fixture, code: &str, title: &str) {
    let new = NewLink { title: Some(title.to_owned()), ..fixture.new_link(code) };
    links::create(&fixture.store, new, None).await.expect("a link");
}

async fn pages_are_newest_first_without_gaps_or_repeats_while_links_are_added(fixture: &Fixture) {
    for place in 0..40 {
        fixture.link(&format!("early-{place}")).await;
    }
    // Many of one moment, so that the order within it matters.
    fixture.run("UPDATE links SET created_at = created_at - created_at % 50").await;
    let expected: HashSet<LinkId> =
        list(fixture, &filter(fixture)).await.iter().map(|link| link.id).collect();
    assert_eq!(expected.len(), 40);

    let mut seen: Vec<Link> = Vec::new();
    loop {
        let after = seen.last().map(|link| Cursor { created_at: link.created_at, id: link.id });
        let page = list(fixture, &Filter { after, limit: 7, ..filter(fixture) }).await;
        if page.is_empty() {
            break;
        }
        assert!(page.len() <= 7);
        seen.extend(page);
        fixture.link(&format!("late-{}", seen.len())).await;
    }

    let ids: HashSet<LinkId> = seen.iter().map(|link| link.id).collect();
    assert_eq!(ids, expected);
    assert_eq!(seen.len(), 40, "no link came twice");
    assert!(seen.is_sorted_by_key(|link| std::cmp::Reverse((link.created_at, link.id))));
}

async fn a_search_finds_text_in_code_target_and_title_in_any_case(fixture: &Fixture) {
    titled(fixture, "Spring-Sale", "Ärger in der Straße").await;
    let plain = NewLink { url: "https://shop.example/Winter".into(), ..fixture.new_link("other") };
    links::create(&fixture.store, plain, None).await.expect("a link");

    for search in ["spring-sale", "SPRING", "ng-Sa", "ärger", "ÄRGER", "STRAßE", "in der"] {
        assert_eq!(found(fixture, search).await, ["Spring-Sale"], "{search}");
    }
    for search in ["shop.example", "winter", "WINTER"] {
        assert_eq!(found(fixture, search).await, ["other"], "{search}");
    }
    assert_eq!(found(fixture, "summer").await, [""; 0]);
}

async fn a_search_takes_its_text_literally(fixture: &Fixture) {
    titled(fixture, "percent", "50% off").await;
    titled(fixture, "no-percent", "500 off").await;
    titled(fixture, "line", "a_b").await;
    titled(fixture, "no-line", "axb").await;
    titled(fixture, "slash", r"back\slash").await;
    titled(fixture, "quote", "it's; DROP TABLE links --").await;

    assert_eq!(found(fixture, "50%").await, ["percent"]);
    assert_eq!(found(fixture, "a_b").await, ["line"]);
    assert_eq!(found(fixture, r"k\s").await, ["slash"]);
    assert_eq!(found(fixture, "'s; drop").await, ["quote"]);
    assert_eq!(found(fixture, r"\").await, ["slash"]);
    assert_eq!(found(fixture, "%").await, ["percent"]);
}

async fn a_search_finds_greek_words_by_their_beginnings(fixture: &Fixture) {
    // A sigma at the end of a word is another letter in lower case, and a beginning may end in one.
    titled(fixture, "hero", "ΟΔΥΣΣΕΥΣ").await;

    for search in ["ΟΔΥΣΣΕΥΣ", "Οδυσσεύς".replace('ύ', "υ").as_str(), "ΟΔΥΣ", "οδυσ"]
    {
        assert_eq!(found(fixture, search).await, ["hero"], "{search}");
    }
}

async fn a_search_may_be_longer_than_any_link(fixture: &Fixture) {
    fixture.link("short").await;

    assert_eq!(found(fixture, &"x".repeat(60_000)).await, [""; 0]);
}

async fn a_list_can_be_kept_to_one_domain_and_is_kept_to_one_workspace(fixture: &Fixture) {
    let other = domains::create(&fixture.store, fixture.workspace, "go.example".into())
        .await
        .expect("a domain");
    let here = fixture.link("here").await;
    let there = NewLink { domain: other.id, ..fixture.new_link("there") };
    let there = links::create(&fixture.store, there, None).await.expect("a link");
    let foreign = NewLink { workspace: WorkspaceId::random(), ..fixture.new_link("foreign") };
    let foreign = links::create(&fixture.store, foreign, None).await.expect("a link");

    let of = |domain, workspace| Filter { domain, workspace, ..filter(fixture) };
    let ours = fixture.workspace;
    assert_eq!(list(fixture, &of(Some(fixture.domain), ours)).await, [here]);
    assert_eq!(list(fixture, &of(Some(other.id), ours)).await, [there]);
    assert_eq!(list(fixture, &of(None, ours)).await.len(), 2);
    assert_eq!(list(fixture, &of(None, foreign.workspace)).await, [foreign]);
}

async fn a_changed_link_is_found_by_what_it_is_now(fixture: &Fixture) {
    titled(fixture, "first", "Apples").await;
    let link = list(fixture, &filter(fixture)).await.remove(0);
    let edit = links::Edit { title: Some(Some("Pears".into())), ..links::Edit::default() };
    links::change(&fixture.store, fixture.workspace, link.id, None, edit).await.expect("a change");

    assert_eq!(found(fixture, "pears").await, ["first"]);
    assert_eq!(found(fixture, "apples").await, [""; 0]);

    let edit = links::Edit {
        code: Some(super::fixture::code("second")),
        title: Some(None),
        ..links::Edit::default()
    };
    links::change(&fixture.store, fixture.workspace, link.id, None, edit).await.expect("a rename");

    assert_eq!(found(fixture, "second").await, ["second"]);
    assert_eq!(found(fixture, "pears").await, [""; 0]);
    let rows = fixture.rows("SELECT COUNT(*) FROM links", vec![]).await;
    assert_eq!(rows[0].fields(), [Value::Int(1)]);
}

/// More links than a list looks at one by one before it reads all of them.
async fn a_search_finds_old_links_behind_many_newer_ones(fixture: &Fixture) {
    let other = domains::create(&fixture.store, fixture.workspace, "go.example".into());
    let other = other.await.expect("a domain");
    for code in ["old-1", "old-2"] {
        titled(fixture, code, "a needle").await;
    }
    let elsewhere = NewLink {
        domain: other.id,
        title: Some("a needle".to_owned()),
        ..fixture.new_link("old-3")
    };
    links::create(&fixture.store, elsewhere, None).await.expect("a link");
    fixture.run("UPDATE links SET created_at = created_at - 1000").await;
    let many = (0..1_200).map(|place| fixture.new_link(&format!("hay-{place}"))).collect();
    links::create_many(&fixture.store, many).await.expect("links");
    fixture.run("UPDATE links SET created_at = created_at - 1000").await;
    titled(fixture, "new", "a needle").await;

    assert_eq!(found(fixture, "needle").await, ["new", "old-1", "old-2", "old-3"]);
    assert_eq!(found(fixture, "pin").await, [""; 0]);
    assert_eq!(found(fixture, "hay-").await.len(), 100, "a page");
    let there = Filter { domain: Some(other.id), ..filter(fixture) };
    assert_eq!(list(fixture, &there).await.len(), 1);

    let mut seen: Vec<Link> = Vec::new();
    let search = Some("NEEDLE".to_owned());
    for wanted in [3, 1] {
        let after = seen.last().map(|link| Cursor { created_at: link.created_at, id: link.id });
        let asked = Filter { search: search.clone(), after, limit: 3, ..filter(fixture) };
        let page = list(fixture, &asked).await;
        assert_eq!(page.len(), wanted);
        seen.extend(page);
    }
    let ids: HashSet<LinkId> = seen.iter().map(|link| link.id).collect();
    assert_eq!(ids.len(), 4, "no link came twice");
    assert!(seen.is_sorted_by_key(|link| std::cmp::Reverse((link.created_at, link.id))));
}
