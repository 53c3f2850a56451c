//! Pages, searches.

use carom::store::{domains, facts};
use serde_json::{Value, json};

use super::fixture::{in_store, problem};
use crate::support::carom::Carom;
use crate::support::wait::{SOON, eventually};

on_both! {
    pages_hold_every_link_once_newest_first,
    a_page_that_is_just_full_is_the_last,
    a_search_finds_code_target_and_title_in_any_case,
    a_domain_s_links_are_listed_alone,
    what_cannot_be_asked_is_said_with_its_parameter,
}

#[track_caller]
fn page(carom: &Carom, query: &str) -> Value {
    let response = carom.call("GET", &format!("/api/v1/links{query}"), None);
    assert_eq!(response.status, 200, "{query}: {}", response.text());
    response.json()
}

fn codes(page: &Value) -> Vec<&str> {
    let links = page["links"].as_array().expect("a list");
    links.iter().map(|link| link["code"].as_str().expect("a code")).collect()
}

fn make(carom: &Carom, codes: &[&str]) {
    for code in codes {
        carom.create_link(&json!({ "url": "https://example.com/", "code": code }));
    }
}

fn pages_hold_every_link_once_newest_first(carom: &Carom) {
    let made: Vec<String> = (0..7).map(|number| format!("link-{number}")).collect();
    make(carom, &made.iter().map(String::as_str).collect::<Vec<_>>());
    let (mut listed, mut query) = (Vec::new(), "?limit=3".to_owned());
    loop {
        let page = page(carom, &query);
        listed.extend(page["links"].as_array().expect("a list").clone());
        let Some(cursor) = page["next_cursor"].as_str() else { break };
        query = format!("?limit=3&cursor={cursor}");
    }
    let made_at = |link: &Value| link["created_at"].as_str().expect("a time").to_owned();
    assert!(listed.windows(2).all(|two| made_at(&two[0]) >= made_at(&two[1])), "{listed:?}");
    let mut found: Vec<_> =
        listed.iter().map(|link| link["code"].as_str().expect("a code")).collect();
    found.sort_unstable();
    assert_eq!(found, made);
}

fn a_page_that_is_just_full_is_the_last(carom: &Carom) {
    make(carom, &["a", "b"]);
    assert!(page(carom, "?limit=2")["next_cursor"].is_null());
    assert!(page(carom, "?limit=1")["next_cursor"].is_string());
    assert!(page(carom, "")["next_cursor"].is_null());
}

fn a_search_finds_code_target_and_title_in_any_case(carom: &Carom) {
    make(carom, &["Alpha"]);
    carom.create_link(&json!({ "url": "https://beta.example/x_y", "code": "b" }));
    carom.create_link(&json!({ "url": "https://example.com/", "code": "c", "title": "ΓΑΜΜΑ 50%" }));
    for (search, found) in [
        ("aLPHA", vec!["Alpha"]),
        ("BETA.ex", vec!["b"]),
        ("%CE%B3%CE%B1%CE%BC%CE%BC%CE%B1", vec!["c"]),
        ("50%25", vec!["c"]),
        ("x_y", vec!["b"]),
        ("xay", vec![]),
        ("_", vec!["b"]),
    ] {
        assert_eq!(codes(&page(carom, &format!("?search={search}"))), found, "{search}");
    }
}

fn a_domain_s_links_are_listed_alone(carom: &Carom) {
    in_store(carom, async |store| {
        let workspace = facts::default_workspace(store).await.expect("a workspace");
        domains::create(store, workspace, "go.example".to_owned()).await.expect("a domain");
    });
    let draft = json!({ "url": "https://example.com/", "code": "there", "domain": "go.example" });
    eventually(SOON, "the domain is known", || {
        carom.call("POST", "/shorten", Some(&draft)).status == 201
    });
    make(carom, &["here"]);
    assert_eq!(codes(&page(carom, "?domain=go.example")), ["there"]);
    assert_eq!(codes(&page(carom, &format!("?domain={}", carom.edge()))), ["here"]);
    let unknown = carom.call("GET", "/api/v1/links?domain=x.example", None);
    assert_eq!(problem(&unknown, 422, "unknown-domain")["field"], "domain");
}

fn what_cannot_be_asked_is_said_with_its_parameter(carom: &Carom) {
    let long = format!("search={}", "x".repeat(513));
    for (query, words) in [
        ("limit=0", "limit"),
        ("limit=201", "limit"),
        ("limit=x", "limit"),
        ("limit=1&limit=2", "limit"),
        ("cursor=x", "cursor"),
        ("search=%00", "search"),
        (&long, "search"),
        ("page=2", "page"),
    ] {
        let response = carom.call("GET", &format!("/api/v1/links?{query}"), None);
        let body = problem(&response, 400, "invalid-query");
        assert!(body.to_string().contains(words), "{query}: {body}");
    }
}
