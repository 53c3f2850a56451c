//! Passwords, cookies, sessions and their ends.

use serde_json::json;

use super::fixture::{Browser, PASSWORD, account, member, problem, signed_in};
use crate::support::carom::{Carom, Options};
use crate::support::sql::run_on_store_of;

on_both! {
    a_cookie_stands_for_whoever_signed_in,
    a_session_begins_with_a_new_id_and_ends_the_one_before,
    an_unknown_address_and_a_wrong_password_are_told_the_same,
    whoever_is_disabled_has_no_session_and_gets_none,
    a_session_ends_when_it_is_not_used_and_when_it_is_old,
    signing_out_ends_the_session_and_takes_the_cookie,
    a_key_is_no_person,
}

fn a_cookie_stands_for_whoever_signed_in(carom: &Carom) {
    account(carom, "ada@example.com", None);
    let mut ada = Browser::new(carom);
    assert!(!ada.is_signed_in());
    let response = ada.sign_in(" Ada@Example.com ", PASSWORD);
    assert_eq!(response.status, 201, "{}", response.text());
    let cookie = response.header("set-cookie").expect("a cookie");
    let (pair, attributes) = cookie.split_once("; ").expect("attributes");
    assert_eq!(pair.split_once('=').map(|(name, value)| (name, value.len())), Some(("carom", 43)));
    assert_eq!(attributes, "HttpOnly; SameSite=Lax; Path=/; Max-Age=2592000");
    assert_eq!(response.json()["user"]["email"], "ada@example.com");
    assert!(!response.text().contains(pair.trim_start_matches("carom=")), "nowhere else");
    assert!(ada.is_signed_in());
    for cookie in ["carom=", "carom=x", &format!("carom={}", "2".repeat(43))] {
        let mut other = Browser { carom, cookie: Some(cookie.to_owned()) };
        problem(&other.ask("GET", "/api/v1/me", None), 401, "unauthorized");
    }
}

#[test]
fn behind_tls_the_cookie_is_the_host_s_alone() {
    let options = Options::sqlite().set("CAROM_ADMIN__PUBLIC_URL", "https://admin.example");
    let carom = Carom::start(options);
    account(&carom, "ada@example.com", None);
    let mut ada = Browser::new(&carom);
    let response = ada.sign_in("ada@example.com", PASSWORD);
    let cookie = response.header("set-cookie").expect("a cookie");
    let attributes = "; HttpOnly; SameSite=Lax; Secure; Path=/; Max-Age=2592000";
    assert!(cookie.starts_with("__Host-carom=") && cookie.ends_with(attributes), "{cookie}");
    assert!(ada.is_signed_in());
    let plain = ada.cookie.expect("a cookie").replace("__Host-", "");
    assert!(!Browser { carom: &carom, cookie: Some(plain) }.is_signed_in(), "another name");
}

fn a_session_begins_with_a_new_id_and_ends_the_one_before(carom: &Carom) {
    let mut ada = member(carom, "ada@example.com", "viewer");
    let before = ada.cookie.clone();
    assert_eq!(ada.sign_in("ada@example.com", PASSWORD).status, 201);
    assert_ne!(ada.cookie, before);
    assert!(ada.is_signed_in());
    assert!(!Browser { carom, cookie: before }.is_signed_in());
}

fn an_unknown_address_and_a_wrong_password_are_told_the_same(carom: &Carom) {
    account(carom, "ada@example.com", None);
    let mut browser = Browser::new(carom);
    let wrong = browser.sign_in("ada@example.com", "wrong horse battery");
    let unknown = browser.sign_in("nobody@example.com", PASSWORD);
    problem(&wrong, 401, "wrong-credentials");
    assert_eq!(wrong.body, unknown.body);
    let names = |response: &crate::support::http::Response| {
        response.headers.iter().map(|(name, _)| name.clone()).collect::<Vec<_>>()
    };
    assert_eq!(names(&wrong), names(&unknown));
    assert_eq!(browser.cookie, None);
}

fn whoever_is_disabled_has_no_session_and_gets_none(carom: &Carom) {
    let mut ada = member(carom, "ada@example.com", "owner");
    // As an older row that a session outlived.
    run_on_store_of(carom, "UPDATE users SET state = 'disabled'");
    assert!(!ada.is_signed_in());
    let mut browser = Browser::new(carom);
    problem(&browser.sign_in("ada@example.com", PASSWORD), 403, "account-disabled");
    let wrong = browser.sign_in("ada@example.com", "wrong horse battery");
    problem(&wrong, 401, "wrong-credentials");
}

fn a_session_ends_when_it_is_not_used_and_when_it_is_old(carom: &Carom) {
    let days = |n: i64| n * 24 * 3600 * 1000;
    for (edit, lives) in [
        (format!("seen_at = seen_at - {}", days(6)), true),
        (format!("seen_at = seen_at - {}", days(7) + 60_000), false),
        (format!("expires_at = expires_at - {}", days(29)), true),
        (format!("expires_at = expires_at - {}", days(30) + 60_000), false),
    ] {
        run_on_store_of(carom, "DELETE FROM users");
        let mut ada = member(carom, "ada@example.com", "viewer");
        run_on_store_of(carom, &format!("UPDATE sessions SET {edit}"));
        assert_eq!(ada.is_signed_in(), lives, "{edit}");
        run_on_store_of(carom, "DELETE FROM memberships; DELETE FROM sessions");
    }
}

fn signing_out_ends_the_session_and_takes_the_cookie(carom: &Carom) {
    let mut ada = member(carom, "ada@example.com", "viewer");
    let mut elsewhere = signed_in(carom, "ada@example.com");
    let before = ada.cookie.clone();
    let out = ada.ask("DELETE", "/api/v1/session", None);
    assert_eq!(out.status, 204, "{}", out.text());
    assert_eq!(out.header("set-cookie"), Some("carom=; HttpOnly; SameSite=Lax; Path=/; Max-Age=0"));
    assert!(!Browser { carom, cookie: before }.is_signed_in(), "in the store too");
    assert!(elsewhere.is_signed_in());
}

fn a_key_is_no_person(carom: &Carom) {
    let mut ada = member(carom, "ada@example.com", "owner");
    problem(&carom.call("GET", "/api/v1/me", None), 403, "not-for-keys");
    // Whoever sends both is who the key says.
    let bearer = format!("Bearer {}", carom.key());
    let both = [("authorization", bearer.as_str()), ("sec-fetch-site", "same-origin")];
    problem(&ada.ask_with("GET", "/api/v1/me", &both, None), 403, "not-for-keys");
    let wrong = [("authorization", "Bearer carom_x")];
    problem(&ada.ask_with("GET", "/api/v1/links", &wrong, None), 401, "unauthorized");
    let draft = Some(json!({ "url": "https://example.com/" }));
    assert_eq!(ada.ask("POST", "/api/v1/links", draft).status, 201, "an owner makes links");
}
