//! What a domain answers beside its links, and how it reads codes.

use serde_json::{Value, json};

use super::place::{Caller, Place, problem, to};
use crate::support::carom::Options;
use crate::support::http::request;
use crate::support::postgres::Cluster;
use crate::support::wait::{SOON, eventually};

/// The id of the default domain.
fn default_domain(place: &Place, owner: &Caller) -> String {
    let listed = place.call(owner, "GET", "/api/v1/domains", &[], &Value::Null).json();
    assert_eq!(listed["domains"][0]["is_default"], true);
    listed["domains"][0]["id"].as_str().expect("an id").to_owned()
}

fn total(place: &Place, owner: &Caller, link: &Value) -> u64 {
    let path = format!("/api/v1/links/{}/clicks", link["id"].as_str().expect("an id"));
    let clicks = place.call(owner, "GET", &path, &[], &Value::Null).json();
    clicks["total"].as_u64().expect("a number")
}

fn a_domain_sends_on_whoever_finds_no_link(place: &Place) {
    let owner = place.owner();
    let ids = [default_domain(place, &owner), place.domain(&owner, "go.example")];
    for (id, host) in ids.iter().zip(["127.0.0.1", "go.example"]) {
        for path in ["/", "/unknown", "/a/b"] {
            assert_eq!(place.visit(host, path), (404, None), "{host}{path}");
        }
        let edit = json!({
            "root_url": format!("https://example.com/{host}"),
            "not_found_url": "https://example.com/lost",
            "expired_url": "https://example.com/over",
        });
        place.change(&owner, id, &edit);
        assert_eq!(place.visit(host, "/"), to(&format!("https://example.com/{host}")));
        assert_eq!(place.visit(host, "/?a=b"), to(&format!("https://example.com/{host}")));
        for path in ["/unknown", "/unknown", "/a/b", "/%ff"] {
            assert_eq!(place.visit(host, path), to("https://example.com/lost"), "{host}{path}");
        }
        let sent = request(place.carom.edge(), "HEAD", "/", &[("host", host)], b"");
        assert_eq!((sent.status, sent.header("cache-control")), (302, Some("private, no-store")));

        let name = if host == "go.example" { json!(host) } else { Value::Null };
        let draft = json!({ "url": "https://example.com/", "domain": name, "max_clicks": 1 });
        let limited = place.link(&owner, &draft);
        let draft = json!({ "url": "https://example.com/", "domain": name });
        let disabled = place.link(&owner, &draft);
        let path = format!("/api/v1/links/{}", disabled["id"].as_str().expect("an id"));
        place.call(&owner, "PATCH", &path, &[], &json!({ "state": "disabled" }));
        let code = |link: &Value| format!("/{}", link["code"].as_str().expect("a code"));
        assert_eq!(place.visit(host, &code(&limited)), to("https://example.com/"));
        assert_eq!(place.visit(host, &code(&limited)), to("https://example.com/over"));
        assert_eq!(place.visit(host, &code(&disabled)), to("https://example.com/over"));
        // A redirect to the fallback is a click of its link.
        eventually(SOON, "all clicks are counted", || {
            (total(place, &owner, &limited), total(place, &owner, &disabled)) == (2, 1)
        });
        place.change(&owner, id, &json!({ "root_url": null, "expired_url": null }));
        assert_eq!(place.visit(host, "/"), (404, None));
        assert_eq!(place.visit(host, &code(&disabled)), (410, None));
    }
}

#[test]
fn a_domain_sends_on_whoever_finds_no_link_on_sqlite() {
    a_domain_sends_on_whoever_finds_no_link(&Place::sqlite());
}

#[test]
fn a_domain_sends_on_whoever_finds_no_link_on_postgres() {
    a_domain_sends_on_whoever_finds_no_link(&Place::postgres());
}

