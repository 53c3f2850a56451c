//! API keys by forms: made and shown once, replaced, revoked.

use serde_json::json;

use super::fixture::{led_to, send};
use crate::admin_api::fixture::{on_postgres, on_sqlite};
use crate::people::fixture::{Browser, member, stranger, text};
use crate::support::carom::Carom;
use crate::support::http::request;

/// The key that a page shows.
fn shown(page: &str) -> String {
    let secret =
        page.split("<code class=\"secret\">").nth(1).and_then(|rest| rest.split('<').next());
    secret.unwrap_or_else(|| panic!("no key: {page}")).to_owned()
}

fn works(carom: &Carom, key: &str) -> u16 {
    let authorization = format!("Bearer {key}");
    request(carom.admin(), "GET", "/api/v1/links", &[("authorization", &authorization)], b"").status
}

fn ids(browser: &mut Browser<'_>, name: &str) -> Vec<String> {
    let list = browser.get("/api/v1/keys");
    let keys = list["keys"].as_array().expect("keys").iter();
    keys.filter(|key| key["name"] == name).map(|key| text(&key["id"])).collect()
}

fn a_key_is_made_shown_once_replaced_and_revoked(carom: &Carom) {
    let mut ada = member(carom, "ada@example.com", "admin");
    let fields =
        [("name", "The shop"), ("scope", "links:read"), ("scope", "stats:read"), ("days", "30")];
    let made = send(&mut ada, "/keys", &fields);
    assert_eq!(made.status, 201, "{}", made.text());
    let key = shown(made.text());
    assert_eq!(works(carom, &key), 200);
    let page = ada.ask("GET", "/keys", None);
    assert!(page.text().contains("The shop") && !page.text().contains(&key), "{}", page.text());
    assert!(page.text().contains("See clicks and statistics"), "{}", page.text());

    let id = &ids(&mut ada, "The shop")[0];
    let replaced = send(&mut ada, &format!("/keys/{id}/rotate"), &[("overlap_s", "0")]);
    let next = shown(replaced.text());
    assert_eq!((works(carom, &key), works(carom, &next)), (401, 200));
    let again = send(&mut ada, &format!("/keys/{id}/rotate"), &[("overlap_s", "0")]);
    assert_eq!(again.status, 409);
    assert!(again.text().contains("role=\"alert\""), "{}", again.text());

    let ids = ids(&mut ada, "The shop");
    let newest = ids.iter().find(|it| *it != id).expect("another key");
    assert_eq!(
        led_to(&send(&mut ada, &format!("/keys/{newest}/revoke"), &[])),
        "/keys?done=revoked"
    );
    assert_eq!(works(carom, &next), 401);
}

#[test]
fn a_key_is_made_shown_once_replaced_and_revoked_on_sqlite() {
    on_sqlite(a_key_is_made_shown_once_replaced_and_revoked);
}

#[test]
fn a_key_is_made_shown_once_replaced_and_revoked_on_postgres() {
    on_postgres(a_key_is_made_shown_once_replaced_and_revoked);
}

#[test]
fn what_was_typed_stays_when_no_key_is_made() {
    on_sqlite(|carom| {
        let mut ada = member(carom, "ada@example.com", "admin");
        for (fields, status) in [
            (&[("name", "No scope")][..], 422),
            (&[("name", "No scope"), ("scope", "links:shred")], 422),
            (&[("name", "No scope"), ("scope", "workspace:write")], 403),
            (&[("name", "No scope"), ("scope", "links:read"), ("days", "x")], 422),
            (&[("name", "No scope"), ("scope", "links:read"), ("domain", "no.example")], 422),
        ] {
            let refused = send(&mut ada, "/keys", fields);
            assert_eq!(refused.status, status, "{fields:?}: {}", refused.text());
            assert!(refused.text().contains("value=\"No scope\""), "{}", refused.text());
            assert!(refused.text().contains("role=\"alert\""), "{}", refused.text());
        }
        assert!(ids(&mut ada, "No scope").is_empty());
    });
}

#[test]
fn who_may_not_see_keys_is_told_so_and_another_workspace_s_are_none() {
    on_sqlite(|carom| {
        let mut ada = member(carom, "ada@example.com", "admin");
        let fields = [("name", "Ours"), ("scope", "links:read")];
        assert_eq!(send(&mut ada, "/keys", &fields).status, 201);
        let id = ids(&mut ada, "Ours")[0].clone();
        let mut viewer = member(carom, "viewer@example.com", "viewer");
        let (_, mut other) = stranger(carom, "other@example.com");
        let refused = viewer.ask("GET", "/keys", None);
        assert_eq!(refused.status, 403);
        assert!(refused.text().contains("can give you another role"), "{}", refused.text());
        assert_eq!(send(&mut viewer, "/keys", &fields).status, 403);
        assert!(!other.ask("GET", "/keys", None).text().contains("Ours"));
        for act in ["rotate", "revoke"] {
            let path = format!("/keys/{id}/{act}");
            let overlap = [("overlap_s", "0")];
            assert_eq!(send(&mut viewer, &path, &overlap).status, 403, "{act}");
            assert_eq!(send(&mut other, &path, &overlap).status, 404, "{act}");
        }
        assert_eq!(ids(&mut ada, "Ours"), [id]);
    });
}

#[test]
fn a_key_is_confined_to_the_domains_that_were_ticked_and_ends_when_it_was_said() {
    on_sqlite(|carom| {
        let mut ada = member(carom, "ada@example.com", "admin");
        let domains = ada.get("/api/v1/domains");
        let host = text(&domains["domains"][0]["host"]);
        let name = "<img src=x onerror=alert(1)>\"'";
        let confined = [("name", name), ("scope", "links:read"), ("domain", &host), ("days", "30")];
        let free = [("name", "Free"), ("scope", "links:read"), ("days", "")];
        for fields in [&confined[..], &free] {
            let made = send(&mut ada, "/keys", fields);
            assert_eq!(made.status, 201, "{}", made.text());
            assert!(!made.text().contains("<img"), "{}", made.text());
        }
        let list = ada.get("/api/v1/keys");
        let key = |name: &str| {
            let mut keys = list["keys"].as_array().expect("keys").iter();
            keys.find(|key| key["name"] == name).unwrap_or_else(|| panic!("no {name}"))
        };
        assert_eq!(key(name)["domains"], json!([host]));
        let day = |field: &str| text(&key(name)[field])[..10].parse::<jiff::civil::Date>();
        let days = day("expires_at").expect("a day") - day("created_at").expect("a day");
        assert_eq!(days.get_days(), 30);
        assert_eq!(
            (&key("Free")["domains"], &key("Free")["expires_at"]),
            (&json!(null), &json!(null))
        );
        let page = ada.ask("GET", "/keys", None);
        let (id, page) = (text(&key(name)["id"]), page.text());
        assert!(page.contains("&#60;img src=x") && !page.contains("<img"), "{page}");
        assert!(page.contains(&format!("On {host} only")), "{page}");
        assert!(page.contains(&format!("href=\"/audit?actor={id}\"")), "{page}");
    });
}
