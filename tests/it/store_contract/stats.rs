//! Promises about reading clicks: sums over time, values, filters, visits.

use std::time::Duration;

use carom::clicks::stats::{Interval, Question, Zone, answer};
use carom::model::click::Audience;
use carom::model::dimension::{Dimension, Values};
use carom::model::id::{DomainId, LinkId, WorkspaceId};
use carom::model::time::{DAY_MS, HOUR_MS, Millis};
use carom::store::stats::matching::Matching;
use carom::store::stats::{
    self, Filter, Grid, Kept, Place, Scope, Span, TopValues, fold_hours, forget_visits,
};

use super::fixture::{Fixture, count};
use crate::support::seed::{Known as _, Seed};

on_both!(founded:
    a_series_is_cut_where_it_is_asked_to_be,
    the_most_frequent_values_come_first,
    filters_combine,
    an_empty_value_asks_for_the_unknown,
    visitors_count_once_a_day,
    pages_of_visits_hold_each_once_newest_first,
    visits_are_forgotten_by_their_age,
    the_hour_in_progress_is_part_of_a_period_up_to_now,
);

/// Midnight of a UTC day long ago.
const BEGIN: i64 = 20_000 * DAY_MS;

fn at(ms: i64) -> Millis {
    Millis::from_epoch(BEGIN + ms)
}

fn span(from: i64, to: i64) -> Span {
    Span { from: at(from), to: at(to) }
}

fn named(top: &TopValues) -> Vec<(&str, u64, u64)> {
    let counts = top.values.iter();
    counts.map(|it| (&*it.value, it.count.people, it.count.bots)).collect()
}

async fn a_series_is_cut_where_it_is_asked_to_be(fixture: &Fixture) {
    let (link, other) = (LinkId::random(), LinkId::random());
    let mut seed = Seed::new(fixture.workspace, fixture.domain);
    for ms in
        [0, 1, DAY_MS - 1, DAY_MS, 2 * DAY_MS + 18 * HOUR_MS, 2 * DAY_MS + 18 * HOUR_MS + 900_000]
    {
        seed.click(link, at(ms));
    }
    seed.click(link, at(5)).by_bot();
    seed.click(other, at(5));
    seed.absorb(&fixture.store).await;

    let series = async |subject, offset_ms| {
        let grid = Grid { offset_ms, width_ms: DAY_MS };
        let points = stats::series(&fixture.store, subject, span(0, 3 * DAY_MS), grid).await;
        let mut points = points.expect("an answer");
        points.sort_by_key(|point| point.at);
        points.iter().map(|it| (it.at.get() - BEGIN, it.count)).collect::<Vec<_>>()
    };
    let evening = 2 * DAY_MS + 18 * HOUR_MS;
    assert_eq!(
        series(link.into(), 0).await,
        [(0, count(3, 1)), (DAY_MS, count(1, 0)), (evening, count(2, 0))]
    );
    // In Kathmandu a day begins at 18:15.
    let kathmandu = 5 * HOUR_MS + 45 * 60_000;
    assert_eq!(
        series(link.into(), kathmandu).await,
        [
            (0, count(2, 1)),
            (DAY_MS - 900_000, count(2, 0)),
            (evening, count(1, 0)),
            (evening + 900_000, count(1, 0))
        ]
    );
    let first = (0, count(4, 1));
    assert_eq!(series(fixture.workspace.into(), 0).await[0], first);
    assert_eq!(series(fixture.domain.into(), 0).await[0], first);
}

