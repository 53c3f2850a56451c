//! Reading, changing and deleting a link, also conditionally, at once on this node.

use std::thread;

use serde_json::{Value, json};

use super::fixture::{JSON, ask, follow, found, problem};
use crate::support::admin::Link;
use crate::support::carom::Carom;
use crate::support::http::Response;
use crate::support::wait::{SOON, eventually};

on_both! {
    a_change_redirects_anew_at_once,
    a_renamed_link_leaves_its_old_code_at_once,
    a_disabled_and_a_deleted_link_stop_at_once,
    null_removes_and_absence_keeps,
    a_change_that_breaks_a_rule_changes_nothing,
    a_known_version_is_not_sent_again,
    claimed_clicks_are_told_wherever_a_limited_link_is_shown,
    a_write_for_another_version_is_refused,
    a_write_for_any_version_is_made,
    changes_at_the_same_time_are_all_made_or_refused,
    what_is_not_there_is_not_found,
}

fn path(link: &Link) -> String {
    format!("/api/v1/links/{}", link.id)
}

/// Sends a write with this `If-Match`.
#[track_caller]
fn write_if(carom: &Carom, method: &str, link: &Link, tag: &str) -> Response {
    let body = if method == "PATCH" { r#"{"title":"changed"}"# } else { "" };
    ask(carom, method, &path(link), &[JSON, ("if-match", tag)], body)
}

fn a_change_redirects_anew_at_once(carom: &Carom) {
    let link = carom.link_to("https://example.com/a");
    assert_eq!(follow(carom, &link.code), found("https://example.com/a"));
    let body = r#"{"url":"https://example.com/b"}"#;
    let response = ask(carom, "PATCH", &path(&link), &[JSON], body);
    assert_eq!(response.status, 200, "{}", response.text());
    assert_eq!(response.header("etag"), Some("\"v2\""));
    assert_eq!(response.json()["version"], 2);
    assert_eq!(follow(carom, &link.code), found("https://example.com/b"));
}

fn a_renamed_link_leaves_its_old_code_at_once(carom: &Carom) {
    let link = carom.create_link(&json!({ "url": "https://example.com/", "code": "old" }));
    assert_eq!((follow(carom, "old").0, follow(carom, "new").0), (302, 404));
    let renamed = carom.change_link(&link, &json!({ "code": "new" }));
    assert_eq!((renamed.id, renamed.code.as_str()), (link.id, "new"));
    assert_eq!((follow(carom, "old").0, follow(carom, "new").0), (404, 302));
    let other = carom.create_link(&json!({ "url": "https://example.com/", "code": "other" }));
    let taken = ask(carom, "PATCH", &path(&other), &[JSON], r#"{"code":"new"}"#);
    assert_eq!(problem(&taken, 409, "code-taken")["field"], "code");
}

fn a_disabled_and_a_deleted_link_stop_at_once(carom: &Carom) {
    let link = carom.link_to("https://example.com/");
    assert_eq!(follow(carom, &link.code).0, 302);
    carom.change_link(&link, &json!({ "state": "disabled" }));
    assert_eq!(follow(carom, &link.code).0, 410);
    carom.change_link(&link, &json!({ "state": "active" }));
    assert_eq!(follow(carom, &link.code).0, 302);
    carom.delete_link(&link);
    assert_eq!(follow(carom, &link.code).0, 404);
    problem(&carom.call("DELETE", &path(&link), None), 404, "no-such-link");
}

fn null_removes_and_absence_keeps(carom: &Carom) {
    let draft = json!({
        "url": "https://example.com/", "title": "a", "expires_at": "2100-01-01T00:00:00Z",
    });
    let link = carom.create_link(&draft);
    let merge = ("content-type", "application/merge-patch+json");
    let response = ask(carom, "PATCH", &path(&link), &[merge], r#"{"title":null}"#);
    assert_eq!(response.status, 200, "{}", response.text());
    let changed = response.json();
    assert!(changed["title"].is_null(), "{changed}");
    assert_eq!(changed["expires_at"], "2100-01-01T00:00:00.000Z");
    assert_eq!(carom.call("GET", &path(&link), None).json(), changed);
}

fn a_change_that_breaks_a_rule_changes_nothing(carom: &Carom) {
    let link = carom.link_to("https://example.com/");
    let before = carom.call("GET", &path(&link), None).json();
    for (body, slug) in [
        (r#"{"url":"https://example.com/b","status":200}"#, "invalid-status"),
        (r#"{"state":"off"}"#, "invalid-state"),
        (r#"{"title":"b","max_clicks":-1}"#, "invalid-max-clicks"),
        (r#"{"url":null}"#, "invalid-body"),
        (r#"{"domain":"example.com"}"#, "invalid-body"),
    ] {
        problem(&ask(carom, "PATCH", &path(&link), &[JSON], body), 422, slug);
    }
    assert_eq!(carom.call("GET", &path(&link), None).json(), before);
}

fn a_known_version_is_not_sent_again(carom: &Carom) {
    let link = carom.link_to("https://example.com/");
    let read = |tag: &str| ask(carom, "GET", &path(&link), &[("if-none-match", tag)], "");
    for known in ["\"v1\"", "W/\"v1\"", "\"x\", \"v1\"", "*"] {
        let response = read(known);
        assert_eq!((response.status, response.header("etag")), (304, Some("\"v1\"")), "{known}");
    }
    let response = read("\"v2\"");
    assert_eq!((response.status, response.header("etag")), (200, Some("\"v1\"")));
}

fn claimed_clicks_are_told_wherever_a_limited_link_is_shown(carom: &Carom) {
    let plain = carom.link_to("https://example.com/plain");
    let link = carom.create_link(&json!({ "url": "https://example.com/", "max_clicks": 1_000 }));
    let mut claimed = 0;
    eventually(SOON, "two redirects", || {
        claimed += u64::from(follow(carom, &link.code).0 == 302);
        claimed == 2
    });
    let told = |body: &Value| body["claimed_clicks"].as_u64().expect("a count");
    // A claim whose visitor was sent away may count too, on a machine that is busy.
    let now = told(&carom.call("GET", &path(&link), None).json());
    assert!(now >= claimed, "{now}");
    let known = ask(carom, "GET", &path(&link), &[("if-none-match", "\"v1\"")], "");
    assert_eq!((known.status, told(&known.json())), (200, now), "clicks are no new version");
    let list = carom.call("GET", "/api/v1/links", None).json();
    assert_eq!(told(&list["links"][0]), now);
    let changed = ask(carom, "PATCH", &path(&link), &[JSON], r#"{"max_clicks":7}"#).json();
    assert_eq!((&changed["max_clicks"], told(&changed)), (&json!(7), now));
    let free = ask(carom, "PATCH", &path(&link), &[JSON], r#"{"max_clicks":null}"#).json();
    for unlimited in [&free, &list["links"][1], &carom.call("GET", &path(&plain), None).json()] {
        let names = ["max_clicks", "claimed_clicks"].map(|name| unlimited.get(name));
        assert_eq!(names, [None, None], "{unlimited}");
    }
}

fn a_write_for_another_version_is_refused(carom: &Carom) {
    let link = carom.link_to("https://example.com/");
    carom.change_link(&link, &json!({ "title": "b" }));
    for tag in ["\"v1\"", "W/\"v2\"", "v2", "\"v1\", \"v3\""] {
        for method in ["PATCH", "DELETE"] {
            let response = write_if(carom, method, &link, tag);
            assert_eq!(problem(&response, 412, "another-version")["field"], "If-Match", "{tag}");
        }
    }
    assert_eq!(carom.call("GET", &path(&link), None).json()["title"], "b");
}

fn a_write_for_any_version_is_made(carom: &Carom) {
    let link = carom.link_to("https://example.com/");
    for tag in ["\"v1\"", "*", "\"v1\", \"v3\""] {
        assert_eq!(write_if(carom, "PATCH", &link, tag).status, 200, "{tag}");
    }
    assert_eq!(write_if(carom, "DELETE", &link, "\"v4\"").status, 204);
    problem(&write_if(carom, "DELETE", &link, "\"v4\""), 404, "no-such-link");
}

fn changes_at_the_same_time_are_all_made_or_refused(carom: &Carom) {
    let link = carom.link_to("https://example.com/");
    let change = || ask(carom, "PATCH", &path(&link), &[JSON], r#"{"title":"b"}"#);
    let answers: Vec<Response> = thread::scope(|scope| {
        let asked: Vec<_> = (0..8).map(|_| scope.spawn(change)).collect();
        asked.into_iter().map(|it| it.join().expect("an answer")).collect()
    });
    let (made, refused): (Vec<_>, Vec<_>) = answers.iter().partition(|it| it.status == 200);
    for response in refused {
        problem(response, 409, "changed-meanwhile");
    }
    let version = carom.call("GET", &path(&link), None).json()["version"].as_u64();
    assert_eq!(version, Some(1 + made.len() as u64));
}

fn what_is_not_there_is_not_found(carom: &Carom) {
    let expected = carom.call("GET", "/api/v1/links/1", None);
    problem(&expected, 404, "no-such-link");
    for id in ["0", "-1", "x", "9223372036854775808", "%FF", "1.0"] {
        let path = format!("/api/v1/links/{id}");
        for (method, body) in [("GET", ""), ("PATCH", "{}"), ("DELETE", "")] {
            let response = ask(carom, method, &path, &[JSON], body);
            assert_eq!((response.status, &response.body), (404, &expected.body), "{method} {id}");
        }
        let clicks = carom.call("GET", &format!("{path}/clicks"), None);
        assert_eq!(clicks.body, expected.body, "{id}");
    }
}
