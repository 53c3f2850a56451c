//! What another workspace owns does not exist.

use serde_json::{Value, json};

use super::place::{Place, problem, to};

fn a_foreign_domain_is_answered_as_one_that_does_not_exist(place: &Place) {
    let owner = place.owner();
    let id = place.domain(&owner, "foreign.example");
    let claim = place.claim(&owner, "pending.example");
    let stranger = place.stranger();
    place.domain(&stranger, "own.example");
    let edit = json!({ "root_url": "https://example.com/" });

    for id in [id.as_str(), claim["id"].as_str().expect("an id")] {
        for (method, end, body) in [
            ("GET", "", &Value::Null),
            ("PATCH", "", &edit),
            ("DELETE", "", &Value::Null),
            ("POST", "/verify", &Value::Null),
        ] {
            let ask = |id| {
                place.call(&stranger, method, &format!("/api/v1/domains/{id}{end}"), &[], body)
            };
            let (foreign, missing) = (ask(id), ask("7"));
            assert_eq!((foreign.status, &foreign.body), (404, &missing.body), "{method} {end}");
        }
    }
    for name in ["foreign.example", "127.0.0.1", "pending.example"] {
        let said = |name: &str| {
            let draft = json!({ "url": "https://example.com/", "domain": name });
            let made = place.call(&stranger, "POST", "/api/v1/links", &[], &draft);
            let read = |path: &str| {
                let path = format!("{path}?domain={name}");
                place.call(&stranger, "GET", &path, &[], &Value::Null)
            };
            let answers = [made, read("/api/v1/links"), read("/api/v1/stats")];
            answers.map(|it| (it.status, it.text().replace(name, "…")))
        };
        assert_eq!(said(name), said("unknown.example"));
    }
    let listed = place.call(&stranger, "GET", "/api/v1/domains", &[], &Value::Null).json();
    let hosts: Vec<_> = listed["domains"].as_array().expect("a list").iter().collect();
    assert_eq!((hosts.len(), &hosts[0]["host"]), (1, &json!("own.example")));
}

#[test]
fn a_foreign_domain_is_answered_as_one_that_does_not_exist_on_sqlite() {
    a_foreign_domain_is_answered_as_one_that_does_not_exist(&Place::sqlite());
}

#[test]
fn a_foreign_domain_is_answered_as_one_that_does_not_exist_on_postgres() {
    a_foreign_domain_is_answered_as_one_that_does_not_exist(&Place::postgres());
}

#[test]
fn the_same_code_on_two_domains_never_mixes() {
    let place = Place::sqlite();
    let (owner, stranger) = (place.owner(), place.stranger());
    place.domain(&stranger, "own.example");
    place.link(&owner, &json!({ "url": "https://one.example/", "code": "same" }));
    // Its only domain goes without saying.
    let link = place.link(&stranger, &json!({ "url": "https://two.example/", "code": "same" }));
    assert_eq!(link["short_url"], "http://own.example/same");
    for _ in 0..2 {
        assert_eq!(place.visit("127.0.0.1", "/same"), to("https://one.example/"));
        assert_eq!(place.visit("own.example", "/same"), to("https://two.example/"));
        assert_eq!(place.visit("none.example", "/same"), (404, None));
    }
    place.link(&owner, &json!({ "url": "https://one.example/", "code": "only" }));
    assert_eq!(place.visit("own.example", "/only"), (404, None));
    place.domain(&stranger, "second.example");
    let unsaid = json!({ "url": "https://two.example/" });
    let refused = place.call(&stranger, "POST", "/api/v1/links", &[], &unsaid);
    assert_eq!(problem(&refused, 422, "unknown-domain")["field"], "domain");
}

#[test]
fn a_key_that_is_confined_to_a_domain_sees_that_one_and_claims_none() {
    let place = Place::sqlite();
    let owner = place.owner();
    let (mine, other) = (place.domain(&owner, "a.example"), place.domain(&owner, "b.example"));
    let confined = place.key(owner.workspace, Some(vec![mine.parse().expect("an id")]));
    let call =
        |method: &str, path: &str, body: &Value| place.call(&confined, method, path, &[], body);

    let listed = call("GET", "/api/v1/domains", &Value::Null).json();
    let listed = listed["domains"].as_array().expect("a list");
    assert_eq!(listed.iter().map(|it| &it["host"]).collect::<Vec<_>>(), ["a.example"]);
    let edit = json!({ "status": 301 });
    assert_eq!(call("PATCH", &format!("/api/v1/domains/{mine}"), &edit).status, 200);
    for method in ["GET", "PATCH", "DELETE"] {
        let body = if method == "PATCH" { &edit } else { &Value::Null };
        let response = call(method, &format!("/api/v1/domains/{other}"), body);
        problem(&response, 404, "no-such-domain");
    }
    problem(
        &call("POST", "/api/v1/domains", &json!({ "host": "c.example" })),
        403,
        "missing-scope",
    );
}
