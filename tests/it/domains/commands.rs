//! The operator's `carom domain`, beside a running server.

use serde_json::{Value, json};

use super::place::{Place, to};
use crate::support::wait::{SOON, eventually};

/// Runs a command on the server's store: its exit code, what it printed, and what it complained about.
fn run(place: &Place, words: &[&str]) -> (i32, String, String) {
    let mut command = place.carom.command(words);
    command.env("CAROM_DOMAINS__RESOLVER", place.resolver.address.to_string());
    let output = command.output().expect("the program runs");
    let text = |bytes| String::from_utf8(bytes).expect("text");
    (output.status.code().expect("a code"), text(output.stdout), text(output.stderr))
}

#[track_caller]
fn json_of(place: &Place, words: &[&str]) -> Value {
    let (code, out, said) = run(place, &[words, &["--json"]].concat());
    assert_eq!(code, 0, "{words:?}: {said}");
    serde_json::from_str(&out).expect("JSON")
}

fn the_operator_s_word_needs_no_proof(place: &Place) {
    let owner = place.owner();
    let made = json_of(place, &["domain", "add", "MÜNCHEN.example"]);
    assert_eq!(
        (&made["proven_by"], &made["name"]),
        (&json!("operator"), &json!("münchen.example"))
    );
    let host = "xn--mnchen-3ya.example";
    let words = ["domain", "edit", host, "--root-url", "https://example.com/", "--status", "301"];
    let changed = json_of(place, &words);
    assert_eq!(
        (&changed["root_url"], &changed["status"]),
        (&json!("https://example.com/"), &json!(301))
    );
    // The running server hears of it.
    eventually(SOON, "the root is sent on", || {
        place.visit(host, "/") == to("https://example.com/")
    });
    let (_, shown, _) = run(place, &["domain", "show", "münchen.example"]);
    assert!(shown.contains("münchen.example (xn--mnchen-3ya.example)"), "{shown}");
    let cleared = json_of(place, &["domain", "edit", host, "--root-url", "none"]);
    assert_eq!(cleared["root_url"], Value::Null);

    let link = ["link", "create", "https://example.com/", "--domain", host, "--code", "a"];
    let link = json_of(place, &link);
    assert_eq!(link["status"], 301);
    let (code, _, said) = run(place, &["domain", "remove", host]);
    assert_eq!(code, 4, "{said}");
    assert!(said.contains("has links: delete them first"), "{said}");
    let (code, _, said) = run(place, &["link", "delete", link["id"].as_str().expect("an id")]);
    assert_eq!(code, 0, "{said}");
    let (code, out, _) = run(place, &["domain", "remove", host]);
    assert_eq!((code, out.as_str()), (0, "removed the domain xn--mnchen-3ya.example\n"));
    eventually(SOON, "the name serves no more", || place.visit(host, "/a") == (404, None));
    let deeds = place.deeds(owner.workspace);
    let expected = ["domain.changed", "domain.changed", "domain.created", "domain.deleted"];
    assert_eq!(deeds, expected);
}

#[test]
fn the_operator_s_word_needs_no_proof_on_sqlite() {
    the_operator_s_word_needs_no_proof(&Place::sqlite());
}

#[test]
fn the_operator_s_word_needs_no_proof_on_postgres() {
    the_operator_s_word_needs_no_proof(&Place::postgres());
}

#[test]
fn a_claim_is_shown_proven_and_taken_back() {
    let place = Place::sqlite();
    let owner = place.owner();
    let claim = place.claim(&owner, "go.example");
    place.claim(&owner, "other.test");
    let (_, listed, _) = run(&place, &["domain", "list"]);
    assert!(
        listed.lines().any(|it| it.contains("go.example") && it.contains("pending")),
        "{listed}"
    );
    let (_, shown, _) = run(&place, &["domain", "show", "go.example"]);
    assert!(shown.contains(claim["record_value"].as_str().expect("a value")), "{shown}");
    let (code, _, said) = run(&place, &["domain", "verify", "go.example"]);
    assert_eq!(code, 4, "{said}");
    assert!(said.contains("no TXT record at `_carom.go.example`"), "{said}");

    place.set_record(&claim);
    let domain = json_of(&place, &["domain", "verify", "go.example"]);

    assert_eq!((&domain["state"], &domain["id"]), (&json!("active"), &claim["id"]));
    let (code, out, _) = run(&place, &["domain", "remove", "other.test"]);
    assert_eq!((code, out.as_str()), (0, "took back the claim on other.test\n"));
    for words in [["domain", "show", "none.example"], ["domain", "verify", "none.example"]] {
        let (code, _, said) = run(&place, &words);
        assert_eq!(code, 3, "{said}");
    }
    let workspace = ["domain", "add", "x.test", "--workspace", "7"];
    let (code, _, said) = run(&place, &workspace);
    assert_eq!(
        (code, said.as_str()),
        (3, "carom: no workspace has the id or the name `7`: `carom workspace list` shows all\n")
    );
    let (code, _, said) = run(&place, &["domain", "remove", "127.0.0.1:8080"]);
    assert_eq!(code, 4, "{said}");
    assert!(said.contains("the default domain: it cannot be removed"), "{said}");
}
