//! Links with a password: a form, the right word, wrong ones, too many of them, and bodies that are no
//! form.

use std::io::ErrorKind;
use std::time::Duration;

use serde_json::json;

use crate::support::admin::Link;
use crate::support::carom::{Carom, Options};
use crate::support::http::{Connection, Response, get, request};

const TARGET: &str = "https://example.com/inside";
const FORM: (&str, &str) = ("content-type", "application/x-www-form-urlencoded");

/// Tries that a network has at once.
const TRIES: usize = 10;

/// A link, a method, headers and a body.
type Case<'c> = (&'c Link, &'c str, &'c [(&'c str, &'c str)], &'c str);

fn carom() -> Carom {
    Carom::start(Options::sqlite().patient())
}

fn protected(carom: &Carom) -> Link {
    carom.create_link(&json!({ "url": TARGET, "password": "open sésame", "status": 301 }))
}

fn post(carom: &Carom, link: &Link, body: &str) -> Response {
    request(carom.edge(), "POST", &format!("/{}", link.code), &[FORM], body.as_bytes())
}

#[test]
fn the_right_password_redirects_and_counts_and_nothing_else_does() {
    let carom = carom();
    let link = protected(&carom);
    let page = get(carom.edge(), &format!("/{}", link.code));
    assert_eq!((page.status, page.header("location")), (200, None));
    assert_eq!(page.header("cache-control"), Some("no-store"));
    assert!(page.text().contains("<form method=\"post\">") && !page.text().contains("inside"));
    assert!(!page.text().contains("<script"));
    assert!(page.header("content-security-policy").is_some_and(|it| it.contains("'none'")));
    let head = request(carom.edge(), "HEAD", &format!("/{}", link.code), &[], b"");
    assert_eq!((head.status, head.header("location")), (200, None));

    for body in ["password=open", "password=", "", "pass=open+s%C3%A9same"] {
        let wrong = post(&carom, &link, body);
        // An empty body has no length, which no form has.
        let status = if body.is_empty() { 405 } else { 403 };
        assert_eq!((wrong.status, wrong.header("location")), (status, None), "{body}");
        assert!(wrong.closes(), "{body}");
    }
    assert_eq!(carom.clicks(&link).total, 0);

    // In both normal forms.
    for body in ["password=open+s%C3%A9same", "password=open%20se%CC%81same"] {
        let right = post(&carom, &link, body);
        assert_eq!((right.status, right.header("location")), (303, Some(TARGET)), "{body}");
        assert_eq!(right.header("cache-control"), Some("private, no-store"));
        assert!(right.closes());
    }
    let clicks = carom.clicks(&link);
    assert_eq!((clicks.total, clicks.people), (2, 2));
    let shown = carom.call("GET", &format!("/api/v1/links/{}", link.id), None);
    assert_eq!(shown.json()["has_password"], true);
    assert!(!shown.text().contains("argon2"), "{}", shown.text());
    let preview = get(carom.edge(), &format!("/{}+", link.code));
    assert!(preview.status == 200 && !preview.text().contains("inside"), "{}", preview.text());
    carom.change_link(&link, &json!({ "password": null }));
    assert_eq!(get(carom.edge(), &format!("/{}", link.code)).status, 301);
}

#[test]
fn a_password_comes_before_a_limit_and_after_an_end() {
    let carom = carom();
    let link = protected(&carom);
    carom.change_link(&link, &json!({ "max_clicks": 1, "forwards_query": true }));
    let path = format!("/{}?a=1", link.code);
    assert_eq!(get(carom.edge(), &path).status, 200);
    let right =
        |path: &str| request(carom.edge(), "POST", path, &[FORM], b"password=open+s%C3%A9same");
    let inside = format!("{TARGET}?a=1");
    assert_eq!(right(&path).header("location"), Some(inside.as_str()));
    assert_eq!(right(&path).status, 410, "its one click is used up");
    assert_eq!(get(carom.edge(), &path).status, 410, "and nobody is asked any more");
    assert_eq!(carom.clicks(&link).total, 1);
}

