//! A name is a domain after its proof, and one workspace's.

use std::thread;

use serde_json::{Value, json};

use super::place::{Place, problem, to};
use super::resolver::Said;

fn a_claimed_name_serves_once_its_record_is_seen(place: &Place) {
    let owner = place.owner();
    let claim = place.claim(&owner, "GO.Example.");
    let said = (&claim["state"], &claim["host"], &claim["record_name"]);
    assert_eq!(said, (&json!("pending"), &json!("go.example"), &json!("_carom.go.example")));
    let wanted = claim["record_value"].as_str().expect("a value").to_owned();
    assert!(wanted.starts_with("carom-verification="), "{wanted}");
    let draft = json!({ "url": "https://example.com/", "domain": "go.example", "code": "a" });
    let refused = place.call(&owner, "POST", "/api/v1/links", &[], &draft);
    problem(&refused, 422, "unknown-domain");

    let body = problem(&place.verify(&owner, &claim), 409, "not-proven");
    assert!(body["detail"].as_str().is_some_and(|it| it.contains("no TXT record at `_carom.go")));
    place.resolver.set("_carom.go.example", &["carom-verification=other"]);
    let body = problem(&place.verify(&owner, &claim), 409, "not-proven");
    let detail = body["detail"].as_str().expect("a detail");
    assert!(detail.contains("`carom-verification=other`") && detail.contains(&wanted), "{detail}");
    let path = format!("/api/v1/domains/{}", claim["id"].as_str().expect("an id"));
    let read = place.call(&owner, "GET", &path, &[], &Value::Null).json();
    assert_eq!((&read["state"], &read["problem"]), (&json!("pending"), &json!(detail)));
    assert!(read["checked_at"].is_string());
    assert_eq!(place.visit("go.example", "/a"), (404, None));

    place.set_record(&claim);
    for _ in 0..2 {
        let response = place.verify(&owner, &claim);
        assert_eq!(response.status, 200, "{}", response.text());
        let domain = response.json();
        assert_eq!((&domain["state"], &domain["proven_by"]), (&json!("active"), &json!("dns")));
        assert_eq!((&domain["id"], &domain["version"]), (&claim["id"], &json!(1)));
    }

    place.link(&owner, &draft);
    assert_eq!(place.visit("go.example", "/a"), to("https://example.com/"));
    assert_eq!(place.visit("127.0.0.1", "/a"), (404, None));
    let deeds = place.deeds(owner.workspace);
    assert_eq!(deeds, ["domain.checked", "domain.checked", "domain.claimed", "domain.proven"]);
}

#[test]
fn a_claimed_name_serves_once_its_record_is_seen_on_sqlite() {
    a_claimed_name_serves_once_its_record_is_seen(&Place::sqlite());
}

#[test]
fn a_claimed_name_serves_once_its_record_is_seen_on_postgres() {
    a_claimed_name_serves_once_its_record_is_seen(&Place::postgres());
}

fn of_two_workspaces_that_prove_a_name_at_once_one_has_it(place: &Place) {
    let callers = [place.stranger(), place.stranger()];
    let claims = callers.each_ref().map(|caller| place.claim(caller, "go.example"));
    let values = claims.each_ref().map(|claim| claim["record_value"].as_str().expect("a value"));
    place.resolver.set("_carom.go.example", &values);

    let mut statuses = thread::scope(|scope| {
        let verify = |n: usize| {
            let (caller, claim) = (&callers[n], &claims[n]);
            scope.spawn(move || place.verify(caller, claim))
        };
        [verify(0), verify(1)].map(|it| it.join().expect("an answer").status)
    });

    statuses.sort_unstable();
    assert_eq!(statuses, [200, 409]);
    let serve = |n: usize| {
        let path = format!("/api/v1/domains/{}", claims[n]["id"].as_str().expect("an id"));
        place.call(&callers[n], "GET", &path, &[], &Value::Null).json()["state"] == "active"
    };
    assert_ne!(serve(0), serve(1));
    let loser = usize::from(serve(0));
    problem(&place.verify(&callers[loser], &claims[loser]), 409, "domain-taken");
}

