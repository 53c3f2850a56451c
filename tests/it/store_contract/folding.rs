//! Promises about folding old hours into days: no sum changes, whoever folds or flushes meanwhile.

use std::time::Duration;

use carom::model::dimension::Dimension;
use carom::model::id::{LinkId, SubjectId};
use carom::model::time::{DAY_MS, HOUR_MS, Millis};
use carom::store::Store;
use carom::store::stats::{self, Kept, Span, TopValues, fold_hours};
use carom::upkeep;
use futures_util::future::join_all;

use super::fixture::{Fixture, count};
use crate::support::seed::{Known as _, Seed};
use crate::support::wait::{SOON, in_time};

on_both!(founded:
    folding_changes_no_sum_however_often_it_is_done,
    a_late_flush_into_a_folded_day_is_folded_later,
    only_whole_days_are_folded,
    two_nodes_fold_while_a_third_flushes_and_no_click_is_lost,
    upkeep_ends_what_is_older_than_it_is_kept,
);

const BEGIN: i64 = 20_000 * DAY_MS;

fn at(ms: i64) -> Millis {
    Millis::from_epoch(BEGIN + ms)
}

async fn countries(store: &Store, subject: impl Into<SubjectId>) -> TopValues {
    let span = Span { from: at(0), to: at(100 * DAY_MS) };
    let top = stats::values(store, subject.into(), Dimension::Country, span, None, 1_000).await;
    top.expect("an answer")
}

/// Rows of hours and of days.
async fn rows(fixture: &Fixture) -> (i64, i64) {
    let count = async |sql| fixture.rows(sql, vec![]).await[0].int(0).expect("a count");
    let hours = count("SELECT COUNT(*) FROM dimension_hours").await;
    (hours, count("SELECT COUNT(*) FROM dimension_days").await)
}

async fn fold(fixture: &Fixture, before: Millis) -> u64 {
    fold_hours(&fixture.store, before).await.expect("an answer")
}

async fn folding_changes_no_sum_however_often_it_is_done(fixture: &Fixture) {
    let links = [LinkId::random(), LinkId::random()];
    let mut seed = Seed::new(fixture.workspace, fixture.domain);
    // More rows than one transaction folds.
    for hour in 0..48 {
        for country in 0..20 {
            let click = seed.click(links[country % 2], at(hour * HOUR_MS));
            click.with(Dimension::Country, &format!("country {country}"));
        }
        seed.click(links[0], at(hour * HOUR_MS)).with(Dimension::UtmContent, "x").by_bot();
    }
    seed.absorb(&fixture.store).await;
    let subjects: [SubjectId; 4] =
        [links[0].into(), links[1].into(), fixture.domain.into(), fixture.workspace.into()];
    let sums = async || {
        let mut sums = Vec::new();
        for subject in subjects {
            let mut top = countries(&fixture.store, subject).await;
            top.values.sort_by(|a, b| a.value.cmp(&b.value));
            sums.push(top);
        }
        sums
    };
    let before = sums().await;
    assert_eq!(before[3].known, count(960, 0));

    assert_eq!(fold(fixture, at(2 * DAY_MS)).await, 3 * 960 + 3 * 48);

    assert_eq!(sums().await, before);
    assert_eq!(rows(fixture).await, (0, 3 * 2 * 21));
    assert_eq!(fold(fixture, at(2 * DAY_MS)).await, 0);
    assert_eq!(sums().await, before);
    let days = fixture
        .rows(
            "SELECT workspace_id, people, bots FROM dimension_days
             WHERE subject_id = $1 AND dimension = 13 ORDER BY day",
            vec![links[0].into()],
        )
        .await;
    let row = [fixture.workspace.into(), 0.into(), 24.into()];
    assert!(days.len() == 2 && days.iter().all(|it| it.fields() == row), "{days:?}");
}

