//! Sums over time in any zone, dimensions, filters.

use std::time::Duration;

use carom::model::dimension::{Dimension, OTHER};
use carom::model::id::LinkId;
use carom::model::time::Millis;
use carom::store::stats::fold_hours;
use carom::store::{domains, facts};
use serde_json::{Value, json};

use super::fixture::{follow, in_store, problem};
use crate::support::admin::Link;
use crate::support::carom::Carom;
use crate::support::http::request;
use crate::support::seed::{Known as _, Seed};
use crate::support::wait::{SOON, eventually};

on_both! {
    a_day_on_which_clocks_change_has_23_or_25_hours,
    days_in_kathmandu_begin_at_a_quarter_past_six_in_the_evening,
    empty_buckets_are_there_and_the_default_is_thirty_days,
    dimensions_add_up_to_the_total,
    filters_combine,
    a_workspace_has_all_its_links_and_its_domains_apart,
    what_is_not_in_the_store_yet_is_said_apart,
    days_that_were_folded_count_as_before,
    figures_that_may_be_off_are_said_to_be,
    what_cannot_be_asked_is_said_with_its_parameter,
}

const HOUR: Duration = Duration::from_secs(3600);

#[track_caller]
fn ask(carom: &Carom, path: &str) -> Value {
    let response = carom.call("GET", path, None);
    assert_eq!(response.status, 200, "{path}: {}", response.text());
    response.json()
}

#[track_caller]
fn of_link(carom: &Carom, link: &Link, query: &str) -> Value {
    ask(carom, &format!("/api/v1/links/{}/stats?{query}", link.id))
}

fn id(link: &Link) -> LinkId {
    link.id.parse().expect("an id")
}

fn at(text: &str) -> Millis {
    Millis::parse(text).expect("a time")
}

/// Has clicks counted that `fill` makes.
fn seed(carom: &Carom, fill: impl FnOnce(&mut Seed)) {
    in_store(carom, async |store| {
        let mut seed = Seed::of(store).await;
        fill(&mut seed);
        seed.absorb(store).await;
    });
}

/// Starts and people of the buckets that are not empty.
fn filled(stats: &Value) -> Vec<(&str, u64)> {
    let series = stats["series"].as_array().expect("a series").iter();
    let read = |it: &Value| (it["people"] != 0).then(|| it["people"].as_u64().expect("a count"));
    series.filter_map(|it| Some((it["start"].as_str().expect("a time"), read(it)?))).collect()
}

fn length(stats: &Value) -> usize {
    stats["series"].as_array().expect("a series").len()
}

fn a_day_on_which_clocks_change_has_23_or_25_hours(carom: &Carom) {
    let link = carom.link_to("https://example.com/");
    seed(carom, |seed| {
        for text in [
            "2026-03-28T22:59:59Z",
            "2026-03-28T23:00:00Z",
            "2026-03-29T00:59:59Z",
            "2026-03-29T01:00:00Z",
            "2026-03-29T21:59:59Z",
            "2026-03-29T22:00:00Z",
            "2026-10-24T22:00:00Z",
            "2026-10-25T00:30:00Z",
            "2026-10-25T01:30:00Z",
            "2026-10-25T22:59:59Z",
        ] {
            seed.click(id(&link), at(text));
        }
    });
    let day = |date: &str, interval: &str| {
        let query = format!("tz=Europe/Berlin&from={date}&to={date}&interval={interval}");
        of_link(carom, &link, &query)
    };
    let spring = day("2026-03-29", "hour");
    assert_eq!(length(&spring), 23);
    assert_eq!(
        filled(&spring),
        [
            ("2026-03-29T00:00:00+01:00", 1),
            ("2026-03-29T01:00:00+01:00", 1),
            ("2026-03-29T03:00:00+02:00", 1),
            ("2026-03-29T23:00:00+02:00", 1)
        ]
    );
    assert_eq!(filled(&day("2026-03-29", "day")), [("2026-03-29T00:00:00+01:00", 4)]);
    assert_eq!(length(&day("2026-03-29", "quarter")), 23 * 4);
    let autumn = day("2026-10-25", "hour");
    assert_eq!(length(&autumn), 25);
    assert_eq!(
        filled(&autumn),
        [
            ("2026-10-25T00:00:00+02:00", 1),
            ("2026-10-25T02:00:00+02:00", 1),
            ("2026-10-25T02:00:00+01:00", 1),
            ("2026-10-25T23:00:00+01:00", 1)
        ]
    );
    assert_eq!(filled(&day("2026-10-25", "day")), [("2026-10-25T00:00:00+02:00", 4)]);

    let year = "tz=Europe/Berlin&from=2026-01-01&to=2026-12-31&interval=month";
    let year = of_link(carom, &link, year);
    assert_eq!(length(&year), 12);
    assert_eq!(filled(&year), [("2026-03-01T00:00:00+01:00", 6), ("2026-10-01T00:00:00+02:00", 4)]);
    assert_eq!(year["totals"]["total"], 10);
    let weeks = "tz=Europe/Berlin&from=2026-03-29&to=2026-03-30&interval=week";
    assert_eq!(
        filled(&of_link(carom, &link, weeks)),
        [("2026-03-23T00:00:00+01:00", 4), ("2026-03-30T00:00:00+02:00", 1)]
    );
}