#[test]
fn a_domain_that_folds_has_one_link_for_all_ways_to_write_a_code() {
    let place = Place::sqlite();
    let owner = place.owner();
    let id = place.domain(&owner, "go.example");
    place.change(&owner, &id, &json!({ "case_rule": "folded", "status": 307 }));
    let draft =
        |code: &str| json!({ "url": "https://example.com/", "domain": "go.example", "code": code });
    let link = place.link(&owner, &draft("SummerCAFÉ"));
    assert_eq!((&link["code"], &link["status"]), (&json!("summercafé"), &json!(307)));
    for path in ["/SummerCAF%C3%89", "/summercaf%C3%A9", "/SUMMERCAFE%CC%81"] {
        assert_eq!(place.visit("go.example", path).0, 307, "{path}");
    }
    let taken = place.call(&owner, "POST", "/api/v1/links", &[], &draft("SUMMERcafé"));
    problem(&taken, 409, "code-taken");
    let path = format!("/api/v1/links/{}", link["id"].as_str().expect("an id"));
    let renamed = place.call(&owner, "PATCH", &path, &[], &json!({ "code": "Winter" }));
    assert_eq!(renamed.json()["code"], "winter");
    assert_eq!(place.visit("go.example", "/WINTER").0, 307);
    for _ in 0..20 {
        let random = json!({ "url": "https://example.com/", "domain": "go.example" });
        let code = place.link(&owner, &random)["code"].as_str().expect("a code").to_owned();
        assert_eq!(code, code.to_lowercase());
        assert_eq!(place.visit("go.example", &format!("/{}", code.to_uppercase())).0, 307);
    }
    // Elsewhere capitals make another code.
    place.link(&owner, &json!({ "url": "https://example.com/", "code": "Sale" }));
    assert_eq!(place.visit("127.0.0.1", "/sale"), (404, None));

    let path = format!("/api/v1/domains/{id}");
    let exact = json!({ "case_rule": "exact" });
    let refused = place.call(&owner, "PATCH", &path, &[], &exact);
    assert_eq!(problem(&refused, 409, "in-use")["field"], "case_rule");
    problem(&place.call(&owner, "DELETE", &path, &[], &Value::Null), 409, "in-use");
}

#[test]
fn a_change_is_checked_and_made_at_its_version() {
    let place = Place::sqlite();
    let owner = place.owner();
    let id = place.domain(&owner, "go.example");
    let path = format!("/api/v1/domains/{id}");
    for (edit, field) in [
        (json!({ "root_url": "javascript:alert(1)" }), "root_url"),
        (json!({ "not_found_url": "https://go.example/x" }), "not_found_url"),
        (json!({ "expired_url": "http://127.0.0.1.nip.example@evil.example/" }), "expired_url"),
        (json!({ "status": 200 }), "status"),
        (json!({ "case_rule": "loose" }), "case_rule"),
    ] {
        let response = place.call(&owner, "PATCH", &path, &[], &edit);
        assert_eq!((response.status, &response.json()["field"]), (422, &json!(field)), "{edit}");
    }
    let edit = json!({ "status": 308 });
    let call =
        |method, tag, body: &Value| place.call(&owner, method, &path, &[("if-match", tag)], body);
    problem(&call("PATCH", "\"v2\"", &edit), 412, "another-version");
    let changed = call("PATCH", "\"v1\"", &edit);
    assert_eq!((changed.status, changed.header("etag")), (200, Some("\"v2\"")));
    let known = place.call(&owner, "GET", &path, &[("if-none-match", "\"v2\"")], &Value::Null);
    assert_eq!(known.status, 304);
    problem(&call("DELETE", "\"v1\"", &Value::Null), 412, "another-version");
    assert_eq!(call("DELETE", "\"v2\"", &Value::Null).status, 204);
    assert_eq!(place.visit("go.example", "/"), (404, None));
    let default = format!("/api/v1/domains/{}", default_domain(&place, &owner));
    problem(&place.call(&owner, "DELETE", &default, &[], &Value::Null), 409, "in-use");
    let deeds = place.deeds(owner.workspace);
    assert_eq!(deeds, ["domain.changed", "domain.claimed", "domain.deleted", "domain.proven"]);
}

#[test]
fn settings_are_kept_through_a_start_without_the_database() {
    let mut cluster = Cluster::start();
    let database = cluster.fresh_database();
    let mut place = Place::over(Options::postgres(&database.url));
    let owner = place.owner();
    let id = place.domain(&owner, "go.example");
    let edit = json!({ "root_url": "https://example.com/", "case_rule": "folded" });
    place.change(&owner, &id, &edit);
    let draft = json!({ "url": "https://example.com/a", "domain": "go.example", "code": "a" });
    place.link(&owner, &draft);
    assert_eq!(place.visit("go.example", "/A"), to("https://example.com/a"));
    place.carom.key();
    assert!(place.carom.terminate().success());
    cluster.stop();

    place.carom.restart();

    assert_eq!(place.visit("go.example", "/"), to("https://example.com/"));
    assert_eq!(place.visit("go.example", "/A"), to("https://example.com/a"));
    assert_eq!(place.visit("none.example", "/a"), (404, None));
}
