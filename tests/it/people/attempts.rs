//! Guessing is slowed down, and nobody is locked out by it.

use std::net::{IpAddr, Ipv4Addr};

use serde_json::json;

use super::fixture::{PASSWORD, account, problem};
use crate::support::carom::{Carom, Options};
use crate::support::http::{Connection, Response, request};

on_both! {
    whoever_guesses_waits_and_the_owner_gets_in,
    an_address_without_an_account_is_limited_alike,
}

fn sign_in(carom: &Carom, from: Ipv4Addr, email: &str, password: &str) -> Response {
    let mut connection = Connection::open_from(IpAddr::V4(from), carom.admin());
    let body = json!({ "email": email, "password": password }).to_string();
    let headers = [("content-type", "application/json")];
    connection.send("POST", "/api/v1/session", &headers, body.as_bytes());
    connection.read_response()
}

#[test]
fn behind_a_trusted_proxy_each_client_has_its_own_limits() {
    let options = Options::sqlite().set("CAROM_ADMIN__TRUSTED_PROXIES", "127.0.0.1");
    let carom = Carom::start(options);
    account(&carom, "ada@example.com", None);
    let sign_in = |client: &str, password: &str| {
        let body = json!({ "email": "ada@example.com", "password": password }).to_string();
        let headers = [("content-type", "application/json"), ("x-forwarded-for", client)];
        request(carom.admin(), "POST", "/api/v1/session", &headers, body.as_bytes())
    };
    for n in 0..10 {
        // What stands to the left is the client's own invention.
        let client = format!("203.0.113.{n}, 198.51.100.66");
        assert_eq!(sign_in(&client, "a wrong password").status, 401);
    }
    assert_eq!(sign_in("198.51.100.66", PASSWORD).status, 429);
    let owner = sign_in("198.51.100.67", PASSWORD);
    assert_eq!(owner.status, 201, "{}", owner.text());
    assert_eq!(owner.json()["session"]["network"], "198.51.100.67");
}

const GUESSER: Ipv4Addr = Ipv4Addr::new(127, 0, 0, 66);
const OWNER: Ipv4Addr = Ipv4Addr::new(127, 0, 0, 67);

fn whoever_guesses_waits_and_the_owner_gets_in(carom: &Carom) {
    account(carom, "ada@example.com", None);
    for n in 0..10 {
        let guess = format!("wrong password {n}");
        problem(&sign_in(carom, GUESSER, "ada@example.com", &guess), 401, "wrong-credentials");
    }
    let refused = sign_in(carom, GUESSER, "Ada@Example.com", PASSWORD);
    problem(&refused, 429, "too-many-attempts");
    let wait: u64 = refused.header("retry-after").and_then(|it| it.parse().ok()).expect("seconds");
    assert!((1..=31).contains(&wait), "{wait}");
    assert_eq!(sign_in(carom, OWNER, "ada@example.com", PASSWORD).status, 201);
}

fn an_address_without_an_account_is_limited_alike(carom: &Carom) {
    let statuses: Vec<u16> =
        (0..12).map(|_| sign_in(carom, GUESSER, "nobody@example.com", PASSWORD).status).collect();
    assert_eq!(statuses.iter().filter(|status| **status == 401).count(), 10, "{statuses:?}");
    assert_eq!(statuses.iter().filter(|status| **status == 429).count(), 2, "{statuses:?}");
}
