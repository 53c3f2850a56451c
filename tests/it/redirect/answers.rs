//! What a link in each state answers, and how soon a change shows.

use std::time::Duration;

use carom::model::time::Millis;
use serde_json::json;

use crate::support::carom::{Carom, Options};
use crate::support::http::{Response, get, request};
use crate::support::postgres::fresh_database;
use crate::support::wait::{SOON, eventually};

/// Seconds for which a browser may keep to a permanent redirect: a day, or edits would never show.
const PERMANENT_MAX_S: u64 = 86_400;

#[track_caller]
fn follow(carom: &Carom, code: &str) -> Response {
    get(carom.edge(), &format!("/{code}"))
}

/// A page that a person can read, and a browser does not keep.
#[track_caller]
fn assert_short_page(response: &Response, status: u16) {
    assert_eq!(response.status, status, "{}", response.text());
    assert_eq!(response.header("content-type"), Some("text/html; charset=utf-8"));
    assert_eq!(response.header("cache-control"), Some("no-store"));
    assert_eq!(response.header("location"), None);
    assert!(response.body.len() < 2_048, "{} bytes are not short", response.body.len());
    assert!(response.text().contains("<h1>"), "{}", response.text());
}

#[test]
fn a_link_redirects_to_the_bytes_of_its_target() {
    let carom = Carom::start(Options::sqlite());
    for target in [
        "https://example.com/",
        "https://example.com/a/b?c=d&e=%20f#g",
        "http://127.0.0.1:9000/x",
        "https://xn--mnchen-3ya.example/%C3%BC",
    ] {
        let link = carom.link_to(target);
        assert_eq!(link.short_url, format!("http://{}/{}", carom.edge(), link.code));

        for _ in 0..2 {
            let response = follow(&carom, &link.code);
            assert_eq!(response.status, 302);
            assert_eq!(response.header("location"), Some(target));
            assert_eq!(response.header("cache-control"), Some("private, no-store"));
            assert_eq!(response.header("content-length"), Some("0"));
            assert_eq!(response.header("set-cookie"), None);
        }
    }
}

#[test]
fn a_link_redirects_with_its_own_status_and_permanent_ones_are_kept_for_a_while() {
    let carom = Carom::start(Options::sqlite());
    for status in [301, 302, 307, 308] {
        let body = json!({ "url": "https://example.com/", "status": status });
        let response = follow(&carom, &carom.create_link(&body).code);

        assert_eq!(response.status, status);
        let kept = response.header("cache-control").expect("a lifetime");
        if matches!(status, 301 | 308) {
            let age = kept.split(", ").find_map(|word| word.strip_prefix("max-age="));
            let age: u64 = age.expect(kept).parse().expect(kept);
            assert!((1..=PERMANENT_MAX_S).contains(&age), "{kept}");
        } else {
            assert_eq!(kept, "private, no-store");
        }
    }
}

#[test]
fn head_is_answered_as_get_is_without_a_body() {
    let carom = Carom::start(Options::sqlite());
    let link = carom.link_to("https://example.com/");
    // RFC 9110 §9.3.2: only what making the body would tell may be left out.
    let compared = |response: Response| {
        let left_out = ["date", "content-length"];
        let mut headers = response.headers;
        headers.retain(|(name, _)| !left_out.iter().any(|it| name.eq_ignore_ascii_case(it)));
        (response.status, headers)
    };
    for path in [format!("/{}", link.code), "/unknown".to_owned()] {
        let head = request(carom.edge(), "HEAD", &path, &[], b"");
        assert_eq!(head.body, b"");
        assert_eq!(compared(head), compared(get(carom.edge(), &path)));
    }
}

#[test]
fn unknown_codes_get_a_short_page() {
    let carom = Carom::start(Options::sqlite());
    for _ in 0..2 {
        assert_short_page(&follow(&carom, "unknown"), 404);
    }
}

