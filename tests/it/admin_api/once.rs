//! One effect for each `Idempotency-Key`.

use std::collections::HashSet;
use std::thread;

use serde_json::json;

use super::fixture::{DRAFT, JSON, ask, begin, follow, patient, problem};
use crate::support::carom::{Carom, Options};
use crate::support::http::Response;
use crate::support::postgres::fresh_database;
use crate::support::wait::{SOON, eventually};

on_both! {
    the_same_key_and_body_return_the_first_answer,
    the_first_answer_outlives_the_link_it_made,
    another_body_under_the_same_key_is_refused,
    a_key_that_is_none_is_refused,
    a_refused_request_leaves_its_key_free,
    requests_at_the_same_time_make_one_link,
    a_caller_that_hung_up_finds_its_answer,
}

#[track_caller]
fn shorten(carom: &Carom, key: &str, body: &str) -> Response {
    ask(carom, "POST", "/shorten", &[JSON, ("idempotency-key", key)], body)
}

fn links_made(carom: &Carom) -> usize {
    let page = carom.call("GET", "/api/v1/links?limit=200", None).json();
    page["links"].as_array().map_or(0, Vec::len)
}

fn the_same_key_and_body_return_the_first_answer(carom: &Carom) {
    let first = shorten(carom, "a", DRAFT);
    let again = shorten(carom, "a", DRAFT);
    assert_eq!((first.status, again.status), (201, 201));
    assert_eq!(first.body, again.body);
    for name in ["location", "etag", "content-type"] {
        assert_eq!(first.header(name), again.header(name), "{name}");
    }
    assert_eq!(first.header("idempotent-replayed"), None);
    assert_eq!(again.header("idempotent-replayed"), Some("true"));
    assert_eq!(links_made(carom), 1);
    assert_eq!(shorten(carom, "b", DRAFT).header("idempotent-replayed"), None);
    assert_eq!(links_made(carom), 2);
}

fn the_first_answer_outlives_the_link_it_made(carom: &Carom) {
    let first = shorten(carom, "a", DRAFT);
    let path = first.header("location").expect("a location").to_owned();
    assert_eq!(carom.call("DELETE", &path, None).status, 204);
    assert_eq!(shorten(carom, "a", DRAFT).body, first.body);
    assert_eq!(links_made(carom), 0);
}

fn another_body_under_the_same_key_is_refused(carom: &Carom) {
    assert_eq!(shorten(carom, "a", DRAFT).status, 201);
    let other = shorten(carom, "a", r#"{"url":"https://example.com/b"}"#);
    let body = problem(&other, 422, "idempotency-key-reused");
    assert_eq!(body["field"], "Idempotency-Key");
    assert_eq!(links_made(carom), 1);
}

fn a_key_that_is_none_is_refused(carom: &Carom) {
    let long = "x".repeat(256);
    for key in ["", "a b", "é", &long] {
        problem(&shorten(carom, key, DRAFT), 400, "invalid-idempotency-key");
    }
    let two = [JSON, ("idempotency-key", "a"), ("idempotency-key", "a")];
    let response = ask(carom, "POST", "/shorten", &two, DRAFT);
    problem(&response, 400, "invalid-idempotency-key");
    assert_eq!(shorten(carom, &long[1..], DRAFT).status, 201);
}

fn a_refused_request_leaves_its_key_free(carom: &Carom) {
    let refused = shorten(carom, "a", r#"{"url":"ftp://example.com"}"#);
    problem(&refused, 422, "invalid-target");
    carom.create_link(&json!({ "url": "https://example.com/", "code": "mine" }));
    let taken = shorten(carom, "a", r#"{"url":"https://example.com/","code":"mine"}"#);
    problem(&taken, 409, "code-taken");
    assert_eq!(shorten(carom, "a", DRAFT).status, 201);
}

fn requests_at_the_same_time_make_one_link(carom: &Carom) {
    make_one_link_a_round(&[carom]);
}

#[test]
fn requests_at_the_same_time_on_two_nodes_make_one_link() {
    let database = fresh_database();
    let one = Carom::start(patient(Options::postgres(&database.url)));
    let other = Carom::start(patient(Options::postgres(&database.url).key(one.key())));
    make_one_link_a_round(&[&one, &other]);
}

/// Sends the same request often at the same time, to each of these nodes of one store.
fn make_one_link_a_round(nodes: &[&Carom]) {
    for round in 0..10 {
        let key = format!("round-{round}");
        let draft = json!({ "url": "https://example.com/", "code": key }).to_string();
        let answers: Vec<Response> = thread::scope(|scope| {
            let ask = |carom| shorten(carom, &key, &draft);
            let nodes = nodes.iter().copied().cycle().take(8);
            let asked: Vec<_> = nodes.map(|carom| scope.spawn(move || ask(carom))).collect();
            asked.into_iter().map(|it| it.join().expect("an answer")).collect()
        });
        let (made, refused): (Vec<_>, Vec<_>) = answers.iter().partition(|it| it.status == 201);
        for response in refused {
            problem(response, 409, "request-under-way");
        }
        let first = made.iter().filter(|it| it.header("idempotent-replayed").is_none());
        assert_eq!(first.count(), 1);
        let bodies: HashSet<_> = made.iter().map(|it| &it.body).collect();
        assert_eq!(bodies.len(), 1);
        assert_eq!(links_made(nodes[0]), round + 1);
    }
}

fn a_caller_that_hung_up_finds_its_answer(carom: &Carom) {
    let headers = [JSON, ("idempotency-key", "a")];
    drop(begin(carom, "POST", "/shorten", &headers, DRAFT));
    let response = eventually(SOON, "the key is no longer under way", || {
        Some(shorten(carom, "a", DRAFT)).filter(|response| response.status != 409)
    });
    assert_eq!(response.status, 201, "{}", response.text());
    assert_eq!(links_made(carom), 1);
    let code = response.json()["code"].as_str().expect("a code").to_owned();
    assert_eq!(follow(carom, &code).0, 302);
}
