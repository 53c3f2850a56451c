//! Promises about recounting: what adds up is not reported, and what does not is.

use carom::model::id::{LinkId, SubjectId};
use carom::model::time::Millis;
use carom::store::Value;
use carom::store::stats::{Check, Drift, DriftReport, drift};

use super::fixture::{Fixture, count};
use crate::support::seed::{Known as _, Seed};

on_both!(founded:
    what_adds_up_is_not_reported,
    each_altered_row_is_found,
    a_link_with_very_many_clicks_is_recounted_day_by_day,
    visits_from_before_the_oldest_are_not_missed,
);

const HOUR_MS: i64 = 3_600_000;

async fn report(fixture: &Fixture) -> DriftReport {
    drift(&fixture.store, Millis::from_epoch(0)).await.expect("an answer")
}

/// Clicks of two links up to some hours ago.
async fn filled(fixture: &Fixture) -> [LinkId; 2] {
    let links = [LinkId::random(), LinkId::random()];
    let now = fixture.now().await.get();
    let mut seed = Seed::new(fixture.workspace, fixture.domain);
    for hour in 1..=30 {
        for (n, link) in links.into_iter().enumerate() {
            for _ in 0..=n {
                seed.click(link, Millis::from_epoch(now - hour * HOUR_MS));
            }
            seed.click(link, Millis::from_epoch(now - hour * HOUR_MS)).by_bot();
        }
    }
    seed.absorb(&fixture.store).await;
    links
}

async fn what_adds_up_is_not_reported(fixture: &Fixture) {
    let empty = report(fixture).await;
    assert_eq!((empty.subjects, empty.visits_since, empty.drifts), (0, None, vec![]));

    filled(fixture).await;

    let report = report(fixture).await;
    assert_eq!((report.subjects, report.drifts, report.has_more), (4, vec![], false));
    assert!(report.visits_since.is_some());
}

async fn each_altered_row_is_found(fixture: &Fixture) {
    let [one, two] = filled(fixture).await;
    let set = async |sql: &'static str, params: Vec<Value>| fixture.run_with(sql, params).await;
    let found = async || report(fixture).await.drifts;

    set("UPDATE click_totals SET people = people + 5 WHERE subject_id = $1", vec![one.into()])
        .await;
    let subject = SubjectId::from(one);
    let quarters =
        Drift { check: Check::Quarters, subject, stored: count(35, 30), recounted: count(30, 30) };
    let workspace = SubjectId::from(fixture.workspace);
    let (whole, more) = (count(90, 60), count(95, 60));
    let links = Drift { check: Check::Links, subject: workspace, stored: whole, recounted: more };
    assert_eq!(found().await, [links, quarters]);
    set("UPDATE click_totals SET people = people - 5 WHERE subject_id = $1", vec![one.into()])
        .await;

    set("DELETE FROM click_totals WHERE subject_id = $1", vec![fixture.domain.into()]).await;
    let subject = SubjectId::from(fixture.domain);
    let quarters = Drift { check: Check::Quarters, subject, stored: count(0, 0), recounted: whole };
    let domains =
        Drift { check: Check::Domains, subject: workspace, stored: whole, recounted: count(0, 0) };
    assert_eq!(found().await, [domains, quarters]);
    set(
        "INSERT INTO click_totals (subject_id, workspace_id, people, bots) VALUES ($1, $2, 90, 60)",
        vec![fixture.domain.into(), fixture.workspace.into()],
    )
    .await;

    set("DELETE FROM visits WHERE link_id = $1 AND is_bot = 1 AND sequence < 20", vec![two.into()])
        .await;
    let [visits] = found().await[..] else { panic!("{:?}", found().await) };
    assert_eq!((visits.check, visits.subject), (Check::Visits, two.into()));
    assert!(visits.stored.bots > visits.recounted.bots, "{visits:?}");
    assert_eq!(visits.stored.people, visits.recounted.people);
}

async fn a_link_with_very_many_clicks_is_recounted_day_by_day(fixture: &Fixture) {
    let [one, _] = filled(fixture).await;
    // As if there had been many more before visits were kept.
    fixture.run("UPDATE click_totals SET people = people + 1000000").await;
    fixture
        .run(
            "UPDATE click_quarters SET people = people + 1000000
             WHERE quarter = (SELECT MIN(q.quarter) FROM click_quarters AS q)",
        )
        .await;
    fixture
        .run_with(
            "DELETE FROM visits WHERE link_id = $1 AND is_bot = 0
               AND at = (SELECT MAX(v.at) FROM visits AS v)",
            vec![one.into()],
        )
        .await;

    let drifts = report(fixture).await.drifts;

    let [lost] = drifts.iter().filter(|it| it.check == Check::Visits).collect::<Vec<_>>()[..]
    else {
        panic!("{drifts:?}")
    };
    assert_eq!((lost.subject, lost.stored.bots), (one.into(), lost.recounted.bots));
    assert_eq!(lost.stored.people, lost.recounted.people + 1);
}

async fn visits_from_before_the_oldest_are_not_missed(fixture: &Fixture) {
    let [one, _] = filled(fixture).await;
    fixture
        .run("DELETE FROM visits WHERE at < (SELECT MAX(v.at) - 36000000 FROM visits AS v)")
        .await;
    assert_eq!(report(fixture).await.drifts, []);
    // What upkeep may be about to forget is not looked at either.
    let now = fixture.now().await;
    let since = drift(&fixture.store, now).await.expect("an answer").visits_since;
    assert!(since.is_some_and(|since| since > now), "{since:?}");
    assert_eq!(fixture.total(one).await, count(30, 30));
}