async fn the_most_frequent_values_come_first(fixture: &Fixture) {
    let link = LinkId::random();
    let mut seed = Seed::new(fixture.workspace, fixture.domain);
    for (country, people, bots) in [("DE", 3, 0), ("FR", 2, 3), ("NP", 1, 0)] {
        for hour in 0..people {
            seed.click(link, at(hour * HOUR_MS)).with(Dimension::Country, country);
        }
        for hour in 0..bots {
            seed.click(link, at(hour * HOUR_MS)).with(Dimension::Country, country).by_bot();
        }
    }
    seed.click(link, at(0));
    seed.click(link, at(DAY_MS)).with(Dimension::Country, "CH");
    seed.absorb(&fixture.store).await;

    let top = async |span, audience, limit| {
        let subject = link.into();
        stats::values(&fixture.store, subject, Dimension::Country, span, audience, limit)
            .await
            .expect("an answer")
    };
    let all = top(span(0, DAY_MS), None, 2).await;
    assert_eq!((named(&all), all.known), (vec![("FR", 2, 3), ("DE", 3, 0)], count(6, 3)));
    let people = top(span(0, DAY_MS), Some(Audience::People), 1).await;
    assert_eq!(named(&people), [("DE", 3, 0)]);
    // An hour belongs to the span that holds its middle.
    assert_eq!(top(span(HOUR_MS, DAY_MS), None, 9).await.known, count(3, 2));
    assert_eq!(top(span(HOUR_MS + HOUR_MS / 2, DAY_MS), None, 9).await.known, count(3, 2));
    assert_eq!(top(span(HOUR_MS + HOUR_MS / 2 + 1, DAY_MS), None, 9).await.known, count(1, 1));
    assert_eq!(top(span(5 * DAY_MS, 6 * DAY_MS), None, 9).await, TopValues::default());
}

fn filter(values: &[(Dimension, &str)]) -> Filter {
    let mut filter = Filter::default();
    for (dimension, value) in values {
        filter.values.set(*dimension, Some((*value).into()));
    }
    filter
}

async fn total(fixture: &Fixture, scope: &Scope, filter: &Filter) -> (u64, u64) {
    let matching = Matching { scope, span: span(0, DAY_MS), filter };
    let grid = Grid { offset_ms: 0, width_ms: DAY_MS };
    let points = matching.series(&fixture.store, grid).await.expect("an answer");
    let sum = |count: fn(&stats::Point) -> u64| points.iter().map(count).sum();
    (sum(|it| it.count.people), sum(|it| it.count.bots))
}

