//! Promises about what few links are told: kept, changed, listed by, gone with the link.

use carom::model::actor::{Actor, ActorKind};
use carom::model::cache_seconds::CacheSeconds;
use carom::model::link::{Conduct, Link, LinkState};
use carom::model::password::PasswordHash;
use carom::model::tag::{Tag, Tags};
use carom::model::time::Millis;
use carom::store::links::{self, Archived, Cursor, Edit, Filter, NewLink};
use carom::store::{Value, audit};

use super::fixture::{Fixture, code};

on_both!(founded:
    everything_that_a_link_is_told_comes_back_made_alone_or_with_others,
    an_edit_changes_what_it_names_and_keeps_tags_through_a_rename,
    a_link_put_out_of_sight_redirects_and_is_left_out_of_lists,
    links_are_listed_by_tag_page_by_page_with_every_other_filter,
    a_deleted_link_leaves_no_tags,
    the_audit_log_never_holds_a_password,
);

fn tags(words: &[&str]) -> Tags {
    Tags::parse(words).expect("tags")
}

fn told(fixture: &Fixture, name: &str) -> NewLink {
    NewLink {
        conduct: Conduct {
            not_before: Some(Millis::from_epoch(1_000)),
            fallback_url: Some("https://example.com/over".into()),
            cache_seconds: CacheSeconds::try_from(60).ok(),
            forwards_query: true,
            password: Some(PasswordHash::from_stored("$argon2id$not-a-real-one".into())),
        },
        note: Some("two\nlines".into()),
        tags: tags(&["sale", "café"]),
        ..fixture.new_link(name)
    }
}

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

async fn listed(fixture: &Fixture, filter: &Filter) -> Vec<String> {
    let links = links::list(&fixture.store, filter).await.expect("a list");
    links.iter().map(|link| link.code.to_string()).collect()
}

async fn change(fixture: &Fixture, link: &Link, edit: Edit) -> Link {
    let changed = links::change(&fixture.store, fixture.workspace, link.id, None, edit).await;
    changed.expect("a change").link
}

async fn everything_that_a_link_is_told_comes_back_made_alone_or_with_others(fixture: &Fixture) {
    let actor = Actor { kind: ActorKind::Key, id: 7, name: "a key".into(), from: String::new() };
    let store = fixture.store.on_behalf_of(actor);
    let alone = links::create(&store, told(fixture, "alone"), None).await.expect("a link");
    let many = vec![told(fixture, "one"), fixture.new_link("plain"), told(fixture, "two")];
    let many = links::create_many(&store, many).await.expect("links");

    let wanted = told(fixture, "x");
    for made in many.iter().flatten().chain([&alone]) {
        assert_eq!(made.created_by.as_deref(), Some("a key"));
        assert_eq!(fixture.get(made.id).await.as_ref(), Some(made), "{}", made.code);
        let found = links::find(&fixture.store, fixture.domain, made.code.as_str()).await;
        assert_eq!(found.expect("an answer").expect("a link").conduct, made.conduct);
        if made.code.as_str() != "plain" {
            assert_eq!(made.conduct, wanted.conduct);
            assert_eq!((&made.note, &made.tags), (&wanted.note, &wanted.tags));
        }
    }
    let plain = many[1].as_ref().expect("made");
    assert_eq!((&plain.conduct, plain.tags.is_empty()), (&Conduct::default(), true));
}

async fn an_edit_changes_what_it_names_and_keeps_tags_through_a_rename(fixture: &Fixture) {
    let made = links::create(&fixture.store, told(fixture, "a"), None).await.expect("a link");
    let edit = Edit { tags: Some(tags(&["café", "new"])), note: Some(None), ..Edit::default() };
    let changed = change(fixture, &made, edit).await;
    assert_eq!((&changed.tags, &changed.note), (&tags(&["café", "new"]), &None));
    assert_eq!(changed.conduct, made.conduct);
    assert_eq!(
        fixture.get(made.id).await.as_ref(),
        Some(&changed),
        "it is answered as it is stored"
    );

    let edit = Edit {
        code: Some(code("b")),
        not_before: Some(None),
        fallback_url: Some(None),
        cache_seconds: Some(None),
        forwards_query: Some(false),
        password: Some(None),
        ..Edit::default()
    };
    let renamed = change(fixture, &changed, edit).await;
    assert_eq!(renamed.conduct, Conduct::default());
    assert_eq!(fixture.get(made.id).await.as_ref(), Some(&renamed));
    assert_eq!((renamed.tags, renamed.created_by), (changed.tags, made.created_by));
}