fn days_in_kathmandu_begin_at_a_quarter_past_six_in_the_evening(carom: &Carom) {
    let link = carom.link_to("https://example.com/");
    seed(carom, |seed| {
        for text in [
            "2026-06-30T18:14:59Z",
            "2026-06-30T18:15:00Z",
            "2026-07-01T18:14:59Z",
            "2026-07-01T18:15:00Z",
        ] {
            seed.click(id(&link), at(text));
        }
    });
    let query = "tz=Asia/Kathmandu&from=2026-06-30&to=2026-07-02";
    assert_eq!(
        filled(&of_link(carom, &link, &format!("{query}&interval=day"))),
        [
            ("2026-06-30T00:00:00+05:45", 1),
            ("2026-07-01T00:00:00+05:45", 2),
            ("2026-07-02T00:00:00+05:45", 1)
        ]
    );
    assert_eq!(
        filled(&of_link(carom, &link, &format!("{query}&interval=hour"))),
        [
            ("2026-06-30T23:00:00+05:45", 1),
            ("2026-07-01T00:00:00+05:45", 1),
            ("2026-07-01T23:00:00+05:45", 1),
            ("2026-07-02T00:00:00+05:45", 1)
        ]
    );
}

fn empty_buckets_are_there_and_the_default_is_thirty_days(carom: &Carom) {
    let link = carom.link_to("https://example.com/");
    let now = Millis::now();
    seed(carom, |seed| {
        seed.click(id(&link), now.before(24 * HOUR)).by(1);
        seed.click(id(&link), now.before(24 * HOUR)).by(1);
        seed.click(id(&link), now.before(24 * HOUR)).by_bot();
        seed.click(id(&link), now.before(40 * 24 * HOUR));
    });
    let stats = of_link(carom, &link, "");
    assert_eq!(
        (length(&stats), &stats["interval"], &stats["tz"]),
        (30, &json!("day"), &json!("UTC"))
    );
    assert_eq!(
        stats["totals"],
        json!({ "total": 3, "people": 2, "bots": 1, "visitors": 1 }),
        "{stats}"
    );
    assert_eq!((&stats["approximate"], &stats["notes"]), (&json!(false), &json!([])));
    assert_eq!(filled(&stats).len(), 1);
    let bots = of_link(carom, &link, "audience=bots");
    assert_eq!(bots["totals"]["total"], 1);
    assert_eq!(filled(&bots), []);
    assert_eq!(of_link(carom, &link, "audience=people")["totals"]["bots"], 0);
}

fn dimensions_add_up_to_the_total(carom: &Carom) {
    let link = carom.link_to("https://example.com/");
    let recently = Millis::now().before(HOUR);
    seed(carom, |seed| {
        for (country, clicks) in [("DE", 5), ("FR", 4), ("NP", 3), ("CH", 1), (OTHER, 2)] {
            for _ in 0..clicks {
                seed.click(id(&link), recently).with(Dimension::Country, country);
            }
        }
        seed.click(id(&link), recently).with(Dimension::Country, "NP").by_bot();
        seed.click(id(&link), recently).with(Dimension::Browser, "Firefox");
    });
    let stats = of_link(carom, &link, "dimension=country,browser&dimension=city&limit=3");
    let value = |value: Value, people: u64, bots: u64| json!({ "value": value, "people": people, "bots": bots });
    assert_eq!(
        stats["dimensions"]["country"],
        json!([
            value(json!("DE"), 5, 0),
            value(json!("FR"), 4, 0),
            value(json!("NP"), 3, 1),
            value(json!("(other)"), 3, 0),
            value(Value::Null, 1, 0)
        ])
    );
    assert_eq!(
        stats["dimensions"]["browser"],
        json!([value(json!("Firefox"), 1, 0), value(Value::Null, 15, 1)])
    );
    assert_eq!(stats["dimensions"]["city"], json!([value(Value::Null, 16, 1)]));
    assert_eq!(stats["totals"]["total"], 17);
    let bots = of_link(carom, &link, "dimension=country&audience=bots");
    assert_eq!(bots["dimensions"]["country"], json!([value(json!("NP"), 0, 1)]));
}

