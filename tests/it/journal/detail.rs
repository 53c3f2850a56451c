//! What is known of a click when it comes out at the other end, through real requests.

use serde_json::{Value, json};

use super::visitors::options;
use crate::support::carom::Carom;
use crate::support::http::request;
use crate::support::postgres::fresh_database;
use crate::support::wait::{SOON, eventually};

const FIREFOX: &str = "Mozilla/5.0 (X11; Linux x86_64; rv:150.0) Gecko/20100101 Firefox/150.0";
const PHONE: &str = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 \
                     (KHTML, like Gecko) Version/18.5 Mobile/15E148 Safari/604.1";

fn clicks_are_told_apart_by_what_they_say(carom: &Carom) {
    let link = carom.link_to("https://example.com/");
    let click = |query: &str, headers: &[(&str, &str)]| {
        let path = format!("/{}{query}", link.code);
        assert_eq!(request(carom.edge(), "GET", &path, headers, b"").status, 302);
    };
    let german = ("accept-language", "de-AT,de;q=0.8,en;q=0.5");
    let referrer = ("referer", "https://news.example.co.uk/story?secret=1");
    for _ in 0..3 {
        click(
            "?utm_source=News%20letter&utm_source=x",
            &[("user-agent", FIREFOX), german, referrer],
        );
    }
    click("", &[("user-agent", PHONE)]);
    click("", &[("user-agent", PHONE), ("dnt", "1")]);
    click("", &[("user-agent", "Googlebot/2.1 (+http://www.google.com/bot.html)")]);
    eventually(SOON, "the store has them", || carom.clicks(&link).stored == 6);

    let path = format!("/api/v1/links/{}/stats", link.id);
    let query = "dimension=referrer,browser,system,device,language,utm_source";
    let stats = carom.call("GET", &format!("{path}?{query}"), None).json();

    let totals = json!({"total": 6, "people": 5, "bots": 1, "visitors": 2});
    assert_eq!(stats["totals"], totals, "one hash for each of two people: {stats}");
    let people = |dimension: &str, value: &str| {
        let values = stats["dimensions"][dimension].as_array().expect("values");
        let found = values.iter().find(|found| found["value"] == value);
        found.map_or(Value::Null, |found| found["people"].clone())
    };
    assert_eq!(people("referrer", "example.co.uk"), 3, "{stats}");
    assert_eq!(people("browser", "Firefox"), 3, "{stats}");
    assert_eq!(people("system", "iOS"), 2, "{stats}");
    assert_eq!(people("device", "phone"), 2, "{stats}");
    assert_eq!(people("language", "de-AT"), 3, "{stats}");
    assert_eq!(people("utm_source", "News letter"), 3, "{stats}");

    let visits = carom.call("GET", &format!("/api/v1/links/{}/visits", link.id), None);
    let text = visits.text();
    assert_eq!(visits.json()["visits"].as_array().map(Vec::len), Some(6), "{text}");
    for secret in ["127.0.0", "secret", "Mozilla", "news.example"] {
        assert!(!text.contains(secret), "{secret} in {text}");
    }
    let check = carom.command(&["check", "--clicks"]).output().expect("a verdict");
    assert!(check.status.success(), "{}", String::from_utf8_lossy(&check.stdout));
}

#[test]
fn clicks_are_told_apart_by_what_they_say_on_sqlite() {
    clicks_are_told_apart_by_what_they_say(&Carom::start(options(None)));
}

#[test]
fn clicks_are_told_apart_by_what_they_say_on_postgres() {
    let database = fresh_database();
    clicks_are_told_apart_by_what_they_say(&Carom::start(options(Some(&database))));
}

#[test]
fn no_address_is_in_any_file() {
    let mut carom = Carom::start(options(None));
    let link = carom.link_to("https://example.com/");
    let path = format!("/{}", link.code);
    assert_eq!(request(carom.edge(), "GET", &path, &[("user-agent", FIREFOX)], b"").status, 302);
    eventually(SOON, "the store has it", || carom.clicks(&link).stored == 1);
    carom.kill();

    let journal = carom.data_dir().join("journal");
    let mut looked_at = 0;
    for entry in std::fs::read_dir(&journal).expect("the journal") {
        let bytes = std::fs::read(entry.expect("an entry").path()).expect("its bytes");
        let marks = bytes.windows(FIREFOX.len()).filter(|window| *window == FIREFOX.as_bytes());
        looked_at += marks.count();
        // 4: the family, then the first three bytes of 127.0.0.1; the last one is not kept.
        let whole = bytes.windows(5).any(|window| window == [4, 127, 0, 0, 1]);
        assert!(!whole, "an address in {}", journal.display());
    }
    assert_eq!(looked_at, 1, "the click is in the journal");
}
