//! Pages of other sites have no effect, whatever cookie the browser sends along.

use serde_json::{Value, json};

use super::fixture::{Browser, PASSWORD, account, problem};
use super::routes::{House, routes};
use crate::support::carom::Carom;
use crate::support::http::request;
use crate::support::sql::run_on_store_of;

on_both! {
    no_page_of_another_site_changes_anything,
    what_is_not_declared_as_json_changes_nothing,
    a_browser_of_old_is_known_by_its_origin,
    nobody_is_signed_in_by_another_site,
}

/// What may come from elsewhere, and from what is no browser.
const FROM_ELSEWHERE: [&[(&str, &str)]; 8] = [
    &[("sec-fetch-site", "cross-site")],
    &[("sec-fetch-site", "same-site")],
    &[("sec-fetch-site", "cross-site"), ("origin", "null")],
    &[("origin", "https://evil.example")],
    &[("origin", "null")],
    &[],
    &[("sec-fetch-site", "cross-site"), ("content-type", "text/plain")],
    &[("origin", "https://evil.example"), ("content-type", "application/x-www-form-urlencoded")],
];

/// What looks at no cookie: a program may ask for it.
const OPENED_BY_BODY: [&str; 2] = ["open_invitation", "set_up"];

/// What was done so far: every change has its entry.
fn deeds(house: &mut House<'_>) -> Value {
    house.owner.get("/api/v1/audit?limit=1")["entries"][0]["id"].clone()
}

fn no_page_of_another_site_changes_anything(carom: &Carom) {
    let mut house = House::own(carom);
    let cookie = house.owner.cookie.clone().expect("a cookie");
    let mut n = 0;
    for route in routes(carom).iter().filter(|route| route.changes()) {
        let id = house.one(route.about, None);
        let before = deeds(&mut house);
        for headers in FROM_ELSEWHERE {
            if OPENED_BY_BODY.contains(&route.operation.as_str()) && headers.is_empty() {
                continue;
            }
            n += 1;
            let mut all = headers.to_vec();
            all.push(("cookie", cookie.as_str()));
            if !all.iter().any(|(name, _)| *name == "content-type") {
                all.push(("content-type", "application/json"));
            }
            let body = route.body(n, None).map(|body| body.to_string()).unwrap_or_default();
            let path = route.path_about(&id);
            let refused = request(carom.admin(), &route.method, &path, &all, body.as_bytes());
            assert_eq!(refused.status, 403, "{} {headers:?}: {}", route.operation, refused.text());
            problem(&refused, 403, "cross-site");
            assert_eq!(refused.header("set-cookie"), None);
        }
        assert_eq!(deeds(&mut house), before, "{}", route.operation);
    }
    assert!(n > 200, "{n} requests");
    assert!(house.owner.is_signed_in());
}

fn what_is_not_declared_as_json_changes_nothing(carom: &Carom) {
    let mut house = House::own(carom);
    let cookie = house.owner.cookie.clone().expect("a cookie");
    for route in routes(carom).iter().filter(|route| route.body.is_some()) {
        let id = house.one(route.about, None);
        let before = deeds(&mut house);
        for media_type in ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data"]
        {
            let headers = [
                ("cookie", cookie.as_str()),
                ("sec-fetch-site", "same-origin"),
                ("content-type", media_type),
            ];
            let body = route.body(0, None).map(|body| body.to_string()).unwrap_or_default();
            let path = route.path_about(&id);
            let refused = request(carom.admin(), &route.method, &path, &headers, body.as_bytes());
            problem(&refused, 415, "unsupported-media-type");
        }
        assert_eq!(deeds(&mut house), before, "{}", route.operation);
    }
}

fn a_browser_of_old_is_known_by_its_origin(carom: &Carom) {
    let mut house = House::own(carom);
    let own = format!("http://{}", carom.admin());
    let draft = json!({ "url": "https://example.com/" });
    let made =
        house.owner.ask_with("POST", "/api/v1/links", &[("origin", own.as_str())], Some(draft));
    assert_eq!(made.status, 201, "{}", made.text());
}

fn nobody_is_signed_in_by_another_site(carom: &Carom) {
    account(carom, "ada@example.com", None);
    let body = json!({ "email": "ada@example.com", "password": PASSWORD });
    let mut browser = Browser::new(carom);
    for headers in [("sec-fetch-site", "cross-site"), ("origin", "null")] {
        let refused = browser.ask_with("POST", "/api/v1/session", &[headers], Some(body.clone()));
        problem(&refused, 403, "cross-site");
        assert_eq!(browser.cookie, None);
    }
    // A program that is no browser says neither, and has no cookie to be misused.
    let by_program = browser.ask_with("POST", "/api/v1/session", &[], Some(body));
    assert_eq!(by_program.status, 201, "{}", by_program.text());
    run_on_store_of(carom, "DELETE FROM sessions");
    assert!(!browser.is_signed_in());
}