async fn a_link_put_out_of_sight_redirects_and_is_left_out_of_lists(fixture: &Fixture) {
    let (seen, link) = (fixture.link("seen").await, fixture.link("hidden").await);
    let archived = Edit { archived: Some(true), ..Edit::default() };
    let hidden = change(fixture, &link, archived.clone()).await;
    let at = hidden.archived_at.expect("a time");
    assert!(at >= link.created_at && at <= fixture.now().await);
    let again = change(fixture, &hidden, archived).await;
    assert_eq!(again.archived_at, Some(at), "it stays where it was put");

    assert_eq!(fixture.target_of("hidden").await, Some(link.url.clone()));
    let with = |archived| Filter { archived, ..filter(fixture) };
    assert_eq!(listed(fixture, &with(Archived::None)).await, [seen.code.as_str()]);
    assert_eq!(listed(fixture, &with(Archived::Only)).await, ["hidden"]);
    assert_eq!(listed(fixture, &with(Archived::All)).await.len(), 2);

    let back = change(fixture, &again, Edit { archived: Some(false), ..Edit::default() }).await;
    assert_eq!(back.archived_at, None);
    assert_eq!(listed(fixture, &with(Archived::None)).await.len(), 2);
}

async fn links_are_listed_by_tag_page_by_page_with_every_other_filter(fixture: &Fixture) {
    let new = |place: usize| NewLink {
        tags: if place.is_multiple_of(2) { tags(&["even"]) } else { tags(&["odd"]) },
        ..fixture.new_link(&format!("link-{place}"))
    };
    let made = links::create_many(&fixture.store, (0..240).map(new).collect()).await;
    let made: Vec<Link> = made.expect("links").into_iter().flatten().collect();
    let off = Edit { state: Some(LinkState::Disabled), ..Edit::default() };
    for place in [0, 1, 100, 238] {
        change(fixture, &made[place], off.clone()).await;
    }
    let tag = Tag::parse("even").ok();

    let (mut seen, mut after) = (Vec::new(), None);
    loop {
        let page = Filter { tag: tag.clone(), after, limit: 70, ..filter(fixture) };
        let page = links::list(&fixture.store, &page).await.expect("a page");
        let Some(last) = page.last() else { break };
        after = Some(Cursor { created_at: last.created_at, id: last.id });
        assert!(page.iter().all(|link| link.tags == tags(&["even"])));
        seen.extend(page);
    }
    assert_eq!(seen.len(), 120);
    assert!(seen.is_sorted_by_key(|link| std::cmp::Reverse((link.created_at, link.id))));

    let disabled = Filter { state: Some(LinkState::Disabled), ..filter(fixture) };
    assert_eq!(listed(fixture, &disabled).await.len(), 4);
    let mut both = listed(fixture, &Filter { tag: tag.clone(), ..disabled }).await;
    both.sort_unstable();
    assert_eq!(both, ["link-0", "link-100", "link-238"]);
    let found = Filter { search: Some("k-13".into()), tag, ..filter(fixture) };
    assert_eq!(listed(fixture, &found).await.len(), 5, "130, 132, 134, 136 and 138");
    let nobodys = Filter { tag: Tag::parse("none").ok(), ..filter(fixture) };
    assert_eq!(listed(fixture, &nobodys).await, [""; 0]);
}

async fn a_deleted_link_leaves_no_tags(fixture: &Fixture) {
    let made = links::create(&fixture.store, told(fixture, "a"), None).await.expect("a link");
    links::delete(&fixture.store, fixture.workspace, made.id, None).await.expect("deleted");
    let left = fixture.rows("SELECT COUNT(*) FROM link_tags", vec![]).await;
    assert_eq!(left[0].fields(), [Value::Int(0)]);
}

async fn the_audit_log_never_holds_a_password(fixture: &Fixture) {
    let made = links::create(&fixture.store, told(fixture, "a"), None).await.expect("a link");
    let another = Some(PasswordHash::from_stored("$argon2id$another".into()));
    change(fixture, &made, Edit { password: Some(another), ..Edit::default() }).await;
    links::delete(&fixture.store, fixture.workspace, made.id, None).await.expect("deleted");

    let entries = audit::Filter {
        workspace: fixture.workspace,
        subject: Some(made.id.get()),
        actor: None,
        action: None,
        from: None,
        before: None,
        limit: 10,
    };
    let entries = audit::list(&fixture.store, &entries).await.expect("entries");
    assert_eq!(entries.len(), 3);
    assert!(entries.iter().all(|entry| !entry.detail.contains("argon2id")), "{entries:?}");
    assert_eq!(entries[1].detail, r#"{"password":"changed"}"#);
}
