//! Promises about the clicks of many links at once: lists of them, those that have a tag, all of a
//! workspace.

use carom::clicks::stats::{Interval, Question, Zone, answer};
use carom::model::click::Audience;
use carom::model::dimension::Dimension;
use carom::model::id::{LinkId, WorkspaceId};
use carom::model::tag::{Tag, Tags};
use carom::model::time::{DAY_MS, HOUR_MS, Millis};
use carom::store::clicks::totals;
use carom::store::links::{self, Filter as LinkFilter, NewLink, most_followed};
use carom::store::stats::matching::Matching;
use carom::store::stats::{
    Filter, Grid, Kept, Scope, Span, Tagged, WorkspacePlace, most_visited, series_of_many,
    visits_of_workspace,
};
use std::time::Duration;

use super::fixture::{Fixture, count};
use crate::support::seed::{Known as _, Seed};

on_both!(founded:
    sums_of_many_links_are_those_of_each,
    the_most_followed_links_come_first_page_by_page,
    a_tag_s_clicks_are_those_of_the_links_that_have_it,
    pages_of_a_workspace_s_visits_hold_each_once_newest_first,
    lists_are_kept_to_whoever_made_the_links,
);

/// Midnight of a UTC day long ago.
const BEGIN: i64 = 20_000 * DAY_MS;

fn at(ms: i64) -> Millis {
    Millis::from_epoch(BEGIN + ms)
}

fn span(from: i64, to: i64) -> Span {
    Span { from: at(from), to: at(to) }
}

async fn sums_of_many_links_are_those_of_each(fixture: &Fixture) {
    let links: Vec<LinkId> = (0..120).map(|_| LinkId::random()).collect();
    let mut seed = Seed::new(fixture.workspace, fixture.domain);
    for (place, link) in links.iter().enumerate().take(110) {
        for click in 0..=place % 3 {
            seed.click(*link, at(DAY_MS * (click as i64)));
        }
    }
    seed.click(links[0], at(5)).by_bot();
    seed.absorb(&fixture.store).await;

    let sums = totals(&fixture.store, &links).await.expect("an answer");
    assert_eq!(sums.len(), 110, "those without a click are left out");
    assert_eq!(sums[&links[0]], count(1, 1));
    assert_eq!(sums[&links[107]], count(3, 0));
    let by_day = Grid { offset_ms: 0, width_ms: DAY_MS };
    let points = series_of_many(&fixture.store, &links, span(0, 2 * DAY_MS), by_day).await;
    let points = points.expect("an answer");
    let of = |link: LinkId| {
        let mut days: Vec<_> = points.iter().filter(|(it, _)| *it == link).collect();
        days.sort_by_key(|(_, point)| point.at);
        days.iter().map(|(_, point)| (point.at, point.count)).collect::<Vec<_>>()
    };
    assert_eq!(of(links[0]), [(at(0), count(1, 1))]);
    assert_eq!(of(links[107]), [(at(0), count(1, 0)), (at(DAY_MS), count(1, 0))]);
    assert_eq!(of(links[115]), []);
    assert_eq!(totals(&fixture.store, &[]).await.expect("an answer").len(), 0);
}

async fn the_most_followed_links_come_first_page_by_page(fixture: &Fixture) {
    let mut made = Vec::new();
    for place in 0..120 {
        let tags = if place % 2 == 0 { "even" } else { "odd" };
        let tags = Tags::parse(&[tags]).expect("a tag");
        let new = NewLink { tags, ..fixture.new_link(&format!("code{place}")) };
        made.push(links::create(&fixture.store, new, None).await.expect("a link"));
    }
    let mut seed = Seed::new(fixture.workspace, fixture.domain);
    for (place, link) in made.iter().enumerate().skip(10) {
        for click in 0..place {
            seed.click(link.id, at(click as i64));
        }
    }
    // Bots rank nobody, and a link of which nothing is left has no place in a list.
    seed.click(made[0].id, at(1)).by_bot();
    for _ in 0..500 {
        seed.click(LinkId::random(), at(1));
    }
    seed.absorb(&fixture.store).await;

    let codes = async |filter: LinkFilter| {
        let (mut codes, mut after) = (Vec::new(), 0);
        loop {
            let page = most_followed(&fixture.store, &filter, after).await.expect("a page");
            assert!(page.links.len() <= filter.limit as usize);
            codes.extend(page.links.iter().map(|link| link.code.to_string()));
            let Some(next) = page.next else { break codes };
            after = next;
        }
    };
    let every = LinkFilter { limit: 7, ..LinkFilter::every(fixture.workspace) };
    let expected = |step| (10..120).rev().step_by(step).map(|place| format!("code{place}"));
    assert_eq!(codes(every.clone()).await, expected(1).collect::<Vec<_>>());
    let odd = LinkFilter { tag: Tag::parse("odd").ok(), ..every.clone() };
    assert_eq!(codes(odd).await, expected(2).collect::<Vec<_>>());
    let elsewhere = LinkFilter { workspace: WorkspaceId::random(), ..every };
    assert_eq!(codes(elsewhere).await, Vec::<String>::new());
}

