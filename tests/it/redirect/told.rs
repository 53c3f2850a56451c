//! What few links are told: a beginning, a place to go at the end, a time to be remembered for, query
//! forwarding, and the preview of any link.

use carom::model::time::Millis;
use serde_json::{Value, json};

use crate::support::admin::Link;
use crate::support::carom::{Carom, Options};
use crate::support::http::{Connection, Response, get, request};
use crate::support::wait::{SOON, eventually};

const TARGET: &str = "https://example.com/page?own=1#part";
const FALLBACK: &str = "https://example.com/over";

fn carom() -> Carom {
    Carom::start(Options::sqlite().patient())
}

fn told(carom: &Carom, terms: Value) -> Link {
    let mut draft = json!({ "url": TARGET });
    let Value::Object(terms) = terms else { panic!("an object") };
    draft.as_object_mut().expect("an object").extend(terms);
    carom.create_link(&draft)
}

fn ask(carom: &Carom, link: &Link) -> Response {
    get(carom.edge(), &format!("/{}", link.code))
}

fn goes_to(response: &Response) -> (u16, Option<&str>, Option<&str>) {
    (response.status, response.header("location"), response.header("cache-control"))
}

#[test]
fn a_link_that_has_not_begun_is_not_found_until_it_begins() {
    let carom = carom();
    let later = told(&carom, json!({ "not_before": "2100-01-01T00:00:00Z" }));
    let soon = Millis::from_epoch(Millis::now().get() + 1_500).to_string();
    let soon = told(&carom, json!({ "not_before": soon }));
    assert_eq!(ask(&carom, &soon).status, 404);
    for method in ["GET", "HEAD"] {
        let path = format!("/{}", later.code);
        assert_eq!(request(carom.edge(), method, &path, &[], b"").status, 404);
    }
    assert_eq!(get(carom.edge(), &format!("/{}+", later.code)).status, 404, "nor previewed");
    eventually(SOON, "it begins", || ask(&carom, &soon).status == 302);
    carom.change_link(&later, &json!({ "not_before": null }));
    assert_eq!(ask(&carom, &later).status, 302);
    assert_eq!(carom.clicks(&later).total, 1);
}

#[test]
fn a_link_that_has_ended_goes_where_it_was_told_and_counts() {
    let carom = carom();
    let over = (302, Some(FALLBACK), Some("private, no-store"));
    let ends = |terms: Value| {
        let link = told(&carom, json!({ "fallback_url": FALLBACK, "status": 301 }));
        carom.change_link(&link, &terms)
    };
    let soon = Millis::from_epoch(Millis::now().get() + 300).to_string();
    let expired = ends(json!({ "expires_at": soon }));
    eventually(SOON, "it ends", || goes_to(&ask(&carom, &expired)) == over);
    let disabled = ends(json!({ "state": "disabled" }));
    assert_eq!(goes_to(&ask(&carom, &disabled)), over);
    assert_eq!(carom.clicks(&disabled).total, 1, "that is a click of the link");
    let limited = ends(json!({ "max_clicks": 1 }));
    assert_eq!(goes_to(&ask(&carom, &limited)), (301, Some(TARGET), Some("private, no-store")));
    for _ in 0..2 {
        assert_eq!(goes_to(&ask(&carom, &limited)), over);
    }
    assert_eq!(carom.clicks(&limited).total, 3);
    let head = request(carom.edge(), "HEAD", &format!("/{}", disabled.code), &[], b"");
    assert_eq!((head.status, head.header("location")), (302, Some(FALLBACK)));
}

#[test]
fn a_redirect_is_remembered_for_as_long_as_the_link_says() {
    let carom = carom();
    for (terms, cache_control) in [
        (json!({ "cache_seconds": 3600 }), "private, max-age=3600"),
        (json!({ "cache_seconds": 0, "status": 308 }), "private, max-age=0"),
        (json!({ "cache_seconds": 60, "max_clicks": 9, "status": 301 }), "private, no-store"),
        (json!({ "note": "plain", "status": 301 }), "private, max-age=90"),
        (json!({ "forwards_query": true }), "private, no-store"),
        (json!({ "forwards_query": true, "status": 301 }), "private, max-age=90"),
    ] {
        let link = told(&carom, terms.clone());
        let response = ask(&carom, &link);
        assert_eq!(response.header("cache-control"), Some(cache_control), "{terms}");
        assert_eq!(response.header("location"), Some(TARGET), "{terms}");
    }
}

