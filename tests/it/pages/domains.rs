//! Domains: claimed, proven, changed, given up.

use serde_json::{Value, json};

use super::fixture::{led_to, send};
use crate::domains::place::{Place, to};
use crate::people::fixture::{Browser, member, stranger, text};

/// What the page's form says, changed by `fields`.
fn form<'f>(version: &'f str, fields: &[(&'f str, &'f str)]) -> Vec<(&'f str, &'f str)> {
    let usual = [
        ("version", version),
        ("root_url", ""),
        ("not_found_url", ""),
        ("expired_url", ""),
        ("status", "302"),
        ("case_rule", "exact"),
    ];
    let kept = usual.into_iter().filter(|(name, _)| fields.iter().all(|(it, _)| it != name));
    kept.chain(fields.iter().copied()).collect()
}

/// A domain with its proof; returns its id.
fn proven(place: &Place, host: &str) -> String {
    place.domain(&place.owner(), host)
}

fn read(browser: &mut Browser<'_>, id: &str) -> Value {
    browser.get(&format!("/api/v1/domains/{id}"))
}

fn a_name_is_claimed_proven_and_given_up_by_forms(place: &Place) {
    let mut ada = member(&place.carom, "ada@example.com", "admin");
    let claimed = led_to(&send(&mut ada, "/domains", &[("host", " GO.Example. ")]));
    let path = claimed.strip_suffix("?done=claimed").expect("the claim's page").to_owned();
    let id = path.strip_prefix("/domains/").expect("an id").to_owned();
    let value = text(&read(&mut ada, &id)["record_value"]);
    for place in [claimed.as_str(), "/domains"] {
        let page = ada.ask("GET", place, None);
        for shown in ["TXT", "_carom.go.example", &value, "Not looked up yet", "Check now"] {
            assert!(page.text().contains(shown), "{place}: {shown}: {}", page.text());
        }
    }

    let check = format!("{path}/check");
    let refused = send(&mut ada, &check, &[]);
    assert_eq!(refused.status, 409);
    let said = refused.text().matches("there is no TXT record at").count();
    assert_eq!(said, 1, "{}", refused.text());
    let page = ada.ask("GET", "/domains", None);
    assert!(page.text().contains("there is no TXT record at"), "{}", page.text());
    place.resolver.set("_carom.go.example", &[&value]);
    assert_eq!(led_to(&send(&mut ada, &check, &[])), format!("{path}?done=proven"));
    let page = ada.ask("GET", &format!("{path}?done=proven"), None);
    assert!(page.text().contains("the domain serves"), "{}", page.text());
    assert!(page.text().contains("name=\"version\" value=\"1\""), "{}", page.text());
    let page = ada.ask("GET", "/domains", None);
    assert!(!page.text().contains("Waiting for their proof"), "{}", page.text());

    let settings = [
        ("root_url", " https://example.com/home "),
        ("not_found_url", "https://example.com/lost"),
        ("expired_url", "https://example.com/over"),
        ("status", "307"),
        ("case_rule", "folded"),
    ];
    let saved = led_to(&send(&mut ada, &path, &form("1", &settings)));
    assert_eq!(saved, format!("{path}?done=saved"));
    assert_eq!(place.visit("go.example", "/"), to("https://example.com/home"));
    assert_eq!(place.visit("go.example", "/none"), to("https://example.com/lost"));
    let domain = read(&mut ada, &id);
    for (name, value) in settings.iter().filter(|(name, _)| *name != "status") {
        assert_eq!(domain[name], value.trim(), "{domain}");
    }
    assert_eq!((&domain["status"], &domain["version"]), (&json!(307), &json!(2)));
    // Nothing changed: nothing is written.
    let same = settings.map(|(name, value)| (name, value.trim()));
    led_to(&send(&mut ada, &path, &form("2", &same)));
    assert_eq!(read(&mut ada, &id)["version"], 2);
    led_to(&send(&mut ada, &path, &form("2", &[("status", "307"), ("case_rule", "folded")])));
    assert_eq!(place.visit("go.example", "/"), (404, None), "what is emptied is removed");

    assert_eq!(led_to(&send(&mut ada, &format!("{path}/give-up"), &[])), "/domains?done=given-up");
    for path in [path.as_str(), "/domains/rubbish"] {
        let none = ada.ask("GET", path, None);
        assert_eq!(none.status, 404, "{path}");
        assert!(none.text().contains("There is no such domain"), "{}", none.text());
        assert!(none.text().contains("<a href=\"/links\""), "its navigation: {}", none.text());
    }
}

