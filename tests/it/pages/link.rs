//! A link's page: every setting is shown and saved, and nothing is lost on a refusal.

use serde_json::json;

use super::fixture::{led_to, send};
use crate::admin_api::fixture::{on_postgres, on_sqlite};
use crate::people::fixture::{Browser, member, stranger, text};
use crate::support::carom::Carom;
use crate::support::http::get;
use crate::support::sql::run_on_store_of;

fn made(ada: &mut Browser<'_>) -> String {
    let draft =
        json!({ "url": "https://example.com/", "code": "mine", "title": "Mine", "tags": ["a"] });
    let link = ada.ask("POST", "/api/v1/links", Some(draft));
    text(&serde_json::from_str::<serde_json::Value>(link.text()).expect("a link")["id"])
}

/// What the page's form says, changed by `fields`.
fn form<'f>(version: &'f str, fields: &[(&'f str, &'f str)]) -> Vec<(&'f str, &'f str)> {
    let usual = [
        ("version", version),
        ("url", "https://example.com/"),
        ("code", "mine"),
        ("title", "Mine"),
        ("note", ""),
        ("tags", "a"),
        ("status", "302"),
        ("state", "active"),
        ("not_before", ""),
        ("expires_at", ""),
        ("max_clicks", ""),
        ("fallback_url", ""),
        ("cache_seconds", ""),
        ("password", ""),
    ];
    let kept = usual.into_iter().filter(|(name, _)| fields.iter().all(|(it, _)| it != name));
    kept.chain(fields.iter().copied()).collect()
}

fn every_setting_is_saved(carom: &Carom) {
    let mut ada = member(carom, "ada@example.com", "editor");
    let id = made(&mut ada);
    let path = format!("/links/{id}");
    let page = ada.ask("GET", &path, None);
    assert_eq!(page.status, 200, "{}", page.text());
    assert!(page.text().contains("name=\"version\" value=\"1\""), "{}", page.text());
    // Nothing changed: nothing is written.
    assert_eq!(led_to(&send(&mut ada, &path, &form("1", &[]))), format!("{path}?done=saved"));
    assert_eq!(ada.get(&format!("/api/v1{path}"))["version"], 1);

    let settings = [
        ("url", "https://example.org/new"),
        ("code", "ours"),
        ("title", "Ours"),
        ("note", "two\r\nlines"),
        ("tags", "b, c"),
        ("status", "307"),
        ("state", "disabled"),
        ("not_before", "2026-01-31T18:00"),
        ("expires_at", "2100-01-31T18:00:30"),
        ("max_clicks", "50"),
        ("fallback_url", "https://example.net/"),
        ("cache_seconds", "60"),
        ("forwards_query", "yes"),
        ("password", "open sesame"),
        ("archived", "yes"),
    ];
    led_to(&send(&mut ada, &path, &form("1", &settings)));
    let link = ada.get(&format!("/api/v1{path}"));
    for (field, value) in [
        ("url", json!("https://example.org/new")),
        ("code", json!("ours")),
        ("title", json!("Ours")),
        ("note", json!("two\nlines")),
        ("tags", json!(["b", "c"])),
        ("status", json!(307)),
        ("state", json!("disabled")),
        ("not_before", json!("2026-01-31T18:00:00.000Z")),
        ("expires_at", json!("2100-01-31T18:00:30.000Z")),
        ("max_clicks", json!(50)),
        ("fallback_url", json!("https://example.net/")),
        ("cache_seconds", json!(60)),
        ("forwards_query", json!(true)),
        ("has_password", json!(true)),
    ] {
        assert_eq!(link[field], value, "{field}");
    }
    assert!(link["archived_at"].is_string());
    let page = ada.ask("GET", &path, None);
    for shown in ["2026-01-31T18:00", "https://example.net/", "It has one", "two\nlines</textarea>"]
    {
        assert!(page.text().contains(shown), "{shown}: {}", page.text());
    }

    let version = link["version"].to_string();
    let cleared =
        [("without_password", "yes"), ("code", "ours"), ("url", "https://example.org/new")];
    led_to(&send(&mut ada, &path, &form(&version, &cleared)));
    let link = ada.get(&format!("/api/v1{path}"));
    assert_eq!((&link["has_password"], &link["max_clicks"]), (&json!(false), &json!(null)));
    assert_eq!((&link["expires_at"], &link["archived_at"]), (&json!(null), &json!(null)));
    assert_eq!(get(carom.edge(), "/ours").header("location"), Some("https://example.org/new"));
}