async fn filters_combine(fixture: &Fixture) {
    let (one, two) = (LinkId::random(), LinkId::random());
    let mut seed = Seed::new(fixture.workspace, fixture.domain);
    let mut elsewhere = Seed::new(fixture.workspace, DomainId::random());
    let mut foreign = Seed::new(WorkspaceId::random(), fixture.domain);
    // Each dimension has a value of its own, so that none is taken for another.
    for dimension in Dimension::ALL {
        seed.click(one, at(1)).with(dimension, dimension.name());
    }
    for (link, country, browser) in [
        (one, "DE", "Firefox"),
        (one, "DE", "Chrome"),
        (one, "FR", "Firefox"),
        (two, "DE", "Firefox"),
    ] {
        let click = seed.click(link, at(2));
        click.with(Dimension::Country, country).with(Dimension::Browser, browser);
    }
    let bot = seed.click(one, at(3)).by_bot();
    bot.with(Dimension::Country, "DE").with(Dimension::Browser, "Firefox");
    let german = [(Dimension::Country, "DE")];
    elsewhere.click(two, at(4)).with(Dimension::Country, "DE");
    foreign.click(LinkId::random(), at(4)).with(Dimension::Country, "DE");
    for seed in [seed, elsewhere, foreign] {
        seed.absorb(&fixture.store).await;
    }

    let (link, all) = (Scope::Link(one), Scope::Workspace(fixture.workspace));
    for dimension in Dimension::ALL {
        let filter = filter(&[(dimension, dimension.name())]);
        assert_eq!(total(fixture, &link, &filter).await, (1, 0), "{dimension}");
        assert_eq!(total(fixture, &all, &filter).await, (1, 0), "{dimension}");
    }
    assert_eq!(total(fixture, &link, &filter(&german)).await, (2, 1));
    assert_eq!(total(fixture, &all, &filter(&german)).await, (4, 1));
    let both = [german[0], (Dimension::Browser, "Firefox")];
    assert_eq!(total(fixture, &link, &filter(&both)).await, (1, 1));
    assert_eq!(total(fixture, &all, &filter(&both)).await, (2, 1));
    let people = Filter { audience: Some(Audience::People), ..filter(&both) };
    assert_eq!(total(fixture, &all, &people).await, (2, 0));
    let bots = Filter { audience: Some(Audience::Bots), ..Filter::default() };
    assert_eq!(total(fixture, &all, &bots).await, (0, 1));
    let here = Filter { domain: Some(fixture.domain), ..filter(&german) };
    assert_eq!(total(fixture, &all, &here).await, (3, 1));
    let quoted = filter(&[(Dimension::Country, "DE' OR '1'='1")]);
    assert_eq!(total(fixture, &all, &quoted).await, (0, 0));

    let german = filter(&german);
    for scope in [&link, &all] {
        let matching = Matching { scope, span: span(0, DAY_MS), filter: &german };
        let every = matching.every_dimension(&fixture.store, 2).await.expect("an answer");
        assert_eq!(every.len(), Dimension::ALL.len());
        for (dimension, top) in every {
            let alone = matching.values(&fixture.store, dimension, 2).await.expect("an answer");
            assert_eq!(top, alone, "{dimension}");
        }
    }
    let matching = Matching { scope: &all, span: span(0, DAY_MS), filter: &german };
    let top = matching.values(&fixture.store, Dimension::Browser, 1).await.expect("an answer");
    assert_eq!((named(&top), top.known), (vec![("Firefox", 2, 1)], count(3, 1)));
}

async fn an_empty_value_asks_for_the_unknown(fixture: &Fixture) {
    let link = LinkId::random();
    let mut seed = Seed::new(fixture.workspace, fixture.domain);
    seed.click(link, at(1)).with(Dimension::Country, "DE");
    seed.click(link, at(1)).with(Dimension::Browser, "Firefox");
    seed.click(link, at(1));
    seed.absorb(&fixture.store).await;

    let unknown = filter(&[(Dimension::Country, "")]);
    assert_eq!(total(fixture, &Scope::Link(link), &unknown).await, (2, 0));
    let both = filter(&[(Dimension::Country, ""), (Dimension::Browser, "")]);
    assert_eq!(total(fixture, &Scope::Link(link), &both).await, (1, 0));
}

async fn visitors_count_once_a_day(fixture: &Fixture) {
    let (one, two) = (LinkId::random(), LinkId::random());
    let mut seed = Seed::new(fixture.workspace, fixture.domain);
    for (link, ms, visitor) in [
        (one, 0, 7),
        (one, 1, 7),
        (one, 2, u64::MAX),
        (one, 3, 0),
        (two, 4, 7),
        (two, 5, 8),
        (one, DAY_MS, 7),
    ] {
        seed.click(link, at(ms)).by(visitor);
    }
    seed.absorb(&fixture.store).await;

    let visitors = async |scope| {
        let filter = Filter::default();
        let matching = Matching { scope: &scope, span: span(0, 2 * DAY_MS), filter: &filter };
        matching.visitors(&fixture.store).await.expect("an answer")
    };
    assert_eq!(visitors(Scope::Link(one)).await, 3);
    assert_eq!(visitors(Scope::Link(two)).await, 2);
    assert_eq!(visitors(Scope::Workspace(fixture.workspace)).await, 4);
}

