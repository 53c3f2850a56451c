//! Single clicks, page by page and as a table.

use std::fs;

use carom::model::dimension::Dimension;
use carom::model::id::LinkId;
use carom::model::time::Millis;
use serde_json::Value;

use super::fixture::{ask, in_store, patient, problem};
use crate::support::admin::Link;
use crate::support::carom::{Carom, Options};
use crate::support::http::Response;
use crate::support::postgres::fresh_database;
use crate::support::seed::{Known as _, Seed};

on_both! {
    pages_hold_each_visit_once_newest_first,
    a_table_has_a_head_and_no_formulas,
    a_table_is_sent_to_those_who_accept_one,
    what_cannot_be_asked_is_said_with_its_parameter,
}

const COLUMNS: &str = "at,audience,visitor,referrer,country,region,city,browser,system,device,\
                       language,utm_source,utm_medium,utm_campaign,utm_term,utm_content";

fn path(link: &Link, query: &str) -> String {
    format!("/api/v1/links/{}/visits?{query}", link.id)
}

#[track_caller]
fn get(carom: &Carom, link: &Link, query: &str) -> Response {
    let response = carom.call("GET", &path(link, query), None);
    assert_eq!(response.status, 200, "{query}: {}", response.text());
    response
}

fn seed(carom: &Carom, link: &Link, fill: impl FnOnce(&mut Seed, LinkId)) {
    let id = link.id.parse().expect("an id");
    in_store(carom, async |store| {
        let mut seed = Seed::of(store).await;
        fill(&mut seed, id);
        seed.absorb_visits(store).await;
    });
}

/// A minute ago and this much earlier.
fn before(ms: i64) -> Millis {
    Millis::from_epoch(Millis::now().get() - 60_000 - ms)
}

fn pages_hold_each_visit_once_newest_first(carom: &Carom) {
    let link = carom.link_to("https://example.com/");
    let begin = before(1_000);
    seed(carom, &link, |seed, id| {
        for n in 0..7 {
            // Two at a time.
            let at = Millis::from_epoch(begin.get() + n / 2);
            seed.click(id, at).with(Dimension::UtmTerm, &n.to_string()).by(0xab);
        }
        seed.click(id, Millis::from_epoch(begin.get() - 1)).by_bot();
        seed.click(id, Millis::from_epoch(begin.get() - 40 * 86_400_000));
    });
    let (mut query, mut seen) = ("limit=3".to_owned(), Vec::new());
    loop {
        let page = get(carom, &link, &query).json();
        seen.extend(page["visits"].as_array().expect("visits").clone());
        let Some(cursor) = page["next_cursor"].as_str() else { break };
        query = format!("limit=3&cursor={cursor}");
    }
    let terms: Vec<_> = seen.iter().map(|it| it["utm_term"].as_str().unwrap_or("-")).collect();
    assert_eq!(terms, ["6", "5", "4", "3", "2", "1", "0", "-"]);
    let names: Vec<_> = seen[0].as_object().expect("an object").keys().collect();
    assert_eq!(names.len(), COLUMNS.split(',').count());
    assert_eq!((&seen[0]["audience"], &seen[7]["audience"]), (&"people".into(), &"bots".into()));
    assert_eq!(
        (&seen[0]["visitor"], &seen[7]["visitor"]),
        (&"00000000000000ab".into(), &Value::Null)
    );
    let all = get(carom, &link, "from=2026-01-01&limit=1000").json();
    assert_eq!(all["visits"].as_array().map(Vec::len), Some(9));
    let until = get(carom, &link, &format!("from=2026-01-01&to={}", before(86_400_000))).json();
    assert_eq!(until["visits"].as_array().map(Vec::len), Some(1));
}

