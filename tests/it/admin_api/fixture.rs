//! A server of one's own, and requests to its admin listener with any header.

use std::time::Duration;

use carom::store::{Limits, Location, Store};
use serde_json::Value;

use crate::support::carom::{Carom, Options};
use crate::support::http::{Connection, Response};
use crate::support::postgres::fresh_database;

/// A body that makes a link.
pub(crate) const DRAFT: &str = r#"{"url":"https://example.com/a"}"#;

pub(crate) const JSON: (&str, &str) = ("content-type", "application/json");

/// Proves a promise on a SQLite file.
pub(crate) fn on_sqlite(promise: impl FnOnce(&Carom)) {
    promise(&Carom::start(patient(Options::sqlite())));
}

/// Proves a promise on a Postgres database.
pub(crate) fn on_postgres(promise: impl FnOnce(&Carom)) {
    let database = fresh_database();
    promise(&Carom::start(patient(Options::postgres(&database.url))));
}

/// With time to wait for a connection, so that only what is proved can fail on a busy machine.
pub(crate) fn patient(options: Options) -> Options {
    options.set("CAROM_STORE__ADMIN_WAIT_MS", 10_000)
}

/// Sends a request with the first key and these headers.
#[track_caller]
pub(crate) fn ask(
    carom: &Carom,
    method: &str,
    path: &str,
    headers: &[(&str, &str)],
    body: &str,
) -> Response {
    begin(carom, method, path, headers, body).read_response()
}

/// Sends a request and leaves its answer to be read, or not.
#[track_caller]
pub(crate) fn begin(
    carom: &Carom,
    method: &str,
    path: &str,
    headers: &[(&str, &str)],
    body: &str,
) -> Connection {
    let bearer = format!("Bearer {}", carom.key());
    let headers = [&[("authorization", bearer.as_str())], headers].concat();
    let mut connection = Connection::open(carom.admin());
    connection.send(method, path, &headers, body.as_bytes());
    connection
}

/// The body of an answer that must be a problem of this sort.
#[track_caller]
pub(crate) fn problem(response: &Response, status: u16, slug: &str) -> Value {
    assert_eq!(response.status, status, "{}", response.text());
    assert_eq!(response.header("content-type"), Some("application/problem+json"));
    let body = response.json();
    assert_eq!(body["type"], format!("/problems/{slug}"), "{body}");
    assert_eq!(body["status"], status, "{body}");
    for member in ["title", "detail"] {
        assert!(body[member].as_str().is_some_and(|text| !text.is_empty()), "{body}");
    }
    body
}

/// The status of the answer to a `GET` of this code, and where it leads.
#[track_caller]
pub(crate) fn follow(carom: &Carom, code: &str) -> (u16, Option<String>) {
    let response = crate::support::http::get(carom.edge(), &format!("/{code}"));
    (response.status, response.header("location").map(str::to_owned))
}

/// The same, for a link that redirects.
pub(crate) fn found(url: &str) -> (u16, Option<String>) {
    (302, Some(url.to_owned()))
}

/// Works on the server's store behind its back.
pub(crate) fn in_store<T>(carom: &Carom, work: impl AsyncFnOnce(&Store) -> T) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.expect("a runtime").block_on(async {
        let location = Location::parse(carom.store()).expect("a location");
        let limits = Limits {
            redirect_connections: 1,
            admin_connections: 1,
            redirect_wait: Duration::from_secs(10),
            admin_wait: Duration::from_secs(10),
            statement_timeout: Duration::from_secs(10),
        };
        let store = Store::open(&location, carom.data_dir(), limits).expect("the store opens");
        let outcome = work(&store).await;
        store.close().await;
        outcome
    })
}
