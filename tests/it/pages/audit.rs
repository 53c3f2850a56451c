//! The audit log in plain words, filtered, paged, as a table.

use serde_json::json;

use crate::admin_api::fixture::on_sqlite;
use crate::people::fixture::{member, stranger, text};

#[test]
fn what_was_done_is_told_in_plain_words() {
    on_sqlite(|carom| {
        let mut ada = member(carom, "ada@example.com", "owner");
        let draft = json!({ "url": "https://example.com/", "code": "mine", "title": "=1+1" });
        let made = ada.ask("POST", "/api/v1/links", Some(draft));
        let id =
            text(&serde_json::from_str::<serde_json::Value>(made.text()).expect("a link")["id"]);
        ada.ask("PATCH", &format!("/api/v1/links/{id}"), Some(json!({ "title": "Ours" })));
        let page = ada.ask("GET", "/audit", None);
        let shown = page.text();
        assert!(shown.contains("changed the link") && shown.contains("made the link"), "{shown}");
        assert!(shown.contains("<dt>title</dt><dd>=1+1 → Ours</dd>"), "{shown}");
        let of_link = ada.ask("GET", &format!("/audit?subject={id}&action=link"), None);
        assert_eq!(of_link.text().matches("<th scope=\"row\">").count(), 2, "{}", of_link.text());
        let user = ada.user_id();
        let by_ada = ada.ask("GET", &format!("/audit?actor={user}&from=2001-01-01"), None);
        assert!(by_ada.text().contains("made the link"), "{}", by_ada.text());
        let said = format!("<option value=\"{user}\" selected>ada@example.com</option>");
        assert!(by_ada.text().contains(&said), "{}", by_ada.text());
        let gone = ada.ask("GET", "/audit?actor=1", None);
        assert!(gone.text().contains("<option value=\"1\" selected>somebody who is here no more"));
        let operator = ada.ask("GET", "/audit?actor=0", None);
        assert!(operator.text().contains("<option value=\"0\" selected>the operator"));
        assert!(!operator.text().contains("made the link"), "{}", operator.text());
        let later = ada.ask("GET", "/audit?from=2100-01-01", None);
        assert!(later.text().contains("Nothing fits"), "{}", later.text());
        for bad in ["from=yesterday", "subject=x", "cursor=x"] {
            let refused = ada.ask("GET", &format!("/audit?{bad}"), None);
            assert_eq!(refused.status, 400, "{bad}: {}", refused.text());
            assert!(refused.text().contains("role=\"alert\""), "{bad}");
        }
        let table = ada.ask("GET", &format!("/audit.csv?subject={id}"), None);
        assert_eq!(table.text().lines().count(), 3, "{}", table.text());
        assert!(table.text().lines().all(|line| !line.contains(",=")), "{}", table.text());
    });
}

#[test]
fn a_long_log_has_pages_and_nobody_else_s_deeds() {
    on_sqlite(|carom| {
        let mut ada = member(carom, "ada@example.com", "admin");
        for place in 0..60 {
            let draft = json!({ "url": format!("https://example.com/{place}") });
            assert_eq!(ada.ask("POST", "/api/v1/links", Some(draft)).status, 201);
        }
        let first = ada.ask("GET", "/audit?action=link", None);
        let next = first.text().split("<a href=\"/audit?action=link&#38;cursor=").nth(1);
        let cursor = next.and_then(|rest| rest.split('"').next()).expect("a next page");
        let second = ada.ask("GET", &format!("/audit?action=link&cursor={cursor}"), None);
        assert_eq!(second.text().matches("made the link").count(), 10, "{}", second.text());
        let (_, mut other) = stranger(carom, "other@example.com");
        assert!(!other.ask("GET", "/audit", None).text().contains("made the link"));
        let mut viewer = member(carom, "viewer@example.com", "viewer");
        for path in ["/audit", "/audit.csv"] {
            assert_eq!(viewer.ask("GET", path, None).status, 403, "{path}");
        }
        assert!(!viewer.ask("GET", "/links", None).text().contains("href=\"/audit\""));
    });
}

#[test]
fn what_people_wrote_is_told_and_never_run() {
    on_sqlite(|carom| {
        let mut ada = member(carom, "ada@example.com", "owner");
        let payload = "<script>alert(1)</script>\"'><img src=x onerror=alert(1)>";
        let draft = json!({ "name": payload, "scopes": ["links:write"] });
        assert_eq!(ada.ask("POST", "/api/v1/keys", Some(draft)).status, 201);
        let draft = json!({ "url": "https://example.com/", "code": "mine" });
        let made = ada.ask("POST", "/api/v1/links", Some(draft)).json();
        let edit = json!({ "title": payload, "note": payload, "tags": ["<b>tag"] });
        let path = format!("/api/v1/links/{}", text(&made["id"]));
        assert_eq!(ada.ask("PATCH", &path, Some(edit)).status, 200);
        ada.ask("PATCH", "/api/v1/workspace", Some(json!({ "name": payload })));
        let query = "/audit?action=%3Cscript%3Ealert(1).x&from=%22%3E%3Cimg%20src=x%3E";
        for (path, status) in [("/audit", 200), (query, 400)] {
            let page = ada.ask("GET", path, None);
            assert_eq!(page.status, status, "{}", page.text());
            assert!(page.text().contains("&#60;script&#62;alert(1)"), "{}", page.text());
            for tag in ["<script>alert", "<img", "<b>tag"] {
                assert!(!page.text().contains(tag), "{path}: {}", page.text());
            }
        }
    });
}