#[test]
fn every_setting_is_saved_on_sqlite() {
    on_sqlite(every_setting_is_saved);
}

#[test]
fn every_setting_is_saved_on_postgres() {
    on_postgres(every_setting_is_saved);
}

#[test]
fn nothing_typed_is_lost_when_it_is_refused_or_somebody_else_was_faster() {
    on_sqlite(|carom| {
        let mut ada = member(carom, "ada@example.com", "editor");
        let id = made(&mut ada);
        let path = format!("/links/{id}");
        for (field, value, says) in [
            ("url", "javascript:alert(1)", "javascript"),
            ("code", "a/b", "code"),
            ("max_clicks", "many", "`many` is no whole number"),
            ("expires_at", "2001-01-31T18:00", "not in the future"),
            ("cache_seconds", "-1", "seconds"),
            ("tags", "x\u{7}", "control character"),
        ] {
            let refused = send(&mut ada, &path, &form("1", &[(field, value), ("title", "typed")]));
            assert_eq!(refused.status, 422, "{field}: {}", refused.text());
            let page = refused.text();
            assert!(page.contains(says), "{field}: {page}");
            assert!(
                page.contains("value=\"typed\"") && page.contains("aria-invalid"),
                "{field}: {page}"
            );
        }
        let edit = json!({ "title": "Faster" });
        assert_eq!(ada.ask("PATCH", &format!("/api/v1{path}"), Some(edit)).status, 200);
        let refused = send(&mut ada, &path, &form("1", &[("note", "mine & yours")]));
        assert_eq!(refused.status, 412);
        assert!(refused.text().contains("somebody else changed this link"), "{}", refused.text());
        assert!(refused.text().contains("mine &#38; yours"), "{}", refused.text());
        assert_eq!(ada.get(&format!("/api/v1{path}"))["title"], "Faster");
    });
}

#[test]
fn a_link_whose_end_has_passed_gets_another_title() {
    on_sqlite(|carom| {
        let mut ada = member(carom, "ada@example.com", "editor");
        let id = made(&mut ada);
        let path = format!("/links/{id}");
        run_on_store_of(carom, "UPDATE links SET expires_at = 1000000000000");
        let kept = [("expires_at", "2001-09-09T01:46"), ("title", "Another")];
        led_to(&send(&mut ada, &path, &form("1", &kept)));
        assert_eq!(ada.get(&format!("/api/v1{path}"))["title"], "Another");
    });
}

#[test]
fn a_link_of_another_workspace_is_none_and_a_viewer_changes_nothing() {
    on_sqlite(|carom| {
        let mut ada = member(carom, "ada@example.com", "editor");
        let id = made(&mut ada);
        let (path, qr) = (format!("/links/{id}"), format!("/links/{id}/qr?format=png"));
        let (_, mut other) = stranger(carom, "other@example.com");
        for path in [&path, &qr] {
            assert_eq!(other.ask("GET", path, None).status, 404);
        }
        assert_eq!(send(&mut other, &path, &form("1", &[("title", "x")])).status, 404);
        assert_eq!(ada.ask("GET", "/links/rubbish", None).status, 404);
        let mut viewer = member(carom, "viewer@example.com", "viewer");
        let page = viewer.ask("GET", &path, None);
        assert!(page.status == 200 && !page.text().contains("id=\"settings\""), "{}", page.text());
        assert_eq!(send(&mut viewer, &path, &form("1", &[("title", "x")])).status, 403);
        let drawn = viewer.ask("GET", &qr, None);
        assert_eq!(drawn.header("content-type"), Some("image/png"));
        assert_eq!(viewer.ask("GET", &format!("/links/{id}/qr?format=gif"), None).status, 400);
    });
}