fn filters_combine(carom: &Carom) {
    let link = carom.link_to("https://example.com/");
    let recently = Millis::now().before(HOUR);
    seed(carom, |seed| {
        for (country, browser, visitor) in
            [("DE", "Firefox", 1), ("DE", "Firefox", 1), ("DE", "Chrome", 2), ("FR", "Firefox", 3)]
        {
            let click = seed.click(id(&link), recently).by(visitor);
            click.with(Dimension::Country, country).with(Dimension::Browser, browser);
        }
        seed.click(id(&link), recently).by_bot().with(Dimension::Country, "DE");
        seed.click(id(&link), recently).with(Dimension::Browser, "Firefox");
    });
    for (query, people, bots, visitors) in [
        ("country=DE", 3, 1, 2),
        ("country=DE&browser=Firefox", 2, 0, 1),
        ("country=DE&browser=Firefox&audience=bots", 0, 0, 0),
        ("country=DE&browser=", 0, 1, 0),
        ("country=&audience=people", 1, 0, 0),
        ("country=de", 0, 0, 0),
    ] {
        for path in [format!("links/{}/stats", link.id), "stats".to_owned()] {
            let stats = ask(carom, &format!("/api/v1/{path}?{query}"));
            let totals = &stats["totals"];
            let figures = [&totals["people"], &totals["bots"], &totals["visitors"]];
            assert_eq!(figures, [&json!(people), &json!(bots), &json!(visitors)], "{path}?{query}");
            assert_eq!(length(&stats), 30, "{query}");
            assert_eq!(stats["pending"], Value::Null, "{query}");
        }
    }
    let stats = of_link(carom, &link, "country=DE&dimension=browser&limit=1");
    assert_eq!(
        stats["dimensions"]["browser"],
        json!([
            { "value": "Firefox", "people": 2, "bots": 0 },
            { "value": "(other)", "people": 1, "bots": 0 },
            { "value": null, "people": 0, "bots": 1 }
        ])
    );
}

fn a_workspace_has_all_its_links_and_its_domains_apart(carom: &Carom) {
    let links = [carom.link_to("https://example.com/1"), carom.link_to("https://example.com/2")];
    let recently = Millis::now().before(HOUR);
    seed(carom, |seed| {
        for link in &links {
            seed.click(id(link), recently).with(Dimension::Country, "DE");
        }
    });
    in_store(carom, async |store| {
        let workspace = facts::default_workspace(store).await.expect("a workspace");
        let domain = domains::create(store, workspace, "go.example".to_owned()).await;
        let mut seed = Seed::new(workspace, domain.expect("a domain").id);
        seed.click(LinkId::random(), recently).with(Dimension::Country, "FR");
        seed.absorb(store).await;
    });
    let total =
        |query: &str| ask(carom, &format!("/api/v1/stats?{query}"))["totals"]["total"].clone();
    eventually(SOON, "the domain is known", || {
        carom.call("GET", "/api/v1/stats?domain=go.example", None).status == 200
    });
    assert_eq!(total(""), 3);
    assert_eq!(total("domain=go.example"), 1);
    assert_eq!(total(&format!("domain={}", carom.edge())), 2);
    assert_eq!(total("domain=go.example&country=FR"), 1);
    assert_eq!(total("domain=go.example&country=DE"), 0);
    assert_eq!(of_link(carom, &links[0], "")["totals"]["total"], 1);
    let stats = ask(carom, "/api/v1/stats?domain=go.example&dimension=country");
    let french = json!([{ "value": "FR", "people": 1, "bots": 0 }]);
    assert_eq!(stats["dimensions"]["country"], french);
}

fn what_is_not_in_the_store_yet_is_said_apart(carom: &Carom) {
    let link = carom.link_to("https://example.com/");
    assert_eq!(of_link(carom, &link, "")["pending"], json!({ "people": 0, "bots": 0 }));
    for _ in 0..5 {
        assert_eq!(follow(carom, &link.code).0, 302);
    }
    assert_eq!(request(carom.edge(), "HEAD", &format!("/{}", link.code), &[], b"").status, 302);
    let both = |stats: &Value, name: &str| {
        let count = |it: &Value| it[name].as_u64().expect("a count");
        count(&stats["totals"]) + count(&stats["pending"])
    };
    // Between the two readings a flush may move clicks, which is why they are not one figure.
    eventually(SOON, "every click is here or there", || {
        let stats = of_link(carom, &link, "");
        (both(&stats, "people"), both(&stats, "bots")) == (5, 1)
    });
    eventually(SOON, "nothing is pending", || {
        of_link(carom, &link, "")["pending"] == json!({ "people": 0, "bots": 0 })
    });
    assert_eq!(of_link(carom, &link, "")["totals"]["total"], 6);
    assert_eq!(of_link(carom, &link, "from=2020-01-01&to=2020-01-02")["pending"], Value::Null);
}

