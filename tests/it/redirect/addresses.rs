//! Which paths are which code, and which are none.

use serde_json::json;

use crate::support::carom::{Carom, Options};
use crate::support::http::{Connection, get, request};
use crate::support::postgres::fresh_database;

#[test]
fn a_code_is_found_however_its_letters_are_encoded() {
    let carom = Carom::start(Options::sqlite());
    let target = "https://example.com/";
    carom.create_link(&json!({ "url": target, "code": "caf\u{e9}-1" }));
    carom.create_link(&json!({ "url": target, "code": "日本~x" }));

    for path in [
        // Composed and decomposed, percent-encoded in capitals, in small letters and in part.
        "/caf%C3%A9-1",
        "/caf%c3%a9-1",
        "/cafe%CC%81-1",
        "/%63%61%66%C3%A9%2D1",
        "/%E6%97%A5%E6%9C%AC~x",
        "/%E6%97%A5%E6%9C%AC%7Ex",
    ] {
        let response = get(carom.edge(), path);
        assert_eq!((response.status, response.header("location")), (302, Some(target)), "{path}");
    }
}

#[test]
fn a_query_changes_nothing() {
    let carom = Carom::start(Options::sqlite());
    let link = carom.link_to("https://example.com/page?kept=1");

    for query in ["?", "?a=b", "?url=https://evil.example/", "?kept=2&x", "?%ff", "?/other"] {
        let response = get(carom.edge(), &format!("/{}{query}", link.code));
        assert_eq!(response.status, 302, "{query}");
        assert_eq!(response.header("location"), Some("https://example.com/page?kept=1"));
    }
}

fn what_can_be_no_code_is_not_found(carom: &Carom) {
    let evil = carom.create_link(&json!({ "url": "https://example.com/", "code": "evil" }));

    for path in [
        "/",
        "//",
        "//evil",
        "/evil/",
        "/a/b",
        "/evil/b",
        "/%2Fevil",
        "/evil%2F",
        "/%ff",
        "/%C0%AF",
        "/%",
        "/%zz",
        "/..",
        "/../evil",
        "/./evil",
        "/%2e%2e",
        "/evil%20",
        "//evil.example",
        "///evil.example",
        "//evil.example/evil",
        "/%2F%2Fevil.example",
        "/\\evil.example",
        "/%5Cevil.example",
        "/%5C%5Cevil.example",
        "/%09/evil.example",
        "/https://evil.example",
        "/https:%2F%2Fevil.example",
        "/javascript:alert(1)",
        "/evil.example",
        "/..;/evil",
        "/evil/..;/",
        "/evil;jsessionid=1",
        "/.%2e/evil",
        "/%252e%252e/evil",
        "/%65vil/",
        "/evil%2F..",
        "/evil%3F",
        "/evil%23",
        // Overlong forms, a surrogate, more than Unicode has, and what is cut off.
        "/%E0%80%AF",
        "/%F0%80%80%AF",
        "/%C1%A5vil",
        "/%ED%A0%80",
        "/%F4%90%80%80",
        "/%C3",
        "/evil%E6%97",
        // Compatibility forms and look-alikes are other letters.
        "/%EF%BD%85vil",
        "/%D0%B5vil",
        "/e%E2%80%8Bvil",
        "/%EF%BB%BFevil",
        "/evil%E2%80%AE",
        "/Evil",
        "/eviL",
        "/EVIL",
        "/;evil",
        "/evil;x",
        "/@evil",
        "/\\evil",
        "/*",
        "/%EF%BF%BF",
        "/%01",
        "/%7F",
        "/%C2%85",
        // Postgres has no texts with a zero byte, and refuses to look for one.
        "/%00",
        "/evil%00",
        "/%00evil",
        "/ev%00il",
        "/%00%00",
        "/%00a",
        "/%00b",
        "/%00c",
    ] {
        let response = get(carom.edge(), path);
        assert_eq!((response.status, response.header("location")), (404, None), "{path}");
    }
    // A visitor must not be able to make the store look sick: the next link is cold.
    assert_eq!(get(carom.edge(), &format!("/{}", evil.code)).status, 302);
    assert_eq!(get(carom.admin(), "/readyz").json()["store"]["state"], "up");
}

#[test]
fn what_can_be_no_code_is_not_found_on_sqlite() {
    what_can_be_no_code_is_not_found(&Carom::start(Options::sqlite()));
}

#[test]
fn what_can_be_no_code_is_not_found_on_postgres() {
    let database = fresh_database();
    what_can_be_no_code_is_not_found(&Carom::start(Options::postgres(&database.url)));
}

#[test]
fn a_form_of_the_target_other_than_a_path_is_understood() {
    let carom = Carom::start(Options::sqlite());
    let link = carom.link_to("https://example.com/");
    let ask = |line: &str, host: &str| {
        let mut connection = Connection::open(carom.edge());
        connection.send_raw(format!("{line} HTTP/1.1\r\nHost: {host}\r\n\r\n").as_bytes());
        connection.read_response().status
    };

    // RFC 9112 §3.2.2: what proxies send, and its authority wins over `Host`.
    assert_eq!(ask(&format!("GET http://any.example/{}", link.code), "other.example"), 302);
    assert_eq!(ask("GET http://any.example/unknown", "other.example"), 404);
    assert_eq!(ask("GET http://any.example", "other.example"), 404);
    assert_eq!(ask("OPTIONS *", "any.example"), 405);
    assert_eq!(ask("CONNECT any.example:443", "any.example"), 405);
}

#[test]
fn the_default_domain_answers_by_address_and_under_its_names_and_nowhere_else() {
    let options = Options::sqlite().set("CAROM_LINKS__PUBLIC_URL", "https://s.example");
    let carom =
        Carom::start(options.set("CAROM_DOMAINS__DEFAULT_HOSTS", "any.example, münchen.example"));
    let link = carom.link_to("https://example.com/");
    let path = format!("/{}", link.code);
    let asked = |host| request(carom.edge(), "GET", &path, &[("host", host)], b"");

    for host in [
        "any.example",
        "ANY.example:8080",
        "any.example.",
        "xn--mnchen-3ya.example",
        "s.example",
        "127.0.0.1",
        "203.0.113.7:80",
        "[::1]:80",
        "localhost:1",
        "",
    ] {
        assert_eq!(asked(host).status, 302, "{host}");
    }
    let resolved = ["hit", "absent", "load"]
        .map(|layer| carom.metric(&format!("lookups_total{{layer=\"{layer}\"}}")));
    for host in ["other.example", "x.any.example", "1.2.3", "[::1", "u@any.example", "a b"] {
        let response = asked(host);
        assert_eq!((response.status, response.header("location")), (404, None), "{host}");
        assert_eq!(response.header("cache-control"), Some("no-store"), "{host}");
    }
    let after = ["hit", "absent", "load"]
        .map(|layer| carom.metric(&format!("lookups_total{{layer=\"{layer}\"}}")));
    assert_eq!(after, resolved, "an unknown host looks nothing up");
}
