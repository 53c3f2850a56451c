//! Keys are made, confined, rotated and revoked.

use serde_json::{Value, json};

use super::fixture::{JSON, ask, problem};
use crate::support::carom::Carom;
use crate::support::http::{Response, request};
use crate::support::wait::{SOON, eventually};

on_both! {
    a_key_is_shown_once_and_may_do_what_its_scopes_say,
    nobody_gives_away_more_than_they_have,
    a_key_for_a_domain_has_to_do_with_that_domain_alone,
    a_rotated_key_works_on_for_a_while,
    a_revoked_key_stays_in_the_list,
    its_last_use_is_noted,
    a_key_that_is_asked_for_wrongly_is_refused,
}

fn make(carom: &Carom, body: &Value) -> Value {
    let response = carom.call("POST", "/api/v1/keys", Some(body));
    assert_eq!(response.status, 201, "{}", response.text());
    let key = response.json();
    let location = format!("/api/v1/keys/{}", key["id"].as_str().expect("an id"));
    assert_eq!(response.header("location"), Some(location.as_str()));
    key
}

fn with(carom: &Carom, key: &Value, method: &str, path: &str, body: Option<&Value>) -> Response {
    let bearer = format!("Bearer {}", key["key"].as_str().expect("a key that was just made"));
    let body = body.map(ToString::to_string).unwrap_or_default();
    let headers = [("authorization", bearer.as_str()), JSON];
    request(carom.admin(), method, path, &headers, body.as_bytes())
}

fn a_key_is_shown_once_and_may_do_what_its_scopes_say(carom: &Carom) {
    let key = make(carom, &json!({ "name": " reader ", "scopes": ["links:read"] }));
    assert_eq!((&key["name"], &key["state"]), (&json!("reader"), &json!("working")));
    let link = carom.link_to("https://example.com/");
    let path = format!("/api/v1/links/{}", link.id);
    assert_eq!(with(carom, &key, "GET", &path, None).status, 200);
    assert_eq!(with(carom, &key, "GET", "/api/v1/links", None).status, 200);
    let draft = json!({ "url": "https://example.com/" });
    for (method, path, body) in [
        ("POST", "/api/v1/links", Some(&draft)),
        ("PATCH", path.as_str(), Some(&draft)),
        ("DELETE", &path, None),
        ("GET", "/api/v1/stats", None),
        ("GET", "/api/v1/keys", None),
        ("POST", "/api/v1/keys", Some(&draft)),
        ("GET", "/api/v1/audit", None),
    ] {
        problem(&with(carom, &key, method, path, body), 403, "missing-scope");
    }
    let shown =
        ask(carom, "GET", &format!("/api/v1/keys/{}", key["id"].as_str().expect("id")), &[], "");
    assert_eq!(shown.json()["key"], Value::Null);
    assert_eq!(shown.json()["scopes"], json!(["links:read"]));
    let all = ask(carom, "GET", "/api/v1/keys", &[], "").text().to_owned();
    assert!(!all.contains(key["key"].as_str().expect("a key")), "{all}");
}

fn nobody_gives_away_more_than_they_have(carom: &Carom) {
    let maker = make(carom, &json!({ "name": "m", "scopes": ["keys:write", "links:read"] }));
    let ask_for = |scopes: &[&str]| {
        let body = json!({ "name": "n", "scopes": scopes });
        with(carom, &maker, "POST", "/api/v1/keys", Some(&body))
    };
    assert_eq!(ask_for(&["links:read"]).status, 201);
    assert_eq!(ask_for(&["keys:write"]).status, 201);
    problem(&ask_for(&["links:write"]), 403, "missing-scope");
    problem(&ask_for(&["admin"]), 403, "missing-scope");
    let strong = make(carom, &json!({ "name": "s", "scopes": ["admin"] }));
    let path = format!("/api/v1/keys/{}/rotate", strong["id"].as_str().expect("an id"));
    problem(&with(carom, &maker, "POST", &path, Some(&json!({}))), 403, "missing-scope");
}

fn a_key_for_a_domain_has_to_do_with_that_domain_alone(carom: &Carom) {
    let output = carom.command(&["domain", "add", "go.example"]).output().expect("it runs");
    assert!(output.status.success());
    let there = json!({ "url": "https://example.com/", "domain": "go.example" });
    eventually(SOON, "the server knows the domain", || {
        carom.call("POST", "/api/v1/links", Some(&there)).status == 201
    });
    let elsewhere = carom.link_to("https://example.com/elsewhere");
    let body = json!({ "name": "go", "scopes": ["admin"], "domains": ["go.example"] });
    let key = make(carom, &body);
    assert_eq!(key["domains"], json!(["go.example"]));

    let made = with(carom, &key, "POST", "/api/v1/links", Some(&there));
    assert_eq!(made.status, 201);
    let here = json!({ "url": "https://example.com/" });
    problem(&with(carom, &key, "POST", "/api/v1/links", Some(&here)), 403, "missing-scope");
    let path = format!("/api/v1/links/{}", elsewhere.id);
    let missing = with(carom, &key, "GET", "/api/v1/links/1", None);
    for (method, path, body) in [
        ("GET", path.clone(), None),
        ("PATCH", path.clone(), Some(&here)),
        ("DELETE", path.clone(), None),
        ("GET", format!("{path}/stats"), None),
        ("GET", format!("{path}/visits"), None),
        ("GET", format!("{path}/clicks"), None),
    ] {
        let answer = with(carom, &key, method, &path, body);
        assert_eq!(
            (answer.status, &answer.body),
            (missing.status, &missing.body),
            "{method} {path}"
        );
    }
    let listed = with(carom, &key, "GET", "/api/v1/links", None).json();
    let listed = listed["links"].as_array().expect("links");
    assert!(listed.len() == 2 && listed.iter().all(|link| link["domain"] == "go.example"));
    for path in ["/api/v1/stats", "/api/v1/audit"] {
        problem(&with(carom, &key, "GET", path, None), 403, "missing-scope");
    }
    // What it makes is confined as it is itself.
    let child = with(
        carom,
        &key,
        "POST",
        "/api/v1/keys",
        Some(&json!({ "name": "c", "scopes": ["admin"] })),
    );
    assert_eq!(child.json()["domains"], json!(["go.example"]));
}