fn days_that_were_folded_count_as_before(carom: &Carom) {
    let link = carom.link_to("https://example.com/");
    seed(carom, |seed| {
        for hour in 0..48 {
            let at = Millis::from_epoch(at("2026-01-10T00:30:00Z").get() + hour * 3_600_000);
            seed.click(id(&link), at).with(Dimension::Country, if hour < 30 { "DE" } else { "FR" });
        }
    });
    let query = "from=2026-01-10&to=2026-01-11&dimension=country";
    let before = of_link(carom, &link, query);
    let folded = in_store(carom, async |store| fold_hours(store, at("2026-02-01T00:00:00Z")).await);
    assert_eq!(folded.expect("an answer"), 3 * 48);
    let after = of_link(carom, &link, query);
    assert_eq!(after, before);
    assert_eq!(after["dimensions"]["country"][0]["people"], 30, "{after}");
    assert_eq!(after["approximate"], false);
}

fn figures_that_may_be_off_are_said_to_be(carom: &Carom) {
    let link = carom.link_to("https://example.com/");
    let now = Millis::now();
    // In the quarter hour after 18:15, so that Kathmandu's day cuts the hour.
    let evening = Millis::from_epoch(now.day().get() - 3 * 86_400_000 + 18 * 3_600_000);
    seed(carom, |seed| {
        seed.click(id(&link), evening).with(Dimension::Country, "DE");
        seed.click(id(&link), Millis::from_epoch(evening.get() + 1_800_000))
            .with(Dimension::Country, "FR");
        seed.click(id(&link), at("2020-06-01T12:00:00Z")).with(Dimension::Country, "NP");
    });
    let query = |from: Millis, to: Millis| {
        format!("tz=Asia/Kathmandu&from={from}&to={to}&dimension=country")
    };
    let day = Millis::from_epoch(evening.get() + 900_000);
    let exact = of_link(carom, &link, &query(day, now));
    assert_eq!(exact["approximate"], false, "{exact}");
    assert_eq!(
        exact["dimensions"]["country"],
        json!([{ "value": "FR", "people": 1, "bots": 0 }]),
        "from visits, which know the minute"
    );
    let old = of_link(carom, &link, &query(at("2020-05-31T18:15:00Z"), at("2020-06-01T18:15:00Z")));
    assert_eq!((&old["approximate"], &old["totals"]["people"]), (&json!(true), &json!(1)), "{old}");
    assert_eq!(old["totals"]["visitors"], Value::Null);
    assert_eq!(old["notes"].as_array().map(Vec::len), Some(1));

    let filtered = of_link(carom, &link, "from=2020-06-01&interval=month&country=NP");
    assert_eq!(filtered["totals"]["people"], 0, "its visit may be there, but not all of its time");
    let note = filtered["notes"][0].as_str().expect("a note");
    assert!(filtered["approximate"] == true && note.contains("are not kept"), "{filtered}");
}

fn what_cannot_be_asked_is_said_with_its_parameter(carom: &Carom) {
    let link = carom.link_to("https://example.com/");
    let long = format!("city={}", "x".repeat(129));
    let of_link = format!("/api/v1/links/{}/stats", link.id);
    for (query, field) in [
        ("from=yesterday", "from"),
        ("to=2026-02-30", "to"),
        ("from=1969-01-01", "from"),
        ("from=2026-07-02&to=2026-07-01", "from"),
        ("from=2026-07-01&from=2026-07-02", "from"),
        ("tz=Mars/Olympus", "tz"),
        ("interval=fortnight", "interval"),
        ("dimension=shoe", "dimension"),
        ("dimension=country,shoe", "dimension"),
        ("audience=cats", "audience"),
        ("limit=0", "limit"),
        ("limit=101", "limit"),
        ("limit=x", "limit"),
        ("country=DE&country=FR", "country"),
        ("browser=%00", "browser"),
        (&long, "city"),
        ("colour=red", "colour"),
    ] {
        for path in [&of_link, "/api/v1/stats"] {
            let response = carom.call("GET", &format!("{path}?{query}"), None);
            let body = problem(&response, 400, "invalid-query");
            assert_eq!(body["field"], field, "{path}?{query}: {body}");
        }
    }
    for query in ["from=2020-01-01&to=2026-01-01&interval=hour", "from=2000-01-01&interval=day"] {
        let response = carom.call("GET", &format!("{of_link}?{query}"), None);
        assert_eq!(problem(&response, 422, "too-many-buckets")["field"], "interval");
    }
    let response = carom.call("GET", &format!("{of_link}?domain={}", carom.edge()), None);
    assert_eq!(problem(&response, 400, "invalid-query")["field"], "domain");
    let response = carom.call("GET", "/api/v1/stats?domain=x.example", None);
    assert_eq!(problem(&response, 422, "unknown-domain")["field"], "domain");
    let response = carom.call("GET", "/api/v1/links/1/stats", None);
    problem(&response, 404, "no-such-link");
}
