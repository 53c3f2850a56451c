//! Analytics: the figures of the API, filters in the address, a table of what is shown.

use carom::model::dimension::Dimension;
use carom::model::id::LinkId;
use carom::model::time::{HOUR_MS, Millis};
use serde_json::json;

use crate::admin_api::fixture::{in_store, on_postgres, on_sqlite};
use crate::people::fixture::{Browser, member, stranger, text};
use crate::support::carom::Carom;
use crate::support::seed::{Known as _, Seed};

fn made(ada: &mut Browser<'_>, code: &str, tag: &str) -> String {
    let draft = json!({ "url": "https://example.com/", "code": code, "tags": [tag] });
    let link = ada.ask("POST", "/api/v1/links", Some(draft));
    text(&serde_json::from_str::<serde_json::Value>(link.text()).expect("a link")["id"])
}

/// Clicks of yesterday: three of Germany on one link, two of France on another, one bot of each.
fn seeded(carom: &Carom, ada: &mut Browser<'_>) -> [String; 2] {
    let links = [made(ada, "one", "sale"), made(ada, "two", "other")];
    let [one, two] = [0, 1].map(|place: usize| links[place].parse::<LinkId>().expect("an id"));
    let yesterday = Millis::from_epoch(Millis::now().hour().get() - 24 * HOUR_MS);
    in_store(carom, async |store| {
        let mut seed = Seed::of(store).await;
        for (link, country, referrer, clicks) in
            [(one, "DE", "=cmd|' /C calc'!A0", 3), (two, "FR", "example.org", 2)]
        {
            for click in 0..clicks {
                let click = seed.click(link, yesterday).by(click + 1);
                click.with(Dimension::Country, country).with(Dimension::Referrer, referrer);
            }
            seed.click(link, yesterday).by_bot().with(Dimension::Country, country);
        }
        seed.absorb(store).await;
    });
    links
}

/// The numbers that the page shows above its chart.
fn totals(page: &str) -> (String, String) {
    let mut figures = page.split("<span class=\"figure\">").skip(1);
    let mut next =
        || figures.next().and_then(|rest| rest.split('<').next()).unwrap_or("").to_owned();
    (next(), next())
}

fn filters_combine_and_stand_in_the_address(carom: &Carom) {
    let mut ada = member(carom, "ada@example.com", "viewer");
    let mut editor = member(carom, "editor@example.com", "editor");
    let [one, _] = seeded(carom, &mut editor);
    let mut shown = |query: &str| {
        let page = ada.ask("GET", &format!("/analytics{query}"), None);
        assert_eq!(page.status, 200, "{query}: {}", page.text());
        page.text().to_owned()
    };
    let of = |page: &str, people: &str, bots: &str| {
        assert_eq!(totals(page), (people.to_owned(), bots.to_owned()), "{page}");
    };
    let all = shown("");
    of(&all, "5", "2");
    assert!(all.contains("href=\"/analytics?country=DE\""), "{all}");
    let german = shown("?country=DE");
    of(&german, "3", "1");
    assert!(german.contains("href=\"/analytics?country=DE&#38;referrer="), "{german}");
    assert!(german.contains("href=\"/analytics\" title=\"Show all again\""), "{german}");
    of(&shown("?country=DE&referrer=example.org"), "0", "0");
    of(&shown("?country=FR&referrer=example.org"), "2", "0");
    of(&shown("?referrer="), "0", "2");
    of(&shown("?audience=bots"), "0", "2");
    of(&shown("?tag=Sale"), "3", "1");
    of(&shown("?tag=sale&country=FR"), "0", "0");
    of(&shown(&format!("?link={one}")), "3", "1");
    of(&shown(&format!("?link={one}&country=DE")), "3", "1");
    of(&shown("?range=7d&tz=Asia%2FKathmandu&interval=hour"), "5", "2");
    of(&shown("?from=2001-01-01&to=2001-01-02"), "0", "0");
    let compared = shown("?range=7d&compare=1");
    assert!(compared.contains("clicks in the period before"), "{compared}");
    for page in [all, german, compared] {
        assert!(page.len() < 100 * 1024, "{} bytes", page.len());
    }
}