fn a_rotated_key_works_on_for_a_while(carom: &Carom) {
    let old = make(carom, &json!({ "name": "deploy", "scopes": ["links:read"] }));
    let path = format!("/api/v1/keys/{}/rotate", old["id"].as_str().expect("an id"));
    let new = carom.call("POST", &path, Some(&json!({ "overlap_s": 3 })));
    assert_eq!(new.status, 201, "{}", new.text());
    let new = new.json();
    assert_eq!((&new["name"], &new["scopes"]), (&old["name"], &old["scopes"]));
    let works = |key: &Value| with(carom, key, "GET", "/api/v1/links", None).status;
    assert_eq!((works(&old), works(&new)), (200, 200));
    eventually(SOON, "the old key has ended", || works(&old) == 401);
    assert_eq!(works(&new), 200);
    problem(&carom.call("POST", &path, Some(&json!({}))), 409, "key-ended");
    let shown =
        ask(carom, "GET", &format!("/api/v1/keys/{}", old["id"].as_str().expect("id")), &[], "");
    assert_eq!(shown.json()["replaced_by"], new["id"]);
    assert_eq!(shown.json()["state"], "expired");
}

fn a_revoked_key_stays_in_the_list(carom: &Carom) {
    let key = make(carom, &json!({ "name": "lost", "scopes": ["links:read"] }));
    let path = format!("/api/v1/keys/{}", key["id"].as_str().expect("an id"));
    assert_eq!(carom.call("DELETE", &path, None).status, 204);
    assert_eq!(carom.call("DELETE", &path, None).status, 204, "again");
    problem(&with(carom, &key, "GET", "/api/v1/links", None), 401, "unauthorized");
    let all = ask(carom, "GET", "/api/v1/keys", &[], "").json();
    let all = all["keys"].as_array().expect("keys");
    let listed = all.iter().find(|it| it["id"] == key["id"]).expect("it is listed");
    assert_eq!(listed["state"], "revoked");
    for path in ["/api/v1/keys/1", "/api/v1/keys/x"] {
        problem(&ask(carom, "GET", path, &[], ""), 404, "no-such-key");
        problem(&ask(carom, "DELETE", path, &[], ""), 404, "no-such-key");
    }
}

fn its_last_use_is_noted(carom: &Carom) {
    let key = make(carom, &json!({ "name": "used", "scopes": ["links:read"] }));
    assert_eq!(key["last_used_at"], Value::Null);
    assert_eq!(with(carom, &key, "GET", "/api/v1/links", None).status, 200);
    let path = format!("/api/v1/keys/{}", key["id"].as_str().expect("an id"));
    eventually(SOON, "its use is noted", || {
        ask(carom, "GET", &path, &[], "").json()["last_used_at"].is_string()
    });
}

fn a_key_that_is_asked_for_wrongly_is_refused(carom: &Carom) {
    for (body, slug, field) in [
        (json!({ "name": "", "scopes": ["links:read"] }), "invalid-body", "name"),
        (json!({ "name": "a\u{7}", "scopes": ["links:read"] }), "invalid-body", "name"),
        (json!({ "name": "n", "scopes": [] }), "invalid-body", "scopes"),
        (json!({ "name": "n", "scopes": ["links:shred"] }), "invalid-body", "scopes"),
        (json!({ "name": "n", "scopes": ["admin"], "domains": [] }), "invalid-body", "domains"),
        (
            json!({ "name": "n", "scopes": ["admin"], "domains": ["no.example"] }),
            "unknown-domain",
            "domain",
        ),
        (
            json!({ "name": "n", "scopes": ["admin"], "expires_at": "2001-01-01T00:00:00Z" }),
            "invalid-time",
            "expires_at",
        ),
    ] {
        let response = carom.call("POST", "/api/v1/keys", Some(&body));
        assert_eq!(problem(&response, 422, slug)["field"], field, "{body}");
    }
    let key = make(carom, &json!({ "name": "n", "scopes": ["admin"] }));
    let path = format!("/api/v1/keys/{}/rotate", key["id"].as_str().expect("an id"));
    for overlap in [-1, 3_000_000] {
        let response = carom.call("POST", &path, Some(&json!({ "overlap_s": overlap })));
        assert_eq!(problem(&response, 422, "invalid-body")["field"], "overlap_s");
    }
}