#[test]
fn a_query_is_forwarded_where_a_link_says_so_and_changes_nothing_else() {
    let carom = carom();
    let (forwards, plain) =
        (told(&carom, json!({ "forwards_query": true })), carom.link_to("https://example.com/"));
    for (query, location) in [
        ("?a=1&utm_source=x", "https://example.com/page?own=1&a=1&utm_source=x#part"),
        ("?https://evil.example/", "https://example.com/page?own=1&https://evil.example/#part"),
        ("?@evil.example", "https://example.com/page?own=1&@evil.example#part"),
        ("?a=%0d%0aset-cookie:x", "https://example.com/page?own=1&a=%0d%0aset-cookie:x#part"),
        ("?own=2", "https://example.com/page?own=1&own=2#part"),
        ("?", TARGET),
        ("", TARGET),
    ] {
        // Twice: loaded, and from memory.
        for _ in 0..2 {
            let mut connection = Connection::open(carom.edge());
            connection.send("GET", &format!("/{}{query}", forwards.code), &[], b"");
            let response = connection.read_response();
            assert_eq!((response.status, response.header("location")), (302, Some(location)));
            assert_eq!(response.headers_named("set-cookie"), [""; 0]);
        }
    }
    let long = format!("/{}?{}", forwards.code, "x".repeat(8_180));
    assert_eq!(get(carom.edge(), &long).header("location"), Some(TARGET), "too long together");
    let other = get(carom.edge(), &format!("/{}?a=1", plain.code));
    assert_eq!(other.header("location"), Some("https://example.com/"));
    // Raw bytes that are no part of a URL never reach a header.
    for query in ["?a\r\nset-cookie: x=1", "?a\tb", "?a\u{0}b", "?a=<b>", "?\"a\"", "?ä"] {
        let mut connection = Connection::open(carom.edge());
        let raw = format!("GET /{}{query} HTTP/1.1\r\nhost: x\r\n\r\n", forwards.code);
        connection.send_raw(raw.as_bytes());
        let response = connection.read_response();
        assert_eq!(response.headers_named("set-cookie"), [""; 0], "{query:?}");
        let is_left_out = response.status >= 400 || response.header("location") == Some(TARGET);
        assert!(is_left_out, "{query:?}: {response:?}");
    }
}

#[test]
fn a_preview_shows_where_a_link_goes_and_counts_nothing() {
    let carom = carom();
    let link = carom.create_link(&json!({
        "url": "https://example.com/?a=1&b='x'", "title": "</dd><script>alert(\"1\")</script>",
    }));
    let path = format!("/{}+", link.code);
    for path in [path.clone(), format!("/{}%2B", link.code), path.clone()] {
        let response = get(carom.edge(), &path);
        assert_eq!((response.status, response.header("location")), (200, None));
        assert_eq!(response.header("cache-control"), Some("no-store"));
        let policy = response.header("content-security-policy").expect("a policy");
        assert!(policy.starts_with("default-src 'none'") && !policy.contains("script"), "{policy}");
        let page = response.text();
        assert!(!page.contains("<script"), "{page}");
        assert!(page.contains("&lt;/dd&gt;&lt;script&gt;alert(&quot;1&quot;)"), "{page}");
        assert!(page.contains("href=\"https://example.com/?a=1&amp;b=%27x%27\""), "{page}");
        assert!(page.contains(&Millis::now().to_string()[..10]), "{page}");
    }
    assert_eq!(request(carom.edge(), "HEAD", &path, &[], b"").status, 200);
    assert_eq!(carom.clicks(&link).total, 0);
    carom.change_link(&link, &json!({ "state": "disabled", "fallback_url": FALLBACK }));
    assert_eq!(get(carom.edge(), &path).status, 410);
    for path in ["/nothing+", "/+", "/++"] {
        assert_eq!(get(carom.edge(), path).status, 404, "{path}");
    }
    let refused = carom.call("POST", "/shorten", Some(&json!({ "url": TARGET, "code": "a+" })));
    assert_eq!(refused.status, 422);
}
