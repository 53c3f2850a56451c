//! What HTTP allows, what it forbids, and that requests and answers never get out of step.

use std::time::Duration;

use crate::support::carom::{Carom, Options};
use crate::support::http::{Connection, get, request};

const CLOSING: Duration = Duration::from_secs(5);

#[test]
fn only_get_and_head_follow_a_link() {
    let carom = Carom::start(Options::sqlite());
    let link = carom.link_to("https://example.com/");
    let path = format!("/{}", link.code);

    for method in ["POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "PROPFIND", "get"] {
        for path in [path.as_str(), "/unknown", "/"] {
            let response = request(carom.edge(), method, path, &[], b"");
            assert_eq!(response.status, 405, "{method} {path}");
            assert_eq!(response.header("allow"), Some("GET, HEAD"), "{method} {path}");
        }
    }
    assert_eq!(carom.clicks(&link).total, 0);
}

#[test]
fn a_body_is_never_taken_for_the_next_request() {
    let carom = Carom::start(Options::sqlite());
    let link = carom.link_to("https://example.com/");
    let smuggled = format!("GET /{} HTTP/1.1\r\nHost: x\r\n\r\n", link.code);
    let mut connection = Connection::open(carom.edge());

    connection.send("POST", "/unknown", &[], smuggled.as_bytes());

    let response = connection.read_response();
    assert_eq!(response.status, 405);
    assert!(response.closes());
    assert_eq!(connection.read_to_close(CLOSING), b"");
    assert_eq!(carom.clicks(&link).total, 0);
}

#[test]
fn a_request_whose_framing_is_in_doubt_is_refused_and_closed() {
    let carom = Carom::start(Options::sqlite());
    let link = carom.link_to("https://example.com/");
    let code = &link.code;

    for head in [
        format!("GET /{code} HTTP/1.1\r\n"),
        format!("GET /{code} HTTP/1.1\r\nHost: a\r\nHost: b\r\n"),
        format!("GET /{code} HTTP/1.1\r\nHost: a\r\nHost: a\r\n"),
        format!("GET /{code} HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n"),
        format!("HEAD /{code} HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n"),
        format!("GET /{code} HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n"),
        format!("GET /{code} HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: identity\r\n"),
        format!(
            "GET /{code} HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n"
        ),
        format!("GET /{code} HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nContent-Length: 6\r\n"),
        format!("GET /{code} HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n"),
        format!("GET /{code} HTTP/1.1\r\nHost: a\r\nContent-Length : 5\r\n"),
        format!("GET /{code} HTTP/1.1\r\nHost: a\r\n folded: line\r\n"),
        format!("GET  /{code} HTTP/1.1\r\nHost: a\r\n"),
        format!("GET /{code} HTTP/9.9\r\nHost: a\r\n"),
        "no request at all\r\n".to_owned(),
        "PRI * HTTP/2.0\r\n".to_owned(),
    ] {
        let mut connection = Connection::open(carom.edge());
        // Whoever took the body for a request would answer a second time.
        connection
            .send_raw(format!("{head}\r\nGET /{code} HTTP/1.1\r\nHost: a\r\n\r\n").as_bytes());
        let answers = String::from_utf8(connection.read_to_close(CLOSING)).expect("text");

        assert!(answers.starts_with("HTTP/1.1 400 "), "{head:?}: {answers}");
        assert_eq!(answers.matches("HTTP/1.1 ").count(), 1, "{head:?}: {answers}");
    }
    assert_eq!(carom.clicks(&link).total, 0);
}

#[test]
fn old_clients_and_empty_bodies_are_welcome() {
    let carom = Carom::start(Options::sqlite());
    let link = carom.link_to("https://example.com/");
    let path = format!("/{}", link.code);

    let empty = request(carom.edge(), "GET", &path, &[("content-length", "0")], b"");
    assert_eq!(empty.status, 302);

    // HTTP/1.0 knew no `Host`, and closes unless it is asked not to.
    let mut connection = Connection::open(carom.edge());
    connection.send_raw(format!("GET {path} HTTP/1.0\r\n\r\n").as_bytes());
    let answer = String::from_utf8(connection.read_to_close(CLOSING)).expect("text");
    assert!(answer.contains(" 302 "), "{answer}");
}

