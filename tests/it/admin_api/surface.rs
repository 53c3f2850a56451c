//! What holds for every answer; health and metrics.

use super::fixture::{JSON, ask, follow, problem};
use crate::support::carom::Carom;
use crate::support::http::{get, request};

on_both! {
    no_answer_may_be_cached_or_guessed_at,
    unknown_paths_and_wrong_methods_are_problems,
    health_and_metrics_need_no_key,
    a_connection_serves_request_after_request,
}

fn no_answer_may_be_cached_or_guessed_at(carom: &Carom) {
    let link = carom.link_to("https://example.com/");
    let path = format!("/api/v1/links/{}", link.id);
    for (method, path) in [
        ("GET", "/api/v1/links"),
        ("GET", path.as_str()),
        ("DELETE", &path),
        ("POST", "/shorten"),
        ("PUT", "/shorten"),
        ("GET", "/nowhere"),
        ("GET", "/readyz"),
    ] {
        let response = ask(carom, method, path, &[JSON], "");
        assert_eq!(response.header("cache-control"), Some("no-store"), "{method} {path}");
        assert_eq!(response.header("x-content-type-options"), Some("nosniff"), "{method} {path}");
    }
}

fn unknown_paths_and_wrong_methods_are_problems(carom: &Carom) {
    for path in ["/api", "/api/v1/links/", "/api/v1/links/1/x", "/shorten/"] {
        problem(&get(carom.admin(), path), 404, "no-such-page");
    }
    for (method, path, allowed) in [
        ("GET", "/shorten", "POST"),
        ("OPTIONS", "/shorten", "POST"),
        ("PUT", "/api/v1/links/1", "DELETE GET HEAD PATCH"),
        ("DELETE", "/api/v1/links", "GET HEAD POST"),
        ("POST", "/healthz", "GET HEAD"),
    ] {
        let response = request(carom.admin(), method, path, &[], b"");
        problem(&response, 405, "method-not-allowed");
        let mut allow: Vec<_> = response.header("allow").expect("Allow").split(',').collect();
        allow.sort_unstable();
        assert_eq!(allow.join(" "), allowed, "{method} {path}");
    }
}

fn health_and_metrics_need_no_key(carom: &Carom) {
    let alive = get(carom.admin(), "/healthz");
    assert_eq!((alive.status, alive.text()), (200, "ok"));

    let ready = get(carom.admin(), "/readyz");
    let body = ready.json();
    assert_eq!(ready.status, 200);
    assert_eq!((&body["ready"], &body["redirects"]), (&true.into(), &"ready".into()), "{body}");
    assert_eq!(body["store"]["state"], "up", "{body}");
    assert!(body["store"]["name"].as_str().is_some_and(|name| !name.is_empty()), "{body}");

    let link = carom.link_to("https://example.com/");
    assert_eq!(follow(carom, &link.code).0, 302);
    let metrics = get(carom.admin(), "/metrics");
    assert_eq!(metrics.status, 200);
    let openmetrics = "application/openmetrics-text; version=1.0.0; charset=utf-8";
    assert_eq!(metrics.header("content-type"), Some(openmetrics));
    assert!(metrics.text().trim_end().ends_with("# EOF"), "{}", metrics.text());
    assert!(!metrics.text().contains(&link.code), "a visitor could choose a label");
}

fn a_connection_serves_request_after_request(carom: &Carom) {
    let mut connection = crate::support::http::Connection::open(carom.admin());
    for path in ["/healthz", "/nowhere", "/api/v1/links", "/healthz"] {
        connection.send("GET", path, &[], b"");
        let response = connection.read_response();
        assert!(!response.closes(), "{path}");
    }
}
