//! Guessing is slowed down, and nobody is locked out by it.

use std::net::{IpAddr, Ipv4Addr};

use serde_json::json;

use super::fixture::{PASSWORD, account, problem};
use crate::support::carom::Carom;
use crate::support::http::{Connection, Response};

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