async fn a_late_flush_into_a_folded_day_is_folded_later(fixture: &Fixture) {
    let link = LinkId::random();
    for round in 1..=3 {
        let mut seed = Seed::new(fixture.workspace, fixture.domain);
        for hour in 0..24 {
            seed.click(link, at(hour * HOUR_MS)).with(Dimension::Country, "DE");
        }
        seed.absorb(&fixture.store).await;
        assert_eq!(countries(&fixture.store, link).await.known, count(24 * round, 0));

        assert_eq!(fold(fixture, at(DAY_MS)).await, 3 * 24);

        assert_eq!(countries(&fixture.store, link).await.known, count(24 * round, 0));
        assert_eq!(rows(fixture).await, (0, 3));
    }
}

async fn only_whole_days_are_folded(fixture: &Fixture) {
    let mut seed = Seed::new(fixture.workspace, fixture.domain);
    for hour in [0, 23, 24, 30] {
        seed.click(LinkId::random(), at(hour * HOUR_MS)).with(Dimension::Country, "DE");
    }
    seed.absorb(&fixture.store).await;

    // A moment within the second day: its own hours stay.
    assert_eq!(fold(fixture, at(DAY_MS + 7 * HOUR_MS)).await, 6);
    assert_eq!(countries(&fixture.store, fixture.workspace).await.known, count(4, 0));
}

async fn two_nodes_fold_while_a_third_flushes_and_no_click_is_lost(fixture: &Fixture) {
    const ROUNDS: u64 = 12;
    let link = LinkId::random();
    let flush = async {
        let store = fixture.open_again();
        for _ in 0..ROUNDS {
            let mut seed = Seed::new(fixture.workspace, fixture.domain);
            for hour in 0..24 {
                for country in ["DE", "FR", "NP"] {
                    seed.click(link, at(hour * HOUR_MS)).with(Dimension::Country, country);
                }
            }
            seed.absorb(&store).await;
        }
    };
    let fold_all = async || {
        let store = fixture.open_again();
        let mut folded = 0;
        for _ in 0..3 * ROUNDS {
            folded += fold_hours(&store, at(DAY_MS)).await.expect("an answer");
        }
        folded
    };

    let folds = join_all([fold_all(), fold_all()]);
    let both = futures_util::future::join(flush, folds);
    let ((), folded) = in_time(12 * SOON, "everybody is done", both).await;
    let folded = folded.iter().sum::<u64>() + fold(fixture, at(DAY_MS)).await;

    assert!(folded >= 3 * 72, "{folded}");
    assert_eq!(rows(fixture).await, (0, 3 * 3));
    for subject in [link.into(), fixture.domain.into(), SubjectId::from(fixture.workspace)] {
        let top = countries(&fixture.store, subject).await;
        assert_eq!(top.known, count(72 * ROUNDS, 0));
        assert!(top.values.iter().all(|it| it.count == count(24 * ROUNDS, 0)), "{top:?}");
    }
}

async fn upkeep_ends_what_is_older_than_it_is_kept(fixture: &Fixture) {
    let day = Duration::from_secs(24 * 3600);
    let kept = Kept { visits: 90 * day, hours: 35 * day };
    let link = LinkId::random();
    let now = fixture.now().await;
    let mut seed = Seed::new(fixture.workspace, fixture.domain);
    for age in [1, 34, 37, 89, 91] {
        seed.click(link, now.before(age * day)).with(Dimension::Country, "DE");
    }
    seed.absorb(&fixture.store).await;

    let mut folded = None;
    upkeep::once(&fixture.store, kept, &mut folded).await.expect("an answer");

    assert_eq!(folded, Some(now.before(35 * day).day()));
    assert_eq!(rows(fixture).await, (3 * 2, 3 * 3));
    let visits = fixture.rows("SELECT COUNT(*) FROM visits", vec![]).await;
    assert_eq!(visits[0].int(0).expect("a count"), 4);
    assert_eq!(fixture.total(link).await, count(5, 0));
}
