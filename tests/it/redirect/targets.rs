//! Hostile targets are refused at every door, and never sent when they were planted.

use std::collections::BTreeSet;

use serde_json::json;

use super::hostile::{CONTROLS, CREDENTIALS, NO_URLS, OWN, SCHEMES};
use crate::support::carom::{Carom, Options};
use crate::support::http::{Connection, get};
use crate::support::wait::{SOON, eventually};

/// The command line starts a program for each: one in so many.
const FOR_COMMANDS: usize = 9;

/// A server whose hosts are those of the table.
fn server() -> Carom {
    let carom = Carom::start(Options::sqlite().set("CAROM_LINKS__PUBLIC_URL", "https://s.example"));
    for domain in ["go.example", "münchen.example"] {
        let output = carom.command(&["domain", "add", domain]).output().expect("it runs");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        eventually(SOON, "the server knows the domain", || {
            let draft = json!({ "url": "https://example.com/", "domain": domain });
            carom.call("POST", "/shorten", Some(&draft)).status == 201
        });
    }
    carom
}

/// The whole table, for this server.
fn hostile(carom: &Carom) -> Vec<String> {
    let port = carom.edge().port().to_string();
    let all = [NO_URLS, SCHEMES, CONTROLS, CREDENTIALS, OWN].concat();
    let all: Vec<_> = all.iter().map(|target| target.replace("{port}", &port)).collect();
    let distinct: BTreeSet<_> = all.iter().collect();
    assert!(distinct.len() == all.len() && all.len() >= 200, "{} of {}", distinct.len(), all.len());
    all
}

#[test]
fn hostile_targets_are_refused_by_the_api() {
    let carom = server();
    let link = carom.link_to("https://example.com/");
    let there = format!("/api/v1/links/{}", link.id);
    let mut accepted = Vec::new();
    for target in hostile(&carom) {
        let body = json!({ "url": target });
        for (method, path) in [("POST", "/shorten"), ("POST", "/api/v1/links"), ("PATCH", &there)] {
            let response = carom.call(method, path, Some(&body));
            let is_refused = response.status == 422
                && response.json()["type"] == "/problems/invalid-target"
                && response.json()["field"] == "url";
            if !is_refused {
                accepted.push(format!("{method} {path} {target:?}: {}", response.status));
            }
        }
    }
    assert!(accepted.is_empty(), "not refused:\n{}", accepted.join("\n"));
    let response = get(carom.edge(), &format!("/{}", link.code));
    assert_eq!(response.header("location"), Some("https://example.com/"));
}

#[test]
fn hostile_targets_are_refused_by_the_command_line() {
    let carom = server();
    let link = carom.link_to("https://example.com/");
    // No argument can hold a zero byte.
    let targets = hostile(&carom).into_iter().filter(|target| !target.contains('\0'));
    // A listener on port 0 is known to the process that got its port, and to no other.
    let foreign = format!(":{}/", carom.edge().port());
    for target in targets.filter(|target| !target.ends_with(&foreign)).step_by(FOR_COMMANDS) {
        for words in
            [&["link", "create", &target][..], &["link", "edit", &link.code, "--url", &target]]
        {
            let output = carom
                .command(words)
                .env("CAROM_LINKS__PUBLIC_URL", "https://s.example")
                .output()
                .expect("it runs");
            let said = String::from_utf8_lossy(&output.stderr);
            assert_eq!(output.status.code(), Some(2), "{words:?}: {said}");
            assert!(said.contains("the target"), "{words:?}: {said}");
        }
    }
}

#[test]
fn planted_targets_are_never_sent() {
    let carom = server();
    let planted = hostile(&carom);
    let mut store =
        rusqlite::Connection::open(carom.data_dir().join("carom.db")).expect("the store");
    store.busy_timeout(SOON).expect("a number");
    let codes: Vec<_> = (0..planted.len()).map(|place| format!("planted{place}")).collect();
    for code in &codes {
        carom.create_link(&json!({ "url": "https://example.com/", "code": code }));
    }
    let changes = store.transaction().expect("a transaction");
    for (code, target) in codes.iter().zip(&planted) {
        let changed = changes
            .execute("UPDATE links SET url = ?1 WHERE code = ?2", (target, code))
            .expect("a statement that runs");
        assert_eq!(changed, 1, "{code}");
    }
    changes.commit().expect("a commit");
    let mut connection = Connection::open(carom.edge());
    for (code, target) in codes.iter().zip(&planted) {
        connection.send("GET", &format!("/{code}"), &[], b"");
        let response = connection.read_response();
        assert_eq!((response.status, response.header("location")), (404, None), "{target:?}");
    }
}