#[test]
fn an_expired_link_is_gone() {
    let carom = Carom::start(Options::sqlite());
    let soon = Millis::from_epoch(Millis::now().get() + 1_500);
    let body = json!({ "url": "https://example.com/", "expires_at": soon.to_string() });
    let link = carom.create_link(&body);
    let first = follow(&carom, &link.code);
    assert!(first.status == 302 || Millis::now() >= soon);

    let gone = eventually(SOON, "the link expires", || {
        let response = follow(&carom, &link.code);
        (response.status != 302).then_some(response)
    });

    assert!(Millis::now() >= soon, "not before its time");
    assert_short_page(&gone, 410);
    carom.change_link(&link, &json!({ "expires_at": null }));
    assert_eq!(follow(&carom, &link.code).status, 302);
}

fn changes_show_at_once(carom: &Carom) {
    let link = carom.link_to("https://one.example/");
    let leads_to = |url| {
        let response = follow(carom, &link.code);
        assert_eq!((response.status, response.header("location")), (302, Some(url)));
    };
    leads_to("https://one.example/");

    carom.change_link(&link, &json!({ "url": "https://two.example/" }));
    leads_to("https://two.example/");
    carom.change_link(&link, &json!({ "state": "disabled" }));
    assert_short_page(&follow(carom, &link.code), 410);
    carom.change_link(&link, &json!({ "state": "active" }));
    leads_to("https://two.example/");
    carom.change_link(&link, &json!({ "code": "renamed" }));
    assert_short_page(&follow(carom, &link.code), 404);
    assert_eq!(follow(carom, "renamed").header("location"), Some("https://two.example/"));
    carom.delete_link(&link);
    assert_short_page(&follow(carom, "renamed"), 404);
    // Its absence is remembered, and must be forgotten.
    carom.create_link(&json!({ "url": "https://three.example/", "code": "renamed" }));
    assert_eq!(follow(carom, "renamed").header("location"), Some("https://three.example/"));
}

#[test]
fn changes_show_at_once_on_sqlite() {
    changes_show_at_once(&Carom::start(Options::sqlite()));
}

#[test]
fn changes_show_at_once_on_postgres() {
    let database = fresh_database();
    changes_show_at_once(&Carom::start(Options::postgres(&database.url)));
}

#[test]
fn changes_of_the_command_line_show_within_two_seconds() {
    let carom = Carom::start(Options::sqlite());
    let link = carom.link_to("https://one.example/");
    assert_eq!(follow(&carom, &link.code).status, 302);
    assert_eq!(follow(&carom, "later").status, 404);
    let run = |arguments: &[&str]| {
        let output = carom.command(arguments).output().expect("the program runs");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    };

    run(&["link", "edit", &link.code, "--url", "https://two.example/"]);
    run(&["link", "create", "https://three.example/", "--code", "later"]);

    let within = Duration::from_secs(2);
    eventually(within, "the edit shows", || {
        follow(&carom, &link.code).header("location") == Some("https://two.example/")
    });
    eventually(within, "the new link shows", || follow(&carom, "later").status == 302);
}

#[test]
fn changes_of_another_node_show_within_two_seconds() {
    let database = fresh_database();
    let one = Carom::start(Options::postgres(&database.url));
    let other = Carom::start(Options::postgres(&database.url).key(one.key()));
    let link = one.link_to("https://one.example/");
    for node in [&one, &other] {
        assert_eq!(follow(node, &link.code).status, 302);
    }

    one.change_link(&link, &json!({ "state": "disabled" }));
    assert_eq!(follow(&one, &link.code).status, 410);
    let within = Duration::from_secs(2);
    eventually(within, "the ban shows", || follow(&other, &link.code).status == 410);

    other.delete_link(&link);
    assert_eq!(follow(&other, &link.code).status, 404);
    eventually(within, "the end shows", || follow(&one, &link.code).status == 404);
}
