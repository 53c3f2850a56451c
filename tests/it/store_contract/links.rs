//! Promises about single links: found, made, changed, renamed, deleted.

use carom::model::id::{LinkId, WorkspaceId};
use carom::model::link::{LinkState, RedirectStatus};
use carom::model::max_clicks::MaxClicks;
use carom::model::time::Millis;
use carom::store::links::{self, CodeChoice, Edit, NewLink};
use carom::store::{Error, domains};
use futures_util::future::join_all;

use super::fixture::{Fixture, code, kind};

on_both!(founded:
    a_link_is_found_by_its_code_on_its_domain_alone,
    a_code_is_given_once_a_domain,
    one_of_many_who_want_a_code_gets_it,
    capitals_matter_in_codes,
    a_random_code_is_drawn_in_the_asked_length,
    a_random_code_that_is_in_use_is_drawn_again,
    every_field_comes_back_as_it_was_given,
    a_link_of_another_workspace_looks_missing,
    a_link_that_was_never_changed_was_changed_when_it_was_made,
    a_change_needs_the_right_version_or_none,
    a_change_touches_what_was_asked_and_nothing_else,
    one_of_many_changes_of_a_version_wins,
    changes_of_any_version_all_take_effect,
    a_rename_keeps_the_link_and_frees_its_old_code,
    a_refused_rename_changes_nothing,
    a_deleted_link_is_gone_and_its_code_is_free,
);

async fn a_link_is_found_by_its_code_on_its_domain_alone(fixture: &Fixture) {
    let other = domains::create(&fixture.store, fixture.workspace, "go.example".into())
        .await
        .expect("a domain");
    let here = fixture.link("same").await;
    let there = NewLink {
        domain: other.id,
        url: "https://elsewhere.example/".into(),
        ..fixture.new_link("same")
    };
    let there = links::create(&fixture.store, there, None).await.expect("free on that domain");

    let found = links::find(&fixture.store, fixture.domain, "same").await.expect("an answer");
    let destination = found.expect("a link");
    assert_eq!((destination.id, destination.url), (here.id, here.url));
    let found = links::find(&fixture.store, other.id, "same").await.expect("an answer");
    let destination = found.expect("a link");
    assert_eq!((destination.id, destination.url), (there.id, there.url));

    fixture.link("only-here").await;
    let found = links::find(&fixture.store, other.id, "only-here").await.expect("an answer");
    assert_eq!(found, None);
    assert_eq!(fixture.target_of("nowhere").await, None);
}

async fn a_code_is_given_once_a_domain(fixture: &Fixture) {
    let first = fixture.link("wanted").await;
    let logged = fixture.changes().await;

    let second = NewLink { url: "https://late.example/".into(), ..fixture.new_link("wanted") };
    let refused = links::create(&fixture.store, second, None).await;

    assert_eq!(kind(refused), "taken");
    assert_eq!(fixture.target_of("wanted").await, Some(first.url));
    assert_eq!(fixture.changes().await, logged, "a refused link is no change");
}

async fn one_of_many_who_want_a_code_gets_it(fixture: &Fixture) {
    let stores: Vec<_> = (0..8).map(|_| fixture.open_again()).collect();
    let tries = stores.iter().map(|store| links::create(store, fixture.new_link("wanted"), None));

    let mut outcomes: Vec<_> = join_all(tries).await.into_iter().map(kind).collect();

    outcomes.sort_unstable();
    assert_eq!(outcomes, ["done", "taken", "taken", "taken", "taken", "taken", "taken", "taken"]);
}

async fn capitals_matter_in_codes(fixture: &Fixture) {
    let lower = fixture.link("sale").await;
    let upper = fixture.link("SALE").await;

    assert_eq!(fixture.target_of("sale").await, Some(lower.url));
    assert_eq!(fixture.target_of("SALE").await, Some(upper.url));
    assert_eq!(fixture.target_of("Sale").await, None);
}

async fn a_random_code_is_drawn_in_the_asked_length(fixture: &Fixture) {
    for length in [7, 12] {
        let new = NewLink { code: CodeChoice::Random { length }, ..fixture.new_link("x") };
        let link = links::create(&fixture.store, new, None).await.expect("a link");
        assert_eq!(link.code.as_str().len(), length);
        assert_eq!(fixture.target_of(link.code.as_str()).await, Some(link.url));
    }
}

async fn a_random_code_that_is_in_use_is_drawn_again(fixture: &Fixture) {
    let letters = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";
    let (first_half, second_half) = letters.split_at(letters.len() / 2);
    let one_letter = || NewLink { code: CodeChoice::Random { length: 1 }, ..fixture.new_link("x") };
    for letter in first_half.split_terminator("").skip(1) {
        fixture.link(letter).await;
    }

    // Every other draw meets a letter in use: with one draw, about 30 of 60 would fail, with five
    // about two.
    let mut made = 0;
    for _ in 0..60 {
        match links::create(&fixture.store, one_letter(), None).await {
            Ok(link) => {
                made += 1;
                links::delete(&fixture.store, fixture.workspace, link.id, None)
                    .await
                    .expect("a link that was just made");
            }
            Err(error) => assert!(matches!(error, Error::Taken), "{error:?}"),
        }
    }
    assert!(made > 45, "only {made} of 60 found a free letter");

    for letter in second_half.split_terminator("").skip(1) {
        fixture.link(letter).await;
    }
    let refused = links::create(&fixture.store, one_letter(), None).await;
    assert_eq!(kind(refused), "taken", "it gives up rather than draw for ever");
}

