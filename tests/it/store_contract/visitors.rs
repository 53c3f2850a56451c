//! Promises about visitors: every node has the same salts and only for as long as they are needed,
//! and sketches lose nobody, whoever merges meanwhile.

use std::collections::HashSet;
use std::time::Instant;

use carom::clicks::visitors::sketches::BYTES_MAX;
use carom::clicks::visitors::{Salts, SketchWriter, Sketches, estimate, union};
use carom::model::id::{LinkId, StoreId};
use carom::model::time::{DAY_MS, Millis};
use carom::store::salts::{self, Salt};
use carom::store::sketches::{self, SketchKey, SketchRow};
use carom::store::{Store, Value};
use futures_util::future::join_all;

use super::fixture::{Fixture, kind};
use crate::support::wait::{SOON, in_time};

on_both!(founded:
    nodes_that_ask_at_once_get_the_same_salts,
    a_days_salt_stays_until_it_is_forgotten,
    a_salt_of_another_length_is_corrupt_and_not_shown,
    a_node_renews_its_salts_from_day_to_day,
    a_node_whose_store_fails_keeps_its_salts,
    two_nodes_tell_the_same_visitors_apart_in_the_same_way,
    visitors_offered_twice_count_once,
    two_nodes_merge_the_same_links_at_once_and_lose_nobody,
    rows_of_the_same_sketch_in_one_merge_all_count,
    an_unreadable_sketch_is_left_alone_and_sinks_no_other,
    sketches_are_read_by_link_and_day,
    a_write_of_many_sketches_reaches_the_store_whole,
    a_merge_whose_caller_hung_up_can_be_offered_again,
);

/// A day that is long over, so that nothing depends on the store's clock.
const DAY: i64 = 20_000;

fn day(number: i64) -> Millis {
    Millis::from_epoch(number * DAY_MS)
}

async fn ensure(store: &Store, days: &[Millis]) -> Vec<Salt> {
    salts::ensure(store, days).await.expect("salts")
}

async fn nodes_that_ask_at_once_get_the_same_salts(fixture: &Fixture) {
    let stores: Vec<Store> = (0..4).map(|_| fixture.open_again()).collect();
    let mut all = HashSet::new();
    for round in 0..10 {
        let (today, tomorrow) = (day(DAY + 2 * round), day(DAY + 2 * round + 1));
        // Half of the nodes ask in the other order.
        let asked = stores.iter().enumerate().map(async |(place, store)| {
            let days = if place % 2 == 0 { [today, tomorrow] } else { [tomorrow, today] };
            let mut salts = ensure(store, &days).await;
            assert_eq!(salts.iter().map(|salt| salt.day).collect::<Vec<_>>(), days);
            salts.sort_unstable_by_key(|salt| salt.day);
            salts
        });
        let answers = in_time(6 * SOON, "every node has salts", join_all(asked)).await;
        assert!(answers.iter().all(|salts| *salts == answers[0]), "round {round}");
        all.extend(answers[0].iter().map(|salt| salt.bytes));
    }
    assert_eq!(all.len(), 20, "each day has a salt of its own");
}

async fn a_days_salt_stays_until_it_is_forgotten(fixture: &Fixture) {
    let store = &fixture.store;
    let noon = Millis::from_epoch(day(DAY).get() + DAY_MS / 2);
    let first = ensure(store, &[noon, day(DAY + 1)]).await;
    assert_eq!(first[0].day, day(DAY));
    assert_eq!(ensure(store, &[day(DAY), day(DAY + 1)]).await, first);

    assert_eq!(salts::forget(store, day(DAY + 1)).await.expect("an answer"), 1);

    let again = ensure(store, &[day(DAY), day(DAY + 1)]).await;
    assert_ne!(again[0].bytes, first[0].bytes);
    assert_eq!(again[1], first[1]);
    assert_eq!(salts::forget(store, day(DAY + 9)).await.expect("an answer"), 2);
}

async fn a_salt_of_another_length_is_corrupt_and_not_shown(fixture: &Fixture) {
    ensure(&fixture.store, &[day(DAY)]).await;
    let short = SketchRow { sketch: b"secret".to_vec(), ..row(fixture, LinkId::random(), [1]) };
    merge(&fixture.store, vec![short]).await;
    fixture.run("UPDATE visitor_salts SET salt = (SELECT sketch FROM visitor_sketches)").await;

    let refused = salts::ensure(&fixture.store, &[day(DAY)]).await;

    let words = refused.as_ref().expect_err("a refusal").to_string();
    assert!(words.contains("6 bytes") && !words.contains("115"), "{words}");
    assert_eq!(kind(refused), "corrupt");
}