#[test]
fn filters_combine_and_stand_in_the_address_on_sqlite() {
    on_sqlite(filters_combine_and_stand_in_the_address);
}

#[test]
fn filters_combine_and_stand_in_the_address_on_postgres() {
    on_postgres(filters_combine_and_stand_in_the_address);
}

#[test]
fn the_table_has_what_is_shown_and_no_formula() {
    on_sqlite(|carom| {
        let mut ada = member(carom, "ada@example.com", "editor");
        seeded(carom, &mut ada);
        let table = ada.ask("GET", "/analytics.csv?range=7d", None);
        assert_eq!(table.header("content-type"), Some("text/csv; charset=utf-8; header=present"));
        let lines: Vec<&str> = table.text().lines().collect();
        assert_eq!(lines[0], "of,value,people,bots");
        assert!(
            lines.contains(&"country,DE,3,1") && lines.contains(&"country,FR,2,1"),
            "{lines:?}"
        );
        assert!(lines.contains(&"referrer,'=cmd|' /C calc'!A0,3,0"), "{lines:?}");
        assert!(lines.contains(&"referrer,,0,2"), "those of which none is known: {lines:?}");
        let people: u64 = lines
            .iter()
            .filter(|line| line.starts_with("time,"))
            .map(|line| {
                line.split(',').nth(2).and_then(|it| it.parse::<u64>().ok()).expect("a count")
            })
            .sum();
        assert_eq!(people, 5);
        let visits = ada.ask("GET", "/analytics/visits.csv?range=7d&country=DE", None);
        assert_eq!(visits.text().lines().count(), 1 + 7, "{}", visits.text());
        assert!(visits.text().starts_with("at,link,audience,"), "{}", visits.text());
        assert!(visits.text().lines().all(|line| !line.contains(",=")), "{}", visits.text());
        let german = ada.ask("GET", "/analytics.csv?range=7d&country=DE", None);
        assert!(!german.text().contains("FR"), "{}", german.text());
    });
}

#[test]
fn what_cannot_be_asked_is_said_and_the_form_stays() {
    on_sqlite(|carom| {
        let mut ada = member(carom, "ada@example.com", "viewer");
        for (query, status, says) in [
            ("tz=Mars%2FOlympus", 400, "no time zone"),
            ("from=yesterday", 400, "is no time between"),
            ("from=2026-02-01&to=2026-01-01", 400, "must lie before"),
            ("interval=second", 400, "is no interval"),
            ("from=2001-01-01&interval=quarter", 422, "longer"),
            ("domain=nowhere.example", 422, "no domain here"),
            ("audience=cats", 400, "is no audience"),
        ] {
            let page = ada.ask("GET", &format!("/analytics?{query}"), None);
            assert_eq!(page.status, status, "{query}: {}", page.text());
            assert!(page.text().contains(says), "{query}: {}", page.text());
            assert!(page.text().contains("<form method=\"get\" action=\"/analytics\""), "{query}");
        }
        assert_eq!(ada.ask("GET", "/analytics?link=17", None).status, 404);
    });
}

#[test]
fn another_workspace_s_clicks_are_not_shown() {
    on_sqlite(|carom| {
        let mut ada = member(carom, "ada@example.com", "editor");
        let [one, _] = seeded(carom, &mut ada);
        let (_, mut other) = stranger(carom, "other@example.com");
        assert_eq!(totals(other.ask("GET", "/analytics", None).text()).0, "0");
        assert_eq!(totals(other.ask("GET", "/analytics?tag=sale", None).text()).0, "0");
        assert_eq!(totals(other.ask("GET", "/analytics?country=DE", None).text()).0, "0");
        for page in ["/analytics", "/analytics.csv"] {
            assert_eq!(other.ask("GET", &format!("{page}?link={one}"), None).status, 404);
        }
    });
}