async fn every_field_comes_back_as_it_was_given(fixture: &Fixture) {
    let new = NewLink {
        url: format!("https://example.com/{}", "x".repeat(8_000)),
        status: RedirectStatus::PermanentRedirect,
        title: Some("Ünïcode – 日本 🦀 'quoted' \\ % _".into()),
        expires_at: Some(Millis::from_epoch(4_102_444_800_123)),
        max_clicks: MaxClicks::try_from(1_000_000_000).ok(),
        ..fixture.new_link("caf\u{e9}")
    };

    let made = links::create(&fixture.store, new.clone(), None).await.expect("a link");

    assert_eq!(made.code, code("cafe\u{301}"));
    assert_eq!((&made.url, made.status, &made.title), (&new.url, new.status, &new.title));
    assert_eq!((made.expires_at, made.state, made.version), (new.expires_at, LinkState::Active, 1));
    assert_eq!(made.max_clicks, new.max_clicks);
    assert_eq!(fixture.get(made.id).await, Some(made.clone()));
    let by_code =
        links::get_by_code(&fixture.store, fixture.workspace, fixture.domain, "caf\u{e9}").await;
    assert_eq!(by_code.expect("an answer"), Some(made.clone()));
    let found = links::find(&fixture.store, fixture.domain, "caf\u{e9}").await.expect("an answer");
    let found = found.expect("a destination");
    assert_eq!((found.id, found.workspace, found.url), (made.id, made.workspace, made.url));
    assert_eq!(
        (found.status, found.state, found.expires_at, found.max_clicks),
        (made.status, made.state, made.expires_at, made.max_clicks)
    );
}

async fn a_link_of_another_workspace_looks_missing(fixture: &Fixture) {
    let link = fixture.link("mine").await;
    let stranger = WorkspaceId::random();
    let store = &fixture.store;

    assert_eq!(links::get(store, stranger, link.id).await.expect("an answer"), None);
    let by_code = links::get_by_code(store, stranger, fixture.domain, "mine").await;
    assert_eq!(by_code.expect("an answer"), None);
    let changed = links::change(store, stranger, link.id, None, Edit::default()).await;
    assert_eq!(kind(changed), "missing");
    assert_eq!(kind(links::delete(store, stranger, link.id, None).await), "missing");
    assert_eq!(fixture.get(link.id).await, Some(link));
}

async fn a_link_that_was_never_changed_was_changed_when_it_was_made(fixture: &Fixture) {
    // A clock that is read twice shows two times now and then.
    for n in 0..200 {
        let made = fixture.link(&format!("new{n}")).await;
        assert_eq!(fixture.get(made.id).await, Some(made));
    }
}

async fn a_change_needs_the_right_version_or_none(fixture: &Fixture) {
    let link = fixture.link("edited").await;
    let to = |url: &str| Edit { url: Some(url.to_owned()), ..Edit::default() };
    let change =
        |version, edit| links::change(&fixture.store, fixture.workspace, link.id, version, edit);

    let changed = change(Some(1), to("https://two.example/")).await.expect("version 1 it was");
    assert_eq!((changed.link.version, changed.code_before), (2, link.code.clone()));

    assert_eq!(kind(change(Some(1), to("https://late.example/")).await), "stale");
    assert_eq!(kind(change(Some(3), to("https://early.example/")).await), "stale");
    assert_eq!(fixture.target_of("edited").await.as_deref(), Some("https://two.example/"));

    let changed = change(None, to("https://three.example/")).await.expect("any version");
    assert_eq!(changed.link.version, 3);
    assert_eq!(fixture.target_of("edited").await.as_deref(), Some("https://three.example/"));

    let nobody = LinkId::random();
    let missing =
        links::change(&fixture.store, fixture.workspace, nobody, None, Edit::default()).await;
    assert_eq!(kind(missing), "missing");
}