#[test]
fn what_is_too_long_is_refused() {
    let carom = Carom::start(Options::sqlite());
    let path = |length: usize| format!("/{}", "x".repeat(length - 1));

    assert_eq!(get(carom.edge(), &path(8_192)).status, 404);
    let too_long = get(carom.edge(), &path(8_193));
    assert_eq!(too_long.status, 414);
    assert!(too_long.closes());
    assert_eq!(get(carom.edge(), &format!("/x?{}", "y".repeat(8_192))).status, 414);

    let header = |length| [("x-padding", "p".repeat(length))];
    let ask = |[(name, value)]: [(&str, String); 1]| {
        request(carom.edge(), "GET", "/x", &[(name, &value)], b"").status
    };
    assert_eq!(ask(header(15 * 1024)), 404);
    assert_eq!(ask(header(17 * 1024)), 431);
    let many: Vec<_> = (0..150).map(|_| ("x-many", "y")).collect();
    assert_eq!(request(carom.edge(), "GET", "/x", &many, b"").status, 431);
}

#[test]
fn what_has_no_end_is_refused_before_it_ends() {
    let carom = Carom::start(Options::sqlite());
    for (beginning, more, refusals) in [
        // A line that fills the whole buffer is not read as far as where its target ends.
        ("GET /", "x", &["414", "431"][..]),
        ("GET /x?", "y", &["414", "431"]),
        ("GET /x HTTP/1.1\r\nHost: a\r\nX: ", "y", &["431"]),
        ("GET /x HTTP/1.1\r\nHost: a\r\n", "X: y\r\n", &["431"]),
        ("", "\r\n", &["431", "400", ""]),
        ("", "x", &["431", "400"]),
        ("GET /x HTTP/1.1\r\nHost: a\r\nContent-Length: 9000000\r\n\r\n", "y", &["400"]),
        (
            "GET /x HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n",
            "1\r\ny\r\n",
            &["400"],
        ),
        ("POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: 9000000\r\n\r\n", "y", &["405"]),
    ] {
        let mut connection = Connection::open(carom.edge());
        connection.send_raw(beginning.as_bytes());
        let mut sent = 0;
        // Sixteen times what a head may have; whoever reads on would take it all.
        while sent < 256 * 1024 && connection.try_send_raw(more.repeat(512).as_bytes()).is_ok() {
            sent += more.len() * 512;
        }
        let said = connection.read_to_close(CLOSING);
        // What was sent after the refusal may have reset the connection, and the refusal with it.
        let said = String::from_utf8_lossy(&said).into_owned();
        let status = said.get(9..12).unwrap_or_default();
        assert!(said.is_empty() || refusals.contains(&status), "{beginning:?}: {said}");
        assert!(said.matches("HTTP/1.1 ").count() <= 1, "{beginning:?}: {said}");
    }
}

#[test]
fn a_head_that_is_too_long_is_answered_and_the_connection_closed() {
    let carom = Carom::start(Options::sqlite());
    let (line, field) = ("x".repeat(20_000), "y".repeat(20_000));
    for (request, refusals) in [
        (format!("GET /{} HTTP/1.1\r\nHost: a\r\n\r\n", &line[..9_000]), &["414"][..]),
        (format!("GET /x?{} HTTP/1.1\r\nHost: a\r\n\r\n", &line[..9_000]), &["414"]),
        (format!("GET /{line}"), &["414", "431"]),
        (format!("GET /x HTTP/1.1\r\nHost: a\r\nX: {field}"), &["431"]),
    ] {
        let mut connection = Connection::open(carom.edge());
        connection.send_raw(&request.as_bytes()[..request.len().min(16 * 1024)]);
        let said = String::from_utf8(connection.read_to_close(CLOSING)).expect("text");
        let status = said.get(9..12).unwrap_or_default();
        assert!(refusals.contains(&status), "{}: {said}", &request[..20]);
        assert!(said.to_ascii_lowercase().contains("connection: close"), "{said}");
    }
}

