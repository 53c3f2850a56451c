//! The audit log tells who did what, from where.

use serde_json::json;

use super::fixture::{ask, problem};
use crate::support::carom::Carom;

on_both! {
    what_a_key_does_is_told_under_its_name,
    the_log_is_read_page_by_page,
    the_log_as_a_table_holds_no_formula,
    a_query_that_means_nothing_is_refused,
}

fn log(carom: &Carom, query: &str) -> serde_json::Value {
    let response = ask(carom, "GET", &format!("/api/v1/audit{query}"), &[], "");
    assert_eq!(response.status, 200, "{}", response.text());
    response.json()
}

fn what_a_key_does_is_told_under_its_name(carom: &Carom) {
    let link = carom.create_link(&json!({ "url": "https://example.com/", "code": "told" }));
    let path = format!("/api/v1/links/{}", link.id);
    assert_eq!(carom.call("PATCH", &path, Some(&json!({ "title": "News" }))).status, 200);
    let told = log(carom, &format!("?subject={}", link.id));
    let entries = told["entries"].as_array().expect("entries");
    assert_eq!(entries.len(), 2, "{told}");
    let changed = &entries[0];
    assert_eq!(changed["action"], "link.changed");
    assert_eq!(changed["actor"]["kind"], "key");
    assert_eq!(changed["actor"]["from"], "127.0.0.1");
    assert_eq!(changed["subject"]["id"], link.id.as_str());
    assert_eq!(changed["detail"], json!({ "title": { "before": null, "after": "News" } }));
    let of_the_key =
        log(carom, &format!("?actor={}", changed["actor"]["id"].as_str().expect("text")));
    assert_eq!(of_the_key["entries"].as_array().map(Vec::len), Some(2));
}

fn the_log_is_read_page_by_page(carom: &Carom) {
    for place in 0..7 {
        carom
            .create_link(&json!({ "url": "https://example.com/", "code": format!("link{place}") }));
    }
    let (mut codes, mut cursor) = (Vec::new(), String::new());
    loop {
        let page = log(carom, &format!("?action=link.created&limit=3{cursor}"));
        let entries = page["entries"].as_array().expect("entries");
        codes.extend(
            entries.iter().map(|it| it["subject"]["name"].as_str().expect("text").to_owned()),
        );
        let Some(next) = page["next_cursor"].as_str() else { break };
        cursor = format!("&cursor={next}");
    }
    let expected: Vec<_> = (0..7).rev().map(|place| format!("link{place}")).collect();
    assert_eq!(codes, expected);
}

fn the_log_as_a_table_holds_no_formula(carom: &Carom) {
    let name = json!({ "name": "=1+1", "scopes": ["links:read"] });
    assert_eq!(carom.call("POST", "/api/v1/keys", Some(&name)).status, 201);
    let response = ask(carom, "GET", "/api/v1/audit?format=csv&action=key.created", &[], "");
    assert_eq!(response.header("content-type"), Some("text/csv; charset=utf-8; header=present"));
    let text = response.text();
    assert!(text.contains(",key.created,key,") && text.contains(",'=1+1,"), "{text}");
}

fn a_query_that_means_nothing_is_refused(carom: &Carom) {
    for (query, field) in [
        ("?limit=0", "limit"),
        ("?limit=201", "limit"),
        ("?format=xml", "format"),
        ("?subject=x", "subject"),
        ("?actor=1.5", "actor"),
        ("?from=yesterday", "from"),
        ("?cursor=x", "cursor"),
    ] {
        let response = ask(carom, "GET", &format!("/api/v1/audit{query}"), &[], "");
        assert_eq!(problem(&response, 400, "invalid-query")["field"], field);
    }
}
