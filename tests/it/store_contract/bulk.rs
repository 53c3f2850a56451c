//! Promises about many links made at once.

use std::collections::HashSet;

use carom::model::max_clicks::MaxClicks;
use carom::model::time::Millis;
use carom::store::links::{self, BLOCK, CodeChoice, NewLink};
use carom::store::{changes, domains};

use super::fixture::{Fixture, kind};

on_both!(founded:
    many_links_are_made_each_as_it_was_given,
    taken_codes_are_left_out_and_nothing_else_is,
    random_codes_are_drawn_again_until_they_are_free,
    an_entry_of_the_change_log_holds_a_block_of_codes_a_domain,
    those_who_make_the_same_codes_at_once_make_each_once,
);

async fn many_links_are_made_each_as_it_was_given(fixture: &Fixture) {
    let count = 2 * BLOCK + 3;
    let new = |place: usize| NewLink {
        title: place.is_multiple_of(2).then(|| format!("the {place}th 🦀")),
        expires_at: place.is_multiple_of(3).then(|| Millis::from_epoch(4_102_444_800_000)),
        max_clicks: MaxClicks::try_from(place as i64).ok(),
        ..fixture.new_link(&format!("link-{place}"))
    };

    let made = links::create_many(&fixture.store, (0..count).map(new).collect()).await;

    let made = made.expect("links");
    assert_eq!(made.len(), count);
    for place in [0, 1, 6, BLOCK, count - 1] {
        let link = made[place].clone().expect("a free code");
        let wanted = new(place);
        assert_eq!(link.code.as_str(), format!("link-{place}"));
        assert_eq!((&link.url, &link.title), (&wanted.url, &wanted.title));
        assert_eq!((link.expires_at, link.max_clicks), (wanted.expires_at, wanted.max_clicks));
        assert_eq!(fixture.get(link.id).await, Some(link));
    }
    assert_eq!(links::create_many(&fixture.store, vec![]).await.expect("nothing to do"), vec![]);
}

async fn taken_codes_are_left_out_and_nothing_else_is(fixture: &Fixture) {
    let taken = fixture.link("taken").await;
    let new = |code: &str, url: &str| NewLink { url: url.to_owned(), ..fixture.new_link(code) };
    let wanted = vec![
        new("one", "https://one.example/"),
        new("taken", "https://late.example/"),
        new("twice", "https://first.example/"),
        new("twice", "https://second.example/"),
        new("last", "https://last.example/"),
    ];

    let made = links::create_many(&fixture.store, wanted).await.expect("links");

    let is_made: Vec<_> = made.iter().map(Option::is_some).collect();
    assert_eq!((is_made[0], is_made[1], is_made[4]), (true, false, true));
    assert!(is_made[2] ^ is_made[3], "one of two who want a code gets it");
    assert_eq!(fixture.target_of("taken").await, Some(taken.url));
    let twice = made[2].as_ref().or(made[3].as_ref()).expect("one of them");
    assert_eq!(fixture.target_of("twice").await.as_ref(), Some(&twice.url));
}

async fn random_codes_are_drawn_again_until_they_are_free(fixture: &Fixture) {
    let one_letter = || NewLink { code: CodeChoice::Random { length: 2 }, ..fixture.new_link("x") };

    // 400 of 3,364 codes: some of the first draws meet each other.
    let made = links::create_many(&fixture.store, (0..400).map(|_| one_letter()).collect()).await;

    let made = made.expect("enough codes are free");
    let codes: HashSet<_> = made.iter().flatten().map(|link| link.code.clone()).collect();
    assert_eq!(codes.len(), 400);
    let crowd = (0..4_000).map(|_| one_letter()).collect();
    assert_eq!(kind(links::create_many(&fixture.store, crowd).await), "taken", "it gives up");
}

async fn an_entry_of_the_change_log_holds_a_block_of_codes_a_domain(fixture: &Fixture) {
    let other = domains::create(&fixture.store, fixture.workspace, "go.example".into())
        .await
        .expect("a domain");
    let start = fixture.now().await;
    fixture.run("DELETE FROM changes").await;
    let new = |place: usize| NewLink {
        domain: if place == 5 { other.id } else { fixture.domain },
        ..fixture.new_link(&format!("link-{place}"))
    };

    links::create_many(&fixture.store, (0..BLOCK + 7).map(new).collect()).await.expect("links");

    let logged = changes::since(&fixture.store, start).await.expect("an answer").entries;
    let mut blocks: Vec<_> =
        logged.iter().map(|entry| (entry.domain == other.id, entry.codes.len())).collect();
    blocks.sort_unstable();
    assert_eq!(blocks, [(false, 7), (false, BLOCK - 1), (true, 1)]);
    let again = links::create_many(&fixture.store, vec![new(1), new(2)]).await.expect("an answer");
    assert_eq!(again, [None, None]);
    let after = changes::since(&fixture.store, start).await.expect("an answer").entries;
    assert_eq!(after, logged, "what was not made is not logged");
}

async fn those_who_make_the_same_codes_at_once_make_each_once(fixture: &Fixture) {
    let (here, there) = (fixture.open_again(), fixture.open_again());
    let wanted = |order: &dyn Fn(usize) -> usize| {
        (0..300).map(|place| fixture.new_link(&format!("link-{}", order(place)))).collect()
    };

    let (one, other) = tokio::join!(
        links::create_many(&here, wanted(&|place| place)),
        links::create_many(&there, wanted(&|place| 299 - place)),
    );

    let made = |links: Vec<_>| links.into_iter().flatten().count();
    assert_eq!(made(one.expect("no deadlock")) + made(other.expect("no deadlock")), 300);
}