#[test]
fn lengths_that_are_zero_in_a_way_of_their_own_are_refused() {
    let carom = Carom::start(Options::sqlite());
    let link = carom.link_to("https://example.com/");
    for length in ["00", "+0", "-0", "0x0", "0, 0", "0,", ",0", "0;", "\u{b}0", "", "\u{660}"] {
        let mut connection = Connection::open(carom.edge());
        let request =
            format!("GET /{} HTTP/1.1\r\nHost: a\r\nContent-Length: {length}\r\n\r\n", link.code);
        connection.send_raw(request.as_bytes());
        let said = String::from_utf8(connection.read_to_close(CLOSING)).expect("text");
        assert!(said.starts_with("HTTP/1.1 400 "), "{length:?}: {said}");
    }
    assert_eq!(carom.clicks(&link).total, 0);
}

#[test]
fn a_connection_answers_a_thousand_requests() {
    let carom = Carom::start(Options::sqlite());
    let link = carom.link_to("https://example.com/");
    let path = format!("/{}", link.code);
    let mut connection = Connection::open(carom.edge());

    for round in 0..1_000 {
        let (method, path, status) = match round % 4 {
            0 => ("HEAD", path.as_str(), 302),
            1 => ("GET", "/unknown", 404),
            _ => ("GET", path.as_str(), 302),
        };
        connection.send(method, path, &[], b"");
        let response = connection.read_response();
        assert_eq!(response.status, status, "round {round}");
        assert!(!response.closes(), "round {round}");
    }

    let clicks = carom.clicks(&link);
    assert_eq!((clicks.people, clicks.bots), (500, 250));
}

#[test]
fn pipelined_requests_are_answered_in_order() {
    let carom = Carom::start(Options::sqlite());
    let links: Vec<_> =
        (0..20).map(|place| carom.link_to(&format!("https://{place}.example/"))).collect();
    // Known and unknown links in turn: a load must not let later answers overtake.
    for link in links.iter().step_by(2) {
        assert_eq!(get(carom.edge(), &format!("/{}", link.code)).status, 302);
    }
    let requests = |code: &str| format!("GET /{code} HTTP/1.1\r\nHost: a\r\n\r\n");
    let all: String = links.iter().map(|link| requests(&link.code)).collect();
    let mut connection = Connection::open(carom.edge());

    connection.send_raw(all.as_bytes());

    for link in &links {
        let response = connection.read_response();
        assert_eq!(response.header("location"), Some(link.url.as_str()));
    }
}

#[test]
fn a_request_may_come_in_pieces() {
    let carom = Carom::start(Options::sqlite());
    let link = carom.link_to("https://example.com/");
    let mut connection = Connection::open(carom.edge());

    for _ in 0..3 {
        for piece in format!("GET /{} HTTP/1.1\r\nHost: a\r\n\r\n", link.code).as_bytes().chunks(7)
        {
            connection.send_raw(piece);
        }
        assert_eq!(connection.read_response().status, 302);
    }
}

#[test]
fn stray_lines_between_requests_leave_none_unanswered() {
    let carom = Carom::start(Options::sqlite());
    let link = carom.link_to("https://example.com/");
    let mut connection = Connection::open(carom.edge());

    // RFC 9112 §2.2: a server should overlook an empty line before a request.
    for _ in 0..3 {
        let request = format!("GET /{} HTTP/1.1\r\nHost: a\r\n\r\n\r\n", link.code);
        connection.send_raw(request.as_bytes());
        assert_eq!(connection.read_response().status, 302);
    }
}