async fn a_tag_s_clicks_are_those_of_the_links_that_have_it(fixture: &Fixture) {
    let mut made = Vec::new();
    for (code, tags) in [("a", &["sale", "x"][..]), ("b", &["sale"]), ("c", &["x"])] {
        let new = NewLink { tags: Tags::parse(tags).expect("tags"), ..fixture.new_link(code) };
        made.push(links::create(&fixture.store, new, None).await.expect("a link").id);
    }
    let mut seed = Seed::new(fixture.workspace, fixture.domain);
    for (link, clicks) in [(made[0], 1), (made[1], 2), (made[2], 4)] {
        for click in 0..clicks {
            let click = seed.click(link, at(HOUR_MS + click)).by(click as u64 + 1);
            click.with(Dimension::Country, "DE").with(Dimension::Browser, "Firefox");
        }
    }
    seed.click(made[0], at(DAY_MS)).by_bot().with(Dimension::Country, "FR");
    seed.absorb(&fixture.store).await;

    let scope = Scope::Tag(Tagged {
        workspace: fixture.workspace,
        tag: Tag::parse("Sale").expect("a tag"),
    });
    let question = |values: &[(Dimension, &str)], audience| {
        let mut filter = Filter { audience, ..Filter::default() };
        for (dimension, value) in values {
            filter.values.set(*dimension, Some((*value).into()));
        }
        Question {
            scope: scope.clone(),
            span: span(0, 3 * DAY_MS),
            zone: Zone::UTC,
            interval: Interval::Day,
            filter,
            owns_domain: false,
            dimensions: vec![Dimension::Country],
            values_max: 5,
        }
    };
    let kept = Kept { visits: Duration::from_secs(864_000), hours: Duration::from_secs(864_000) };
    let ask = async |question: &Question| {
        let answer = answer(&fixture.store, question, kept, at(2 * DAY_MS)).await;
        let answer = answer.expect("an answer");
        let countries: Vec<_> =
            answer.dimensions[0].1.values.iter().map(|it| (it.value.clone(), it.count)).collect();
        (answer.total, countries)
    };
    let (german, french) = (("DE".to_owned(), count(3, 0)), ("FR".to_owned(), count(0, 1)));
    let all = (count(3, 1), vec![german.clone(), french.clone()]);
    assert_eq!(ask(&question(&[], None)).await, all, "from sums");
    let people = Some(Audience::People);
    assert_eq!(ask(&question(&[], people)).await, (count(3, 0), vec![german.clone()]));
    let firefox = [(Dimension::Browser, "Firefox")];
    assert_eq!(ask(&question(&firefox, None)).await, (count(3, 0), vec![german]), "from visits");
    let filter = Filter::default();
    let matching = Matching { scope: &scope, span: span(0, DAY_MS), filter: &filter };
    assert_eq!(matching.visitors(&fixture.store).await.expect("an answer"), 2);
}

async fn pages_of_a_workspace_s_visits_hold_each_once_newest_first(fixture: &Fixture) {
    let links = [LinkId::random(), LinkId::random()];
    let mut seeds = [0, 1].map(|_| Seed::new(fixture.workspace, fixture.domain));
    let mut foreign = Seed::new(WorkspaceId::random(), fixture.domain);
    for moment in 0..5 {
        for seed in &mut seeds {
            for link in links {
                seed.click(link, at(moment));
                seed.click(link, at(moment)).by_bot();
            }
        }
        foreign.click(links[0], at(moment));
    }
    foreign.absorb(&fixture.store).await;
    for seed in seeds {
        seed.absorb(&fixture.store).await;
    }

    let (mut after, mut seen) = (None, Vec::new());
    loop {
        let page =
            visits_of_workspace(&fixture.store, fixture.workspace, span(1, 4), after, 5).await;
        let page = page.expect("an answer");
        let Some(last) = page.last() else { break };
        after = Some(WorkspacePlace::of(last));
        seen.extend(page);
    }
    let places: Vec<_> = seen.iter().map(|it| (it.at, it.link, it.stream, it.sequence)).collect();
    assert!(places.windows(2).all(|two| two[0] > two[1]), "{places:?}");
    assert_eq!(places.len(), 3 * 2 * 2 * 2);
    assert!(seen.iter().all(|visit| visit.workspace == fixture.workspace));
    let top = most_visited(&fixture.store, fixture.workspace, span(1, 4), 1).await;
    assert_eq!(top.expect("an answer").iter().map(|it| it.1).collect::<Vec<_>>(), [6]);
}

async fn lists_are_kept_to_whoever_made_the_links(fixture: &Fixture) {
    for code in ["a", "b"] {
        links::create(&fixture.store, fixture.new_link(code), None).await.expect("a link");
    }
    let every = LinkFilter::every(fixture.workspace);
    let every = LinkFilter { limit: 9, ..every };
    let all = links::list(&fixture.store, &every).await.expect("a list");
    let by = all[0].created_by.clone().expect("somebody");
    let found = async |by: &str| {
        let filter = LinkFilter { created_by: Some(by.to_owned()), ..every.clone() };
        links::list(&fixture.store, &filter).await.expect("a list").len()
    };
    assert_eq!((found(&by).await, found("nobody").await, found("a\0b").await), (2, 0, 0));
    let ids: Vec<LinkId> = all.iter().map(|link| link.id).chain([LinkId::random()]).collect();
    let among = links::among(&fixture.store, &every, &ids).await.expect("a list");
    assert_eq!(among.len(), 2);
}