#[test]
fn a_name_is_claimed_proven_and_given_up_by_forms_on_sqlite() {
    a_name_is_claimed_proven_and_given_up_by_forms(&Place::sqlite());
}

#[test]
fn a_name_is_claimed_proven_and_given_up_by_forms_on_postgres() {
    a_name_is_claimed_proven_and_given_up_by_forms(&Place::postgres());
}

#[test]
fn a_claim_that_is_refused_says_why_and_one_is_given_up() {
    let place = Place::sqlite();
    let mut ada = member(&place.carom, "ada@example.com", "admin");
    for (host, status, says) in [
        ("https://go.example/<b>", 422, "value=\"https://go.example/&#60;b&#62;\""),
        ("127.0.0.1", 422, "value=\"127.0.0.1\""),
        ("", 422, "class=\"wrong\""),
    ] {
        let refused = send(&mut ada, "/domains", &[("host", host)]);
        assert_eq!(refused.status, status, "{host}: {}", refused.text());
        assert!(refused.text().contains(says), "{host}: {}", refused.text());
    }
    let claimed = led_to(&send(&mut ada, "/domains", &[("host", "münchen.example")]));
    let path = claimed.split('?').next().expect("a path").to_owned();
    let page = ada.ask("GET", &path, None);
    assert!(page.text().contains("<h1>münchen.example</h1>"), "{}", page.text());
    assert!(page.text().contains("_carom.xn--mnchen-3ya.example"), "{}", page.text());
    let twice = send(&mut ada, "/domains", &[("host", "MÜNCHEN.example")]);
    assert_eq!(twice.status, 409);
    assert!(twice.text().contains("has that name already"), "{}", twice.text());
    // It has no settings yet.
    assert_eq!(send(&mut ada, &path, &form("1", &[("status", "301")])).status, 409);
    let given_up = led_to(&send(&mut ada, &format!("{path}/give-up"), &[]));
    assert_eq!(given_up, "/domains?done=claim-given-up");
    assert_eq!(ada.get("/api/v1/domains")["domains"].as_array().map(Vec::len), Some(1));
}

#[test]
fn nothing_typed_is_lost_when_settings_are_refused_or_somebody_else_was_faster() {
    let place = Place::sqlite();
    let id = proven(&place, "go.example");
    let mut ada = member(&place.carom, "ada@example.com", "admin");
    let path = format!("/domains/{id}");
    for (field, value) in [
        ("root_url", "javascript:alert(1)"),
        ("not_found_url", "https://go.example/x"),
        ("expired_url", "ftp://example.com/"),
        ("status", "many"),
        ("case_rule", "loose"),
    ] {
        let typed = if field == "root_url" { "expired_url" } else { "root_url" };
        let fields = [(field, value), (typed, "https://example.com/?a=1&b")];
        let refused = send(&mut ada, &path, &form("1", &fields));
        assert_eq!(refused.status, 422, "{field}: {}", refused.text());
        let kept = "value=\"https://example.com/?a=1&#38;b\"";
        assert!(refused.text().contains(kept), "{field}: {}", refused.text());
        assert!(refused.text().contains("aria-invalid"), "{field}: {}", refused.text());
    }
    let edit = json!({ "status": 308 });
    assert_eq!(ada.ask("PATCH", &format!("/api/v1{path}"), Some(edit)).status, 200);
    let refused = send(&mut ada, &path, &form("1", &[("root_url", "https://example.com/mine")]));
    assert_eq!(refused.status, 412);
    assert!(refused.text().contains("somebody else changed this domain"), "{}", refused.text());
    assert!(refused.text().contains("value=\"https://example.com/mine\""), "{}", refused.text());
    let domain = read(&mut ada, &id);
    assert_eq!((&domain["status"], &domain["root_url"]), (&json!(308), &Value::Null));
}