async fn a_change_touches_what_was_asked_and_nothing_else(fixture: &Fixture) {
    let new = NewLink {
        title: Some("a title".into()),
        expires_at: Some(Millis::from_epoch(4_102_444_800_000)),
        ..fixture.new_link("kept")
    };
    let before = links::create(&fixture.store, new, None).await.expect("a link");
    let edits = [
        Edit { status: Some(RedirectStatus::MovedPermanently), ..Edit::default() },
        Edit { state: Some(LinkState::Disabled), ..Edit::default() },
        Edit { title: Some(None), ..Edit::default() },
        Edit { expires_at: Some(None), ..Edit::default() },
        Edit { max_clicks: Some(MaxClicks::try_from(9).ok()), ..Edit::default() },
    ];
    for edit in edits {
        links::change(&fixture.store, fixture.workspace, before.id, None, edit)
            .await
            .expect("a change");
    }

    let after = fixture.get(before.id).await.expect("the link");

    assert!(after.updated_at >= before.updated_at);
    let expected = carom::model::link::Link {
        status: RedirectStatus::MovedPermanently,
        state: LinkState::Disabled,
        title: None,
        expires_at: None,
        max_clicks: MaxClicks::try_from(9).ok(),
        version: 6,
        updated_at: after.updated_at,
        ..before
    };
    assert_eq!(after, expected);
    let found = links::find(&fixture.store, fixture.domain, "kept").await.expect("an answer");
    assert_eq!(found.expect("a destination").state, LinkState::Disabled);
}

async fn one_of_many_changes_of_a_version_wins(fixture: &Fixture) {
    let link = fixture.link("raced").await;
    let stores: Vec<_> = (0..8).map(|_| fixture.open_again()).collect();
    let changes = stores.iter().enumerate().map(|(place, store)| {
        let edit = Edit { url: Some(format!("https://{place}.example/")), ..Edit::default() };
        links::change(store, fixture.workspace, link.id, Some(1), edit)
    });

    let outcomes = join_all(changes).await;

    let winners: Vec<_> = outcomes.iter().filter_map(|outcome| outcome.as_ref().ok()).collect();
    let losers = outcomes.iter().filter(|outcome| matches!(outcome, Err(Error::Stale))).count();
    assert_eq!((winners.len(), losers), (1, 7), "{outcomes:?}");
    assert_eq!(fixture.get(link.id).await.as_ref(), Some(&winners[0].link));
}

async fn changes_of_any_version_all_take_effect(fixture: &Fixture) {
    let link = fixture.link("hot").await;
    let stores: Vec<_> = (0..8).map(|_| fixture.open_again()).collect();
    let changes = stores.iter().enumerate().map(|(place, store)| {
        let edit = Edit { url: Some(format!("https://{place}.example/")), ..Edit::default() };
        links::change(store, fixture.workspace, link.id, None, edit)
    });

    let outcomes: Vec<_> = join_all(changes).await.into_iter().map(kind).collect();

    assert_eq!(outcomes, ["done"; 8], "nobody named a version");
    assert_eq!(fixture.get(link.id).await.map(|link| link.version), Some(9));
}

async fn a_rename_keeps_the_link_and_frees_its_old_code(fixture: &Fixture) {
    let new = NewLink { max_clicks: MaxClicks::try_from(5).ok(), ..fixture.new_link("old") };
    let before = links::create(&fixture.store, new, None).await.expect("a link");
    let edit =
        Edit { code: Some(code("new")), title: Some(Some("renamed".into())), ..Edit::default() };

    let changed = links::change(&fixture.store, fixture.workspace, before.id, Some(1), edit)
        .await
        .expect("a free code");

    assert_eq!(changed.code_before, code("old"));
    assert_eq!((changed.link.id, &changed.link.code), (before.id, &code("new")));
    assert_eq!((changed.link.created_at, changed.link.version), (before.created_at, 2));
    assert_eq!(changed.link.max_clicks, before.max_clicks);
    assert_eq!(fixture.get(before.id).await, Some(changed.link));
    assert_eq!(fixture.target_of("new").await, Some(before.url));
    assert_eq!(fixture.target_of("old").await, None);
    let heir = fixture.link("old").await;
    assert_ne!(heir.id, before.id);
}

async fn a_refused_rename_changes_nothing(fixture: &Fixture) {
    let link = fixture.link("mine").await;
    let other = fixture.link("yours").await;
    let logged = fixture.changes().await;
    let edit = Edit {
        code: Some(code("yours")),
        url: Some("https://changed.example/".into()),
        ..Edit::default()
    };

    let refused = links::change(&fixture.store, fixture.workspace, link.id, None, edit).await;

    assert_eq!(kind(refused), "taken");
    assert_eq!(fixture.target_of("mine").await, Some(link.url.clone()));
    assert_eq!(fixture.get(link.id).await, Some(link));
    assert_eq!(fixture.get(other.id).await, Some(other));
    assert_eq!(fixture.changes().await, logged);
}

async fn a_deleted_link_is_gone_and_its_code_is_free(fixture: &Fixture) {
    let link = fixture.link("gone").await;
    let delete = |version| links::delete(&fixture.store, fixture.workspace, link.id, version);

    assert_eq!(kind(delete(Some(2)).await), "stale");
    assert_eq!(fixture.target_of("gone").await, Some(link.url.clone()));

    assert_eq!(delete(Some(1)).await.expect("version 1 it was"), link);
    assert_eq!(fixture.target_of("gone").await, None);
    assert_eq!(fixture.get(link.id).await, None);
    assert_eq!(kind(delete(None).await), "missing");

    let heir = fixture.link("gone").await;
    assert_ne!(heir.id, link.id);
}