fn a_table_has_a_head_and_no_formulas(carom: &Carom) {
    let link = carom.link_to("https://example.com/");
    let at = before(0);
    seed(carom, &link, |seed, id| {
        let click = seed.click(id, at).by(1);
        click.with(Dimension::UtmSource, "=HYPERLINK(\"http://x\",\"y\")");
        click.with(Dimension::UtmMedium, "+1").with(Dimension::UtmCampaign, "-1");
        click.with(Dimension::UtmTerm, "@x").with(Dimension::UtmContent, "\tx");
        click.with(Dimension::City, "Zürich, CH");
    });
    let response = get(carom, &link, "format=csv");
    assert_eq!(response.header("content-type"), Some("text/csv; charset=utf-8; header=present"));
    let disposition = format!("attachment; filename=\"visits-{}.csv\"", link.id);
    assert_eq!(response.header("content-disposition"), Some(disposition.as_str()));
    let row = format!(
        "{at},people,0000000000000001,,,,\"Zürich, CH\",,,,,\
         \"'=HYPERLINK(\"\"http://x\"\",\"\"y\"\")\",'+1,'-1,'@x,'\tx"
    );
    assert_eq!(response.text(), format!("{COLUMNS}\r\n{row}\r\n"));
}

fn a_table_is_sent_to_those_who_accept_one(carom: &Carom) {
    let link = carom.link_to("https://example.com/");
    let kind = |query: &str, accept: &str| {
        let response = ask(carom, "GET", &path(&link, query), &[("accept", accept)], "");
        assert_eq!(response.status, 200, "{}", response.text());
        response.header("content-type").map(str::to_owned).unwrap_or_default()
    };
    assert!(kind("", "text/csv").starts_with("text/csv"));
    assert!(kind("", "*/*").starts_with("application/json"));
    assert!(kind("format=json", "text/csv").starts_with("application/json"));
    assert_eq!(get(carom, &link, "format=csv").text(), format!("{COLUMNS}\r\n"));
}

fn what_cannot_be_asked_is_said_with_its_parameter(carom: &Carom) {
    let link = carom.link_to("https://example.com/");
    for (query, field) in [
        ("limit=0", "limit"),
        ("limit=1001", "limit"),
        ("cursor=x", "cursor"),
        ("format=xml", "format"),
        ("from=x", "from"),
        ("country=DE", "country"),
        ("format=csv&limit=5", "limit"),
    ] {
        let response = carom.call("GET", &path(&link, query), None);
        assert_eq!(problem(&response, 400, "invalid-query")["field"], field, "{query}");
    }
}

#[test]
fn a_long_table_is_streamed_from_sqlite() {
    stream_a_long_table(&Carom::start(one_connection(Options::sqlite())));
}

#[test]
fn a_long_table_is_streamed_from_postgres() {
    let database = fresh_database();
    stream_a_long_table(&Carom::start(one_connection(Options::postgres(&database.url))));
}

/// Each of SQLite's connections may keep pages of its own.
fn one_connection(options: Options) -> Options {
    patient(options).set("CAROM_STORE__ADMIN_CONNECTIONS", 1)
}

/// The table has 60 MB, and sending it must not take the server half as much.
fn stream_a_long_table(carom: &Carom) {
    const VISITS: usize = 100_000;
    const GROWTH_MAX_KIB: u64 = 32 * 1024;
    let link = carom.link_to("https://example.com/");
    let begin = before(VISITS as i64);
    let value = "v".repeat(128);
    seed(carom, &link, |seed, id| {
        for n in 0..VISITS {
            let click = seed.click(id, Millis::from_epoch(begin.get() + n as i64));
            for dimension in [
                Dimension::UtmSource,
                Dimension::UtmMedium,
                Dimension::UtmCampaign,
                Dimension::UtmTerm,
            ] {
                click.with(dimension, &value);
            }
        }
    });
    assert_eq!(get(carom, &link, "limit=1").json()["visits"].as_array().map(Vec::len), Some(1));
    let at_rest = memory_peak_kib(carom);

    let response = get(carom, &link, "format=csv");

    let lines = response.body.iter().filter(|byte| **byte == b'\n').count();
    assert_eq!(lines, VISITS + 1);
    assert!(response.body.len() > 50_000_000);
    // The kernel counts it roughly: the second figure may be the smaller one.
    let growth = memory_peak_kib(carom).saturating_sub(at_rest);
    assert!(growth < GROWTH_MAX_KIB, "the server grew by {growth} KiB");
}

/// The most memory that the server has ever had.
fn memory_peak_kib(carom: &Carom) -> u64 {
    let status = fs::read_to_string(format!("/proc/{}/status", carom.pid())).expect("a process");
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).expect("its memory");
    peak.trim().trim_end_matches("kB").trim().parse().expect("a number")
}