#[test]
fn too_many_tries_have_to_wait_the_right_one_too() {
    let carom = carom();
    let (link, other) = (protected(&carom), protected(&carom));
    for _ in 0..TRIES {
        assert_eq!(post(&carom, &link, "password=guess").status, 403);
    }
    for (link, body) in [(&link, "password=open+s%C3%A9same"), (&other, "password=guess")] {
        let late = post(&carom, link, body);
        assert_eq!((late.status, late.header("location")), (429, None));
        assert_eq!(late.header("retry-after"), Some("6"));
    }
    assert_eq!(get(carom.edge(), &format!("/{}", link.code)).status, 200, "the form is shown");
    assert_eq!(carom.clicks(&link).total, 0);
}

#[test]
fn what_is_no_form_is_refused_unread_and_the_connection_closed() {
    let carom = carom();
    let (link, plain) = (protected(&carom), carom.link_to("https://example.com/"));
    let right = "password=open+s%C3%A9same";
    let long = format!("{right}&x={}", "x".repeat(1024));
    let text = ("content-type", "text/plain");
    let cases: [Case<'_>; 7] = [
        (&link, "POST", &[text], right),
        (&link, "POST", &[], right),
        (&link, "POST", &[FORM], &long),
        (&link, "POST", &[FORM, ("expect", "100-continue")], right),
        (&link, "PUT", &[FORM], right),
        (&plain, "POST", &[FORM], right),
        (&plain, "POST", &[FORM], "x=1"),
    ];
    for (link, method, headers, body) in cases {
        let path = format!("/{}", link.code);
        let refused = request(carom.edge(), method, &path, headers, body.as_bytes());
        assert_eq!(refused.status, 405, "{method} {headers:?}");
        assert_eq!(refused.header("allow"), Some("GET, HEAD"));
        assert!(refused.closes(), "{method} {headers:?}");
    }
    let unknown = request(carom.edge(), "POST", "/nothing", &[FORM], right.as_bytes());
    assert_eq!(unknown.status, 405);
    let chunked = format!(
        "POST /{} HTTP/1.1\r\nhost: x\r\ncontent-type: {}\r\ntransfer-encoding: chunked\r\n\r\n\
         1d\r\n{right}\r\n0\r\n\r\n",
        link.code, FORM.1
    );
    let mut connection = Connection::open(carom.edge());
    connection.send_raw(chunked.as_bytes());
    assert_eq!(connection.read_response().status, 405);
    assert_eq!(carom.clicks(&link).total, 0);
}

#[test]
fn what_follows_a_form_is_never_read_as_a_request() {
    let carom = carom();
    let (link, hidden) = (protected(&carom), carom.link_to("https://hidden.example/"));
    let body = "password=wrong";
    let raw = format!(
        "POST /{} HTTP/1.1\r\nhost: x\r\ncontent-type: {}\r\ncontent-length: {}\r\n\r\n{body}\
         GET /{} HTTP/1.1\r\nhost: x\r\n\r\n",
        link.code,
        FORM.1,
        body.len(),
        hidden.code
    );
    let mut connection = Connection::open(carom.edge());
    connection.send_raw(raw.as_bytes());
    assert_eq!(connection.read_response().status, 403);
    let rest = connection.read_to_close(Duration::from_secs(10));
    assert!(rest.is_empty(), "{}", String::from_utf8_lossy(&rest));
    assert_eq!(carom.clicks(&hidden).total, 0);
}

#[test]
fn a_body_that_does_not_come_ends_with_the_requests_time() {
    let carom = Carom::start(Options::sqlite().set("CAROM_EDGE__REQUEST_TIMEOUT_MS", 1_500));
    let link = protected(&carom);
    let head = format!(
        "POST /{} HTTP/1.1\r\nhost: x\r\ncontent-type: {}\r\ncontent-length: 100\r\n\r\npass",
        link.code, FORM.1
    );
    let mut connection = Connection::open(carom.edge());
    connection.send_raw(head.as_bytes());
    let answered = connection.try_read_response().map(|response| response.status);
    let ended = answered.expect_err("no answer without a body").kind();
    assert!(matches!(ended, ErrorKind::UnexpectedEof | ErrorKind::ConnectionReset), "{ended:?}");
    assert_eq!(get(carom.edge(), &format!("/{}", link.code)).status, 200, "others are served");
}
