//! What holds for every page: policy, escaping, no other site, and whatever is refused before a page.

use serde_json::json;

use super::fixture::send_from;
use crate::admin_api::fixture::{on_sqlite, patient, problem};
use crate::people::fixture::{Browser, PASSWORD, account, member};
use crate::support::carom::{Carom, Options};
use crate::support::http::{Connection, Response, request};

/// Every page that can be looked at.
const PAGES: [&str; 14] = [
    "/sign-in",
    "/set-up",
    "/invitation",
    "/links",
    "/analytics",
    "/live",
    "/keys",
    "/audit",
    "/system",
    "/domains",
    "/people",
    "/account",
    "/workspaces",
    "/nothing-here",
];

#[test]
fn every_page_has_a_strict_policy_and_nothing_in_it_that_runs() {
    on_sqlite(|carom| {
        let mut ada = member(carom, "ada@example.com", "owner");
        let cookie = ada.cookie.clone().expect("a cookie");
        for path in PAGES {
            for cookie in [None, Some(cookie.as_str())] {
                let mut headers = vec![("accept", "text/html")];
                headers.extend(cookie.map(|cookie| ("cookie", cookie)));
                let page = request(carom.admin(), "GET", path, &headers, b"");
                if page.status == 303 {
                    continue;
                }
                let policy = page.header("content-security-policy").expect("a policy");
                assert!(policy.starts_with("default-src 'none'") && !policy.contains("unsafe"));
                assert_eq!(page.header("cache-control"), Some("no-store"), "{path}");
                assert_eq!(page.header("x-content-type-options"), Some("nosniff"), "{path}");
                let text = page.text();
                for inline in ["<script>", "<style", "style=", " onclick=", "javascript:"] {
                    assert!(!text.contains(inline), "{path}: {inline}");
                }
                assert!(text.contains("<html lang=\"en\">") && text.contains("<main id=\"main\""));
                assert!(text.len() < 100 * 1024, "{path}: {} bytes", text.len());
            }
        }
        assert!(ada.is_signed_in());
    });
}

#[test]
fn what_people_write_is_shown_and_never_run() {
    on_sqlite(|carom| {
        let mut ada = member(carom, "ada@example.com", "owner");
        let payload = "<script>alert(1)</script>\"'><img src=x onerror=alert(1)>";
        let draft = json!({ "url": "https://example.com/", "title": payload, "tags": ["<b>tag"] });
        assert_eq!(ada.ask("POST", "/api/v1/links", Some(draft)).status, 201);
        ada.ask("PATCH", "/api/v1/me", Some(json!({ "name": payload })));
        ada.ask("PATCH", "/api/v1/workspace", Some(json!({ "name": payload })));
        let query = "/links?q=%3Cscript%3Ealert(1)%3C%2Fscript%3E";
        for path in ["/links", "/account", "/workspaces", query, "/sign-in?next=%22%3E%3Cscript%3E"]
        {
            let page = ada.ask("GET", path, None);
            let page =
                if page.status == 303 { Browser::new(carom).ask("GET", path, None) } else { page };
            let text = page.text();
            for tag in ["<script>alert", "<img", "<b>tag"] {
                assert!(!text.contains(tag), "{path}: {text}");
            }
        }
        let shown = ada.ask("GET", "/links", None);
        assert!(shown.text().contains("&#60;script&#62;alert(1)"), "{}", shown.text());
    });
}

#[test]
fn a_form_of_another_site_has_no_effect() {
    on_sqlite(|carom| {
        account(carom, "bob@example.com", None);
        let mut ada = member(carom, "ada@example.com", "owner");
        let fields = [("url", "https://example.com/")];
        for site in ["cross-site", "same-site"] {
            assert_eq!(send_from(&mut ada, "/links", &fields, site).status, 403);
            assert_eq!(send_from(&mut ada, "/sign-out", &[], site).status, 403);
            let sign_in = [("email", "bob@example.com"), ("password", PASSWORD)];
            assert_eq!(send_from(&mut ada, "/sign-in", &sign_in, site).status, 403);
        }
        assert!(ada.is_signed_in());
        assert_eq!(ada.get("/api/v1/links")["links"], json!([]));
    });
}

#[test]
fn assets_are_kept_for_good_under_the_address_of_their_version() {
    on_sqlite(|carom| {
        let page = Browser::new(carom).ask("GET", "/sign-in", None);
        let at = |name: &str| {
            let all = page.text().split('"').find(|word| word.ends_with(name));
            all.unwrap_or_else(|| panic!("no {name}")).to_owned()
        };
        for (name, kind) in [("app.css", "text/css"), ("app.js", "text/javascript")] {
            let file = request(carom.admin(), "GET", &at(name), &[], b"");
            assert_eq!(file.status, 200);
            assert!(file.header("content-type").is_some_and(|it| it.starts_with(kind)));
            assert!(file.header("cache-control").is_some_and(|it| it.contains("immutable")));
        }
    });
}

/// A page of a browser that is not known to have signed in.
#[track_caller]
fn is_a_page(response: &Response, status: u16, words: &str) {
    assert_eq!(response.status, status, "{}", response.text());
    assert_eq!(response.header("content-type"), Some("text/html; charset=utf-8"));
    assert!(response.header("content-security-policy").is_some());
    assert!(response.text().contains(words), "{}", response.text());
}

#[test]
fn who_asks_for_too_much_is_told_so_on_a_page() {
    let name = "CAROM_ADMIN__NETWORK_REQUESTS_PER_MINUTE_MAX";
    let carom = Carom::start(patient(Options::sqlite()).set(name, 1));
    let ask = |accept| request(carom.admin(), "GET", "/sign-in", &[("accept", accept)], b"");
    assert_eq!(ask("text/html").status, 200);

    let refused = ask("text/html,application/xhtml+xml;q=0.9");
    is_a_page(&refused, 429, "Too many requests");
    assert!(refused.header("retry-after").is_some() && refused.header("ratelimit").is_some());
    problem(&ask("application/json"), 429, "too-many-requests");
}

#[test]
fn a_form_that_takes_too_long_is_given_up_with_a_page() {
    let carom =
        Carom::start(patient(Options::sqlite()).set("CAROM_ADMIN__REQUEST_TIMEOUT_MS", 200));
    let head = "POST /sign-in HTTP/1.1\r\nhost: x\r\naccept: text/html\r\n\
                sec-fetch-site: same-origin\r\n\
                content-type: application/x-www-form-urlencoded\r\ncontent-length: 100\r\n\r\n";
    let mut connection = Connection::open(carom.admin());
    connection.send_raw(head.as_bytes());

    let response = connection.read_response();
    is_a_page(&response, 503, "look whether a write was made");
    assert_eq!(response.header("retry-after"), Some("1"));
}
