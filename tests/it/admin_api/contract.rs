//! The document at `/openapi.json` is what the server does.

use std::collections::BTreeMap;
use std::fs;

use serde_json::{Value, json};

use super::fixture::{ask, patient};
use crate::support::carom::{Carom, Options};
use crate::support::http::{get, request};
use crate::support::rust_source::root;

/// The contract as it was last agreed to.
const AGREED: &str = "docs/openapi.json";

fn server() -> Carom {
    Carom::start(patient(Options::sqlite()))
}

fn document(carom: &Carom) -> Value {
    let response = get(carom.admin(), "/openapi.json");
    assert_eq!((response.status, response.header("content-type")), (200, Some("application/json")));
    response.json()
}

#[test]
fn a_change_of_the_contract_is_seen() {
    let carom = server();
    let served = get(carom.admin(), "/openapi.json").text().to_owned() + "\n";
    let file = root().join(AGREED);
    if std::env::var_os("AGREE_TO_CONTRACT").is_some() {
        fs::write(&file, &served).expect("the contract can be written");
    }
    let agreed = fs::read_to_string(&file).unwrap_or_default();
    let first = agreed.lines().zip(served.lines()).position(|(before, now)| before != now);
    assert!(
        agreed == served,
        "the contract differs from {AGREED}, first in line {:?}: read `git diff` after \
         `AGREE_TO_CONTRACT=1 cargo test --test it -- a_change_of_the_contract_is_seen`, and commit it \
         if programs that use the API go on working",
        first.map(|line| line + 1)
    );
}

#[test]
fn every_route_of_the_contract_is_there_and_asks_for_a_key() {
    let carom = server();
    let document = document(&carom);
    assert!(document["openapi"].as_str().is_some_and(|version| version.starts_with("3.1")));
    let mut ids = BTreeMap::new();
    for (path, item) in document["paths"].as_object().expect("paths") {
        for (method, operation) in item.as_object().expect("operations") {
            let id = operation["operationId"].as_str().expect("a name");
            assert_eq!(ids.insert(id.to_owned(), path), None, "{id} is there twice");
            let place = path.replace("{id}", "1");
            let method = method.to_uppercase();
            let headers = [("content-type", "application/json")];
            let body: &[u8] = if matches!(&*method, "POST" | "PATCH") { b"{}" } else { b"" };
            let answer = request(carom.admin(), &method, &place, &headers, body);
            let is_open = operation["security"] == json!([{}]);
            if is_open {
                let is_there = !answer.text().contains("/problems/no-such-page");
                assert!(is_there && answer.status != 405, "{method} {path}");
            } else {
                assert_eq!(answer.status, 401, "{method} {path}");
                assert!(operation["responses"]["401"].is_object(), "{method} {path}");
            }
        }
    }
    assert!(ids.len() > 10, "{ids:?}");
}

#[test]
fn the_pages_that_show_it_come_from_the_server_alone() {
    let carom = server();
    for file in [
        "",
        "index.css",
        "swagger-ui.css",
        "swagger-ui-bundle.js",
        "swagger-ui-standalone-preset.js",
    ] {
        let response = ask(&carom, "GET", &format!("/docs/{file}"), &[], "");
        assert_eq!(response.status, 200, "{file}");
        assert!(!response.body.is_empty(), "{file}");
        // What the pages name elsewhere is not fetched.
        let policy = response.header("content-security-policy").expect("a policy");
        assert!(policy.starts_with("default-src 'none'; script-src 'self';"), "{policy}");
    }
    let start = get(carom.admin(), "/docs/swagger-initializer.js");
    assert_eq!(start.status, 200);
    assert!(start.header("content-encoding").is_some() || start.text().contains("/openapi.json"));
}