#[test]
fn of_two_workspaces_that_prove_a_name_at_once_one_has_it_on_sqlite() {
    of_two_workspaces_that_prove_a_name_at_once_one_has_it(&Place::sqlite());
}

#[test]
fn of_two_workspaces_that_prove_a_name_at_once_one_has_it_on_postgres() {
    of_two_workspaces_that_prove_a_name_at_once_one_has_it(&Place::postgres());
}

#[test]
fn a_resolver_that_is_silent_or_fails_is_said_to_be_and_asked_once_at_a_time() {
    let place = Place::sqlite();
    let owner = place.owner();
    let claim = place.claim(&owner, "go.example");
    place.resolver.say("_carom.go.example", Said::Silence);

    let mut answers = thread::scope(|scope| {
        let verify = || scope.spawn(|| place.verify(&owner, &claim));
        [verify(), verify()].map(|it| it.join().expect("an answer").json())
    });

    answers.sort_by_key(|it| it["type"].as_str().map(str::to_owned));
    assert_eq!(answers[0]["type"], "/problems/not-proven");
    let detail = answers[0]["detail"].as_str().expect("a detail");
    assert!(detail.contains("no resolver answered within 3 s"), "{detail}");
    assert_eq!(answers[1]["type"], "/problems/request-under-way");
    place.resolver.say("_carom.go.example", Said::Failure);
    let body = problem(&place.verify(&owner, &claim), 409, "not-proven");
    assert!(
        body["detail"].as_str().is_some_and(|it| it.contains("could not be looked up")),
        "{body}"
    );
    place.set_record(&claim);
    assert_eq!(place.verify(&owner, &claim).status, 200);
}

#[test]
fn a_name_in_any_script_is_shown_in_both_forms() {
    let place = Place::sqlite();
    let owner = place.owner();
    let claim = place.claim(&owner, "MÜNCHEN.example");
    let said = (&claim["host"], &claim["name"]);
    assert_eq!(said, (&json!("xn--mnchen-3ya.example"), &json!("münchen.example")));
    assert_eq!(claim["record_name"], "_carom.xn--mnchen-3ya.example");
    place.set_record(&claim);
    assert_eq!(place.verify(&owner, &claim).json()["name"], "münchen.example");
    let draft = json!({ "url": "https://example.com/", "domain": "münchen.example", "code": "a" });
    let link = place.link(&owner, &draft);
    assert_eq!(link["short_url"], "http://xn--mnchen-3ya.example/a");
    assert_eq!(place.visit("xn--mnchen-3ya.example", "/a"), to("https://example.com/"));
}

#[test]
fn what_can_be_no_domain_is_refused_and_a_claim_can_be_taken_back() {
    let place = Place::sqlite();
    let owner = place.owner();
    let claim =
        |host: &str| place.call(&owner, "POST", "/api/v1/domains", &[], &json!({ "host": host }));
    for host in ["", "127.0.0.1", "go.example:80", "https://go.example", "a b"] {
        let body = problem(&claim(host), 422, "invalid-host");
        assert_eq!(body["field"], "host");
    }
    let body = problem(&claim("any.example"), 422, "invalid-host");
    assert!(body["detail"].as_str().is_some_and(|it| it.contains("answers for")), "{body}");
    let made = claim("go.example").json();
    problem(&claim("go.example"), 409, "domain-taken");
    let path = format!("/api/v1/domains/{}", made["id"].as_str().expect("an id"));
    let edit = json!({ "status": 301 });
    problem(&place.call(&owner, "PATCH", &path, &[], &edit), 409, "not-proven");
    assert_eq!(place.call(&owner, "DELETE", &path, &[], &Value::Null).status, 204);
    problem(&place.call(&owner, "GET", &path, &[], &Value::Null), 404, "no-such-domain");
    for n in 0..100 {
        assert_eq!(claim(&format!("d{n}.example")).status, 201);
    }
    problem(&claim("one-more.example"), 422, "too-many-domains");
}