async fn a_node_renews_its_salts_from_day_to_day(fixture: &Fixture) {
    let directory = tempfile::tempdir().expect("a directory");
    let salts = Salts::open(directory.path(), StoreId::random());
    let renew = async |now: i64| salts.renew_at(&fixture.store, Millis::from_epoch(now)).await;
    let has = |number: i64| salts.load().at(day(number)).is_some();
    let noon = day(DAY).get() + DAY_MS / 2;

    renew(noon).await.expect("salts");
    assert_eq!([has(DAY - 1), has(DAY), has(DAY + 1), has(DAY + 2)], [false, true, true, false]);
    renew(noon + DAY_MS).await.expect("salts");
    assert_eq!([has(DAY), has(DAY + 1), has(DAY + 2)], [true; 3]);
    renew(noon + 2 * DAY_MS).await.expect("salts");
    assert_eq!([has(DAY), has(DAY + 1), has(DAY + 2), has(DAY + 3)], [false, true, true, true]);

    let stored = fixture.rows("SELECT day FROM visitor_salts ORDER BY day", vec![]).await;
    let days: Vec<_> = stored.iter().map(carom::store::Row::fields).collect();
    let expected = [DAY + 1, DAY + 2, DAY + 3].map(|number| [Value::Int(number * DAY_MS)]);
    assert_eq!(days, expected);

    let now = salts.renew(&fixture.store).await.expect("salts");
    assert!(salts.load().at(now).is_some(), "by the store's own clock");
}

async fn a_node_whose_store_fails_keeps_its_salts(fixture: &Fixture) {
    let directory = tempfile::tempdir().expect("a directory");
    let id = StoreId::random();
    let salts = Salts::open(directory.path(), id);
    let now = salts.renew(&fixture.store).await.expect("salts");
    let visitor = |salts: &Salts| {
        let address = std::net::Ipv4Addr::new(192, 0, 2, 7).into();
        salts.load().at(now).map(|key| key.hash(address, b"Firefox"))
    };
    let before = visitor(&salts).expect("a key");
    fixture.run("DROP TABLE visitor_salts").await;

    salts.renew(&fixture.store).await.expect_err("a store without salts");
    salts.forget(now);

    assert_eq!(visitor(&salts), Some(before));
    assert_eq!(visitor(&Salts::open(directory.path(), id)), Some(before));
}

async fn two_nodes_tell_the_same_visitors_apart_in_the_same_way(fixture: &Fixture) {
    let (one, other) = (tempfile::tempdir().expect("one"), tempfile::tempdir().expect("other"));
    let id = StoreId::random();
    let mut hashes = HashSet::new();
    for directory in [one, other] {
        let salts = Salts::open(directory.path(), id);
        let now = salts.renew(&fixture.open_again()).await.expect("salts");
        let keys = salts.load();
        let key = keys.at(now).expect("today's key");
        let address = std::net::Ipv6Addr::LOCALHOST.into();
        hashes.extend([b"Firefox".as_slice(), b"Safari"].map(|agent| key.hash(address, agent)));
    }
    assert_eq!(hashes.len(), 2);
}

/// Visitors of one link on one day, as a node would offer them.
fn row(fixture: &Fixture, link: LinkId, visitors: impl IntoIterator<Item = u64>) -> SketchRow {
    let now = Instant::now();
    let mut sketches = Sketches::new(BYTES_MAX, now);
    for visitor in visitors {
        sketches.add(link, fixture.workspace, day(DAY), visitor);
    }
    sketches.take(now).pop().expect("a row")
}

async fn merge(store: &Store, rows: Vec<SketchRow>) -> Vec<SketchKey> {
    sketches::merge(store, rows, union).await.expect("an answer")
}

/// How many visitors the store has for a link on [`DAY`].
async fn visitors(fixture: &Fixture, link: LinkId) -> Option<u64> {
    let days = sketches::daily(&fixture.store, link, day(DAY), day(DAY + 1)).await;
    let days = days.expect("an answer");
    days.first().map(|of_day| estimate(&of_day.sketch).expect("a sketch"))
}

async fn visitors_offered_twice_count_once(fixture: &Fixture) {
    let link = LinkId::random();
    let (morning, evening) = (row(fixture, link, 1..=20), row(fixture, link, 11..=30));
    for _ in 0..2 {
        assert_eq!(merge(&fixture.store, vec![morning.clone()]).await, []);
    }
    assert_eq!(visitors(fixture, link).await, Some(20));

    for rows in [&evening, &morning, &evening] {
        merge(&fixture.store, vec![rows.clone()]).await;
        assert_eq!(visitors(fixture, link).await, Some(30));
    }
}

async fn two_nodes_merge_the_same_links_at_once_and_lose_nobody(fixture: &Fixture) {
    const ROUNDS: u64 = 10;
    let links: Vec<LinkId> = (0..30).map(|_| LinkId::random()).collect();
    let merge_all = async |node: u64| {
        let store = fixture.open_again();
        for round in 0..ROUNDS {
            let visitor = 1 + node * ROUNDS + round;
            // Each round brings links that are new to the other node too, in another order.
            let known = &links[..links.len().min(3 * (round as usize + 1))];
            let mut rows: Vec<_> = known.iter().map(|&it| row(fixture, it, [visitor])).collect();
            if node == 1 {
                rows.reverse();
            }
            assert_eq!(merge(&store, rows).await, []);
        }
    };

    let both = join_all([merge_all(0), merge_all(1)]);
    in_time(6 * SOON, "both nodes have merged", both).await;

    for (place, link) in (0..).zip(links) {
        let rounds = ROUNDS - place / 3;
        assert_eq!(visitors(fixture, link).await, Some(2 * rounds), "link {place}");
    }
}