#[test]
fn a_domain_with_links_and_the_default_one_are_kept() {
    let place = Place::sqlite();
    let owner = place.owner();
    let id = proven(&place, "go.example");
    let draft = json!({ "url": "https://example.com/", "domain": "go.example", "code": "a" });
    place.link(&owner, &draft);
    let mut ada = member(&place.carom, "ada@example.com", "admin");
    let path = format!("/domains/{id}");
    let refused = send(&mut ada, &format!("{path}/give-up"), &[]);
    assert_eq!(refused.status, 409);
    assert!(refused.text().contains("the domain has links"), "{}", refused.text());
    let refused = send(&mut ada, &path, &form("1", &[("case_rule", "folded")]));
    assert_eq!(refused.status, 409);
    assert!(refused.text().contains("chosen before the first link"), "{}", refused.text());
    assert_eq!(place.visit("go.example", "/a"), to("https://example.com/"));
    let shown = ada.ask("GET", "/links?domain=go.example", None);
    assert!(shown.text().contains("/a</a>"), "{}", shown.text());

    let default = text(&ada.get("/api/v1/domains")["domains"][0]["id"]);
    let page = ada.ask("GET", &format!("/domains/{default}"), None);
    assert!(page.text().contains("cannot be given up"), "{}", page.text());
    assert!(!page.text().contains("/give-up"), "{}", page.text());
    assert_eq!(send(&mut ada, &format!("/domains/{default}/give-up"), &[]).status, 409);
}

#[test]
fn a_viewer_looks_and_another_workspace_s_domains_do_not_exist() {
    let place = Place::sqlite();
    let id = proven(&place, "go.example");
    let claim = text(&place.claim(&place.owner(), "wait.example")["id"]);
    let mut viewer = member(&place.carom, "viewer@example.com", "viewer");
    let (_, mut other) = stranger(&place.carom, "other@example.com");

    let list = viewer.ask("GET", "/domains", None);
    assert!(list.text().contains("go.example") && list.text().contains("_carom.wait.example"));
    for path in ["/domains".to_owned(), format!("/domains/{id}"), format!("/domains/{claim}")] {
        let page = viewer.ask("GET", &path, None);
        assert_eq!(page.status, 200, "{path}");
        for offered in ["action=\"/domains", "Claim a domain", "Check now", "Give up"] {
            assert!(!page.text().contains(offered), "{path}: {offered}: {}", page.text());
        }
    }
    let list = other.ask("GET", "/domains", None);
    for name in ["go.example</", "wait.example"] {
        assert!(!list.text().contains(name), "{name}: {}", list.text());
    }
    for id in [&id, &claim] {
        let path = format!("/domains/{id}");
        assert_eq!(other.ask("GET", &path, None).status, 404);
        let saved = form("1", &[("root_url", "https://example.com/")]);
        for (end, fields) in [("", &saved[..]), ("/check", &[]), ("/give-up", &[])] {
            let path = format!("{path}{end}");
            assert_eq!(send(&mut viewer, &path, fields).status, 403, "{path}");
            assert_eq!(send(&mut other, &path, fields).status, 404, "{path}");
        }
    }
    assert_eq!(send(&mut viewer, "/domains", &[("host", "new.example")]).status, 403);
    let states = [&id, &claim].map(|id| text(&read(&mut viewer, id)["state"]));
    assert_eq!(states, ["active", "pending"]);
    assert_eq!(place.visit("go.example", "/"), (404, None));
}
