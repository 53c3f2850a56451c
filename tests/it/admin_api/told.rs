//! What few links are told: kept, shown, changed, listed by; and the QR code of any link.

use serde_json::json;

use super::fixture::{JSON, ask, begin, problem};
use crate::support::carom::Carom;

on_both! {
    everything_that_a_link_is_told_is_shown_but_its_password,
    what_is_removed_is_gone_and_the_rest_stays,
    lists_are_kept_to_a_tag_a_state_and_what_is_archived,
    a_qr_code_is_drawn_and_known_again_by_its_tag,
}

fn everything_that_a_link_is_told_is_shown_but_its_password(carom: &Carom) {
    let draft = json!({
        "url": "https://example.com", "not_before": "2030-01-01T00:00:00Z", "note": "two\nlines",
        "fallback_url": "https://example.com/over", "cache_seconds": 60, "forwards_query": true,
        "password": "secret-word", "tags": ["B", " a "],
    });
    let response = ask(carom, "POST", "/shorten", &[JSON], &draft.to_string());
    assert_eq!(response.status, 201, "{}", response.text());
    let made = response.json();
    let read = ask(
        carom,
        "GET",
        &format!("/api/v1/links/{}", made["id"].as_str().expect("an id")),
        &[],
        "",
    );
    for link in [&made, &read.json()] {
        for name in ["fallback_url", "cache_seconds", "forwards_query", "note"] {
            assert_eq!(link[name], draft[name], "{name}");
        }
        assert_eq!(link["not_before"], "2030-01-01T00:00:00.000Z");
        assert_eq!(link["tags"], json!(["a", "b"]));
        assert_eq!((&link["has_password"], &link["archived_at"]), (&json!(true), &json!(null)));
        assert!(link["created_by"].is_string(), "{link}");
        assert!(!link.to_string().contains("secret-word") && !link.to_string().contains("argon2"));
    }
}

fn what_is_removed_is_gone_and_the_rest_stays(carom: &Carom) {
    let link = carom.create_link(&json!({
        "url": "https://example.com", "fallback_url": "https://example.com/over",
        "cache_seconds": 60, "password": "secret", "note": "n", "tags": ["a", "b"],
    }));
    let path = format!("/api/v1/links/{}", link.id);
    let body =
        r#"{"password":null,"note":null,"fallback_url":null,"tags":["b","c"],"archived":true}"#;
    let changed = ask(carom, "PATCH", &path, &[JSON], body);
    assert_eq!(changed.status, 200, "{}", changed.text());
    let changed = changed.json();
    assert_eq!((&changed["has_password"], &changed["cache_seconds"]), (&json!(false), &json!(60)));
    assert_eq!((&changed["note"], &changed["fallback_url"]), (&json!(null), &json!(null)));
    assert_eq!(changed["tags"], json!(["b", "c"]));
    assert!(changed["archived_at"].is_string(), "{changed}");
    for (body, slug, field) in [
        (r#"{"tags":["a,b"]}"#, "invalid-tags", "tags"),
        (r#"{"password":""}"#, "invalid-password", "password"),
        (r#"{"cache_seconds":-1}"#, "invalid-cache-seconds", "cache_seconds"),
        (r#"{"fallback_url":"data:x"}"#, "invalid-target", "fallback_url"),
    ] {
        let refused = ask(carom, "PATCH", &path, &[JSON], body);
        assert_eq!(problem(&refused, 422, slug)["field"], field, "{body}");
    }
}

fn lists_are_kept_to_a_tag_a_state_and_what_is_archived(carom: &Carom) {
    let new = |code: &str, tag: &str| {
        carom.create_link(&json!({ "url": "https://e.example", "code": code, "tags": [tag] }))
    };
    new("one", "sale");
    carom.change_link(&new("two", "sale"), &json!({ "state": "disabled" }));
    carom.change_link(&new("three", "sale"), &json!({ "archived": true }));
    new("four", "new");
    let codes = |query: &str| {
        let list = ask(carom, "GET", &format!("/api/v1/links?{query}"), &[], "");
        assert_eq!(list.status, 200, "{}", list.text());
        let list = list.json();
        let links = list["links"].as_array().expect("links").iter();
        links.map(|link| link["code"].as_str().expect("a code").to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(codes(""), ["four", "two", "one"]);
    assert_eq!(codes("tag=Sale"), ["two", "one"]);
    assert_eq!(codes("tag=sale&archived=all"), ["three", "two", "one"]);
    assert_eq!(codes("archived=only"), ["three"]);
    assert_eq!(codes("tag=sale&state=disabled"), ["two"]);
    assert_eq!(codes("state=active"), ["four", "one"]);
    assert_eq!(codes("tag=nobody"), [""; 0]);
    for (query, parameter) in
        [("tag=a,b", "tag"), ("state=off", "state"), ("archived=yes", "archived")]
    {
        let refused = ask(carom, "GET", &format!("/api/v1/links?{query}"), &[], "");
        assert_eq!(problem(&refused, 400, "invalid-query")["field"], parameter);
    }
}

fn a_qr_code_is_drawn_and_known_again_by_its_tag(carom: &Carom) {
    let link = carom.link_to("https://example.com/");
    let path = |query: &str| format!("/api/v1/links/{}/qr{query}", link.id);
    for (query, media_type, start) in [
        ("", "image/svg+xml", &b"<svg "[..]),
        ("?format=png&size=300&level=h&margin=2", "image/png", &b"\x89PNG\r\n"[..]),
    ] {
        let drawn = ask(carom, "GET", &path(query), &[], "");
        assert_eq!((drawn.status, drawn.header("content-type")), (200, Some(media_type)));
        assert!(drawn.body.starts_with(start));
        let tag = drawn.header("etag").expect("a tag");
        let again =
            begin(carom, "GET", &path(query), &[("if-none-match", tag)], "").read_response();
        assert_eq!((again.status, again.header("etag")), (304, Some(tag)));
        let other = ask(carom, "GET", &path("?level=l"), &[("if-none-match", tag)], "");
        assert_eq!(other.status, 200);
    }
    for (query, parameter) in [
        ("?size=1", "size"),
        ("?format=gif", "format"),
        ("?level=x", "level"),
        ("?margin=99", "margin"),
    ] {
        let refused = ask(carom, "GET", &path(query), &[], "");
        assert_eq!(problem(&refused, 400, "invalid-query")["field"], parameter);
    }
    let nobodys = ask(carom, "GET", "/api/v1/links/7/qr", &[], "");
    problem(&nobodys, 404, "no-such-link");
}