async fn pages_of_visits_hold_each_once_newest_first(fixture: &Fixture) {
    let (link, other) = (LinkId::random(), LinkId::random());
    let mut seeds = [0, 1].map(|_| Seed::new(fixture.workspace, fixture.domain));
    // Many at the same moment, also in another stream.
    for moment in 0..5 {
        for seed in &mut seeds {
            for _ in 0..3 {
                seed.click(link, at(moment)).by(9).with(Dimension::City, "Ulm, DE");
            }
            seed.click(other, at(moment));
        }
    }
    for seed in seeds {
        seed.absorb(&fixture.store).await;
    }

    let (mut after, mut seen) = (None, Vec::new());
    loop {
        let page = stats::visits(&fixture.store, link, span(1, 4), after, 4).await;
        let page = page.expect("an answer");
        let Some(last) = page.last() else { break };
        after = Some(Place::of(last));
        seen.extend(page);
    }
    let places: Vec<_> = seen.iter().map(|it| (it.at, it.stream, it.sequence)).collect();
    assert!(places.windows(2).all(|two| two[0] > two[1]), "{places:?}");
    assert_eq!(places.len(), 3 * 6);
    assert!(places.iter().all(|place| (at(1)..at(4)).contains(&place.0)));
    let mut values = Values::default();
    values.set(Dimension::City, Some("Ulm, DE".into()));
    assert!(seen.iter().all(|it| it.link == link && it.visitor == 9 && it.values == values));
}

async fn visits_are_forgotten_by_their_age(fixture: &Fixture) {
    let link = LinkId::random();
    let mut seed = Seed::new(fixture.workspace, fixture.domain);
    let mut foreign = Seed::new(WorkspaceId::random(), fixture.domain);
    for n in 0..4_500 {
        seed.click(link, at(n / 2));
    }
    seed.click(link, at(DAY_MS)).with(Dimension::Country, "DE");
    foreign.click(link, at(1));
    seed.absorb(&fixture.store).await;
    foreign.absorb(&fixture.store).await;

    let forgotten = forget_visits(&fixture.store, at(DAY_MS)).await.expect("an answer");
    assert_eq!(forgotten, 4_501);
    assert_eq!(forget_visits(&fixture.store, at(DAY_MS)).await.expect("an answer"), 0);
    let left = stats::visits(&fixture.store, link, span(0, 2 * DAY_MS), None, 9).await;
    assert_eq!(left.expect("an answer").len(), 1);
    // What was summed stays.
    assert_eq!(fixture.total(link).await, count(4_502, 0));
    assert_eq!(fold_hours(&fixture.store, at(0)).await.expect("an answer"), 0);
}

async fn the_hour_in_progress_is_part_of_a_period_up_to_now(fixture: &Fixture) {
    let link = LinkId::random();
    let mut seed = Seed::new(fixture.workspace, fixture.domain);
    // At ten past ten, so that the period ends before the hour's middle.
    let now = at(10 * HOUR_MS + 600_000);
    seed.click(link, now).with(Dimension::Country, "DE");
    seed.click(link, at(9 * HOUR_MS)).with(Dimension::Country, "FR");
    seed.absorb(&fixture.store).await;
    let question = |to| Question {
        scope: Scope::Link(link),
        span: Span { from: at(0), to },
        zone: Zone::UTC,
        interval: Interval::Day,
        filter: Filter::default(),
        owns_domain: false,
        dimensions: vec![Dimension::Country],
        values_max: 10,
    };
    let kept = Kept { visits: Duration::from_secs(86_400), hours: Duration::from_secs(86_400) };

    for (to, values, total) in
        [(now.quarter().next_quarter(), vec!["DE", "FR"], 2), (at(10 * HOUR_MS), vec!["FR"], 1)]
    {
        let answer = answer(&fixture.store, &question(to), kept, now).await.expect("an answer");
        let (_, breakdown) = &answer.dimensions[0];
        let found: Vec<_> = breakdown.values.iter().map(|it| it.value.as_str()).collect();
        assert_eq!((found, answer.total.people), (values, total));
        assert_eq!((breakdown.unknown, answer.is_approximate()), (count(0, 0), false));
    }
}
