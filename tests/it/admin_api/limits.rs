//! What takes too long, asks for too much, is too large or has no store behind it.

use std::time::{Duration, Instant};

use super::fixture::{DRAFT, JSON, ask, patient, problem};
use crate::people::fixture::member;
use crate::support::carom::{Carom, Options};
use crate::support::http::{Connection, get};
use crate::support::postgres::{Cluster, fresh_database};
use crate::support::sql::run_on_store_of;
use crate::support::wait::{SOON, eventually};

#[test]
fn a_body_that_is_too_large_is_refused() {
    let limit: usize = 16 * 1024;
    let carom = Carom::start(Options::sqlite().set("CAROM_ADMIN__BODY_BYTES_MAX", limit));
    let padding = limit - DRAFT.len();
    let fits = format!("{DRAFT}{}", " ".repeat(padding));
    assert_eq!(ask(&carom, "POST", "/shorten", &[JSON], &fits).status, 201);
    let response = ask(&carom, "POST", "/shorten", &[JSON], &format!("{fits} "));
    problem(&response, 413, "body-too-large");
}

#[test]
fn a_request_that_takes_too_long_is_given_up() {
    let carom = Carom::start(Options::sqlite().set("CAROM_ADMIN__REQUEST_TIMEOUT_MS", 200));
    let bearer = format!("authorization: Bearer {}", carom.key());
    let head = format!(
        "POST /shorten HTTP/1.1\r\nhost: x\r\n{bearer}\r\ncontent-type: application/json\r\n\
         content-length: 100\r\n\r\n"
    );
    let mut connection = Connection::open(carom.admin());
    connection.send_raw(head.as_bytes());
    let response = connection.read_response();
    problem(&response, 503, "timed-out");
    assert_eq!(response.header("retry-after"), Some("1"));
}

#[test]
fn a_connection_without_a_request_is_closed() {
    let carom = Carom::start(Options::sqlite());
    let mut silent = Connection::open(carom.admin());
    let mut halting = Connection::open(carom.admin());
    halting.send_raw(b"GET /healthz HTTP/1.1\r\nhost: x\r\n");
    for connection in [&mut silent, &mut halting] {
        connection.read_to_close(Duration::from_secs(20));
    }
}

#[test]
fn idle_connections_do_not_hold_up_the_end() {
    let mut carom = Carom::start(Options::sqlite());
    let silent = Connection::open(carom.admin());
    let mut idle = Connection::open(carom.admin());
    idle.send("GET", "/healthz", &[], b"");
    idle.read_response();
    let began = Instant::now();
    assert!(carom.terminate().success());
    assert!(began.elapsed() < Duration::from_secs(5), "it took {:?}", began.elapsed());
    drop((silent, idle));
}

#[test]
fn without_a_store_the_api_says_so_and_the_node_stays_ready() {
    let mut cluster = Cluster::start();
    let carom = Carom::start(Options::postgres(&cluster.url()));
    assert_eq!(ask(&carom, "POST", "/shorten", &[JSON], DRAFT).status, 201);

    cluster.stop();
    for (method, path, body) in [("GET", "/api/v1/links", ""), ("POST", "/shorten", DRAFT)] {
        let response = ask(&carom, method, path, &[JSON], body);
        let body = problem(&response, 503, "store-unavailable");
        assert_eq!(response.header("retry-after"), Some("1"));
        assert!(!body.to_string().contains("refused"), "a cause reached a client: {body}");
    }
    let ready = get(carom.admin(), "/readyz");
    let body = ready.json();
    assert_eq!((ready.status, &body["ready"]), (200, &true.into()), "{body}");
    assert_eq!(body["store"]["state"], "down", "{body}");
    assert!(body["store"]["since"].is_string() && body["store"]["why"].is_string(), "{body}");

    cluster.start_again();
    eventually(SOON, "links are made again", || {
        ask(&carom, "POST", "/shorten", &[JSON], DRAFT).status == 201
    });
    eventually(SOON, "the store is up again", || {
        get(carom.admin(), "/readyz").json()["store"]["state"] == "up"
    });
}

/// Makes each look at the audit log take longer than anybody waits.
const ENDLESS: &str = "ALTER TABLE audit RENAME TO audit_there;
     CREATE VIEW audit AS SELECT * FROM audit_there
     WHERE at < (WITH RECURSIVE n (i) AS (
         SELECT CAST(1 AS BIGINT) UNION ALL SELECT i + 1 FROM n WHERE i < 1000000000)
     SELECT MAX(i) FROM n)";

fn a_question_that_takes_too_long_says_so(options: Options) {
    let carom = Carom::start(patient(options).set("CAROM_STORE__STATEMENT_TIMEOUT_MS", 1_000));
    let mut ada = member(&carom, "ada@example.com", "admin");
    run_on_store_of(&carom, ENDLESS);

    let response = ask(&carom, "GET", "/api/v1/audit", &[], "");
    let body = problem(&response, 503, "too-much-asked");
    let detail = body["detail"].as_str().expect("words");
    assert!(detail.contains("1000 ms") && detail.contains("a shorter period"), "{detail}");
    assert_eq!(response.header("retry-after"), None, "it would take as long in a second");

    let page = ada.ask("GET", "/audit", None);
    assert_eq!(page.status, 503);
    assert!(page.text().contains(detail.split('`').next().expect("words")), "{}", page.text());
    assert_eq!(get(carom.admin(), "/readyz").json()["store"]["state"], "up");
}

#[test]
fn a_question_that_takes_too_long_says_so_on_sqlite() {
    a_question_that_takes_too_long_says_so(Options::sqlite());
}

#[test]
fn a_question_that_takes_too_long_says_so_on_postgres() {
    let database = fresh_database();
    a_question_that_takes_too_long_says_so(Options::postgres(&database.url));
}