async fn rows_of_the_same_sketch_in_one_merge_all_count(fixture: &Fixture) {
    let link = LinkId::random();
    let rows = [1..=3, 3..=5, 5..=7].map(|visitors| row(fixture, link, visitors));
    merge(&fixture.store, rows.to_vec()).await;
    assert_eq!(visitors(fixture, link).await, Some(7));
}

async fn an_unreadable_sketch_is_left_alone_and_sinks_no_other(fixture: &Fixture) {
    let (newer, sound) = (LinkId::from_stored(1), LinkId::from_stored(2));
    let newer_row = SketchRow { sketch: vec![9, 1, 2, 3], ..row(fixture, newer, [1]) };
    merge(&fixture.store, vec![newer_row.clone(), row(fixture, sound, [1])]).await;
    let rows = vec![row(fixture, newer, [2]), row(fixture, sound, [2])];

    assert_eq!(merge(&fixture.store, rows.clone()).await, [newer_row.key]);
    SketchWriter::new(fixture.open_again()).write(&rows).await.expect("written");

    assert_eq!(visitors(fixture, sound).await, Some(2));
    let kept = sketches::daily(&fixture.store, newer, day(DAY), day(DAY + 1)).await;
    assert_eq!(kept.expect("an answer")[0].sketch, newer_row.sketch);
}

async fn sketches_are_read_by_link_and_day(fixture: &Fixture) {
    let (link, other) = (LinkId::random(), LinkId::random());
    let now = Instant::now();
    let mut sketches = Sketches::new(BYTES_MAX, now);
    for (number, visitors) in [(DAY + 2, 3), (DAY, 1), (DAY + 1, 2), (DAY + 3, 4)] {
        for visitor in 1..=visitors {
            sketches.add(link, fixture.workspace, day(number), visitor);
        }
        sketches.add(other, fixture.workspace, day(number), 1);
    }
    merge(&fixture.store, sketches.take(now)).await;

    let days = sketches::daily(&fixture.store, link, day(DAY), day(DAY + 3)).await;
    let days = days.expect("an answer");

    let seen: Vec<_> = days.iter().map(|it| (it.day, estimate(&it.sketch))).collect();
    let expected = [(DAY, 1), (DAY + 1, 2), (DAY + 2, 3)].map(|(it, n)| (day(it), Some(n)));
    assert_eq!(seen, expected);
    let owners = fixture
        .rows(
            "SELECT COUNT(*) FROM visitor_sketches WHERE workspace_id = $1",
            vec![fixture.workspace.into()],
        )
        .await;
    assert_eq!(owners[0].fields(), [Value::Int(8)]);
}

async fn a_write_of_many_sketches_reaches_the_store_whole(fixture: &Fixture) {
    const LINKS: i64 = 1_000;
    let now = Instant::now();
    let mut sketches = Sketches::new(BYTES_MAX, now);
    for link in 1..=LINKS {
        for visitor in 1..=(link as u64 % 5 + 1) {
            sketches.add(LinkId::from_stored(link), fixture.workspace, day(DAY), visitor);
        }
    }
    let popular = LinkId::from_stored(LINKS + 1);
    (1..=100_000).for_each(|it| sketches.add(popular, fixture.workspace, day(DAY), it));
    let rows = sketches.take(now);
    let mut writer = SketchWriter::new(fixture.open_again());
    for _ in 0..2 {
        writer.write(&rows).await.expect("written");
    }

    for link in [1, 2, 200, 201, 999, LINKS] {
        let expected = link as u64 % 5 + 1;
        assert_eq!(visitors(fixture, LinkId::from_stored(link)).await, Some(expected));
    }
    let estimated = visitors(fixture, popular).await.expect("a sketch");
    assert!((97_000..103_000).contains(&estimated), "{estimated}");
    let rows = fixture.rows("SELECT COUNT(*) FROM visitor_sketches", vec![]).await;
    assert_eq!(rows[0].fields(), [Value::Int(LINKS + 1)]);
}

async fn a_merge_whose_caller_hung_up_can_be_offered_again(fixture: &Fixture) {
    let link = LinkId::random();
    for visitor in 1..=10 {
        let rows = vec![row(fixture, link, [visitor])];
        let hung_up = merge(&fixture.store, rows.clone());
        let _ = tokio::time::timeout(std::time::Duration::ZERO, hung_up).await;

        merge(&fixture.store, rows).await;
    }
    assert_eq!(visitors(fixture, link).await, Some(10));
}
