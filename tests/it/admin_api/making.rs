//! A link is made, redirects, and what is refused is refused with a reason.

use serde_json::json;

use super::fixture::{DRAFT, JSON, ask, follow, found, problem};
use crate::support::carom::Carom;

on_both! {
    a_made_link_is_answered_whole_and_redirects,
    both_paths_make_links,
    everything_that_may_be_chosen_is_kept,
    a_code_that_was_unknown_a_moment_ago_redirects_once_it_is_made,
    a_taken_code_is_a_conflict_that_names_it,
    what_is_wrong_with_a_link_is_said_with_its_field,
    what_is_wrong_with_a_body_is_said_with_its_place,
}

fn a_made_link_is_answered_whole_and_redirects(carom: &Carom) {
    let response = ask(carom, "POST", "/shorten", &[JSON], DRAFT);
    assert_eq!(response.status, 201, "{}", response.text());
    assert_eq!(response.header("content-type"), Some("application/json"));
    assert_eq!(response.header("etag"), Some("\"v1\""));
    let link = response.json();
    let text = |name: &str| link[name].as_str().expect(name);
    assert_eq!(response.header("location"), Some(&*format!("/api/v1/links/{}", text("id"))));
    assert_eq!(text("short_url"), format!("http://{}/{}", carom.edge(), text("code")));
    assert_eq!(text("created_at"), text("updated_at"));
    assert_eq!(
        (text("state"), &link["status"], &link["version"]),
        ("active", &302.into(), &1.into())
    );
    assert_eq!(follow(carom, text("code")), found("https://example.com/a"));
}

fn both_paths_make_links(carom: &Carom) {
    for path in ["/shorten", "/api/v1/links"] {
        assert_eq!(ask(carom, "POST", path, &[JSON], DRAFT).status, 201, "{path}");
    }
}

fn everything_that_may_be_chosen_is_kept(carom: &Carom) {
    let draft = json!({
        "url": "https://example.com/b", "code": "café", "status": 308, "title": "Coffee",
        "expires_at": "2100-01-01T00:00:00Z", "domain": carom.edge().to_string(),
        "max_clicks": 1_000_000_000,
    });
    let response = ask(carom, "POST", "/shorten", &[JSON], &draft.to_string());
    assert_eq!(response.status, 201, "{}", response.text());
    let link = response.json();
    for name in ["url", "code", "status", "title", "domain", "max_clicks"] {
        assert_eq!(link[name], draft[name], "{name}");
    }
    assert_eq!(link["expires_at"], "2100-01-01T00:00:00.000Z");
    assert_eq!(link["claimed_clicks"], 0);
    let (status, location) = follow(carom, "caf%C3%A9");
    assert_eq!((status, location.as_deref()), (308, Some("https://example.com/b")));
}

fn a_code_that_was_unknown_a_moment_ago_redirects_once_it_is_made(carom: &Carom) {
    assert_eq!(follow(carom, "soon").0, 404);
    carom.create_link(&json!({ "url": "https://example.com/", "code": "soon" }));
    assert_eq!(follow(carom, "soon"), found("https://example.com/"));
}

fn a_taken_code_is_a_conflict_that_names_it(carom: &Carom) {
    let draft = json!({ "url": "https://example.com/", "code": "mine" });
    carom.create_link(&draft);
    let response = ask(carom, "POST", "/shorten", &[JSON], &draft.to_string());
    let body = problem(&response, 409, "code-taken");
    assert_eq!(body["field"], "code");
    assert!(body["detail"].as_str().is_some_and(|detail| detail.contains("`mine`")), "{body}");
}

fn what_is_wrong_with_a_link_is_said_with_its_field(carom: &Carom) {
    let loopback = format!("http://{}/x", carom.edge());
    for (draft, slug, field) in [
        (json!({ "url": "ftp://example.com" }), "invalid-target", "url"),
        (json!({ "url": "example.com" }), "invalid-target", "url"),
        (json!({ "url": loopback }), "invalid-target", "url"),
        (json!({ "url": "https://example.com", "code": "a/b" }), "invalid-code", "code"),
        (
            json!({ "url": "https://example.com", "domain": "x.example" }),
            "unknown-domain",
            "domain",
        ),
        (json!({ "url": "https://example.com", "status": 200 }), "invalid-status", "status"),
        (
            json!({ "url": "https://example.com", "max_clicks": 0 }),
            "invalid-max-clicks",
            "max_clicks",
        ),
        (
            json!({ "url": "https://example.com", "max_clicks": 1_000_000_001 }),
            "invalid-max-clicks",
            "max_clicks",
        ),
        (
            json!({ "url": "https://example.com", "expires_at": "soon" }),
            "invalid-time",
            "expires_at",
        ),
    ] {
        let response = ask(carom, "POST", "/shorten", &[JSON], &draft.to_string());
        assert_eq!(problem(&response, 422, slug)["field"], field, "{draft}");
    }
}

fn what_is_wrong_with_a_body_is_said_with_its_place(carom: &Carom) {
    let plain = ("content-type", "text/plain");
    for (media_type, body, status, slug, words) in [
        (plain, DRAFT, 415, "unsupported-media-type", "application/json"),
        (JSON, "", 400, "not-json", "line 1 column 0"),
        (JSON, r#"{"url":"#, 400, "not-json", "line 1 column 7"),
        (JSON, "[]", 422, "invalid-body", "one JSON object"),
        (JSON, r#"{"url":7}"#, 422, "invalid-body", "url: invalid type"),
        (
            JSON,
            r#"{"url":"https://e.example","max_clicks":1.5}"#,
            422,
            "invalid-body",
            "max_clicks",
        ),
        (JSON, r#"{"link":"x"}"#, 422, "invalid-body", "unknown field `link`"),
        (JSON, r#"{"title":"x"}"#, 422, "invalid-body", "missing field `url`"),
    ] {
        let response = ask(carom, "POST", "/shorten", &[media_type], body);
        let detail = problem(&response, status, slug)["detail"].to_string();
        assert!(detail.contains(words), "{body}: {detail}");
    }
}
