//! Codes from a clock, and for a lost telephone.

use carom::accounts::totp::TotpSecret;
use carom::model::time::Millis;
use serde_json::{Value, json};

use super::fixture::{Browser, PASSWORD, member, problem, text};
use crate::support::carom::Carom;
use crate::support::http::Response;
use crate::support::sql::run_on_store_of;

on_both! {
    a_code_is_asked_for_and_works_once,
    a_recovery_code_stands_in_once,
    only_whoever_knows_the_password_adds_or_takes_one,
    codes_are_not_guessed,
}

/// Gives somebody a second factor, and returns it with its recovery codes.
#[track_caller]
fn given(browser: &mut Browser<'_>) -> (TotpSecret, Vec<String>) {
    let proof = Some(json!({ "current_password": PASSWORD }));
    let offered = browser.ask("POST", "/api/v1/me/totp", proof);
    assert_eq!(offered.status, 200, "{}", offered.text());
    let offered = offered.json();
    assert!(text(&offered["url"]).starts_with("otpauth://totp/Carom:"), "{offered}");
    let secret = TotpSecret::from_base32(&text(&offered["secret"])).expect("a secret");
    assert_eq!(browser.get("/api/v1/me")["user"]["has_second_factor"], false, "not in force yet");
    let confirmed = confirm(browser, &code(&secret, 0));
    assert_eq!(confirmed.status, 201, "{}", confirmed.text());
    let codes = confirmed.json()["recovery_codes"].as_array().expect("codes").clone();
    (secret, codes.iter().map(text).collect())
}

fn confirm(browser: &mut Browser<'_>, code: &str) -> Response {
    browser.ask("POST", "/api/v1/me/totp/confirm", Some(json!({ "code": code })))
}

/// The code of now, or of a step later: a clock may be wrong by one.
fn code(secret: &TotpSecret, later: u64) -> String {
    secret.code(Millis::now().epoch_seconds() + 30 * later)
}

fn sign_in(carom: &Carom, code: Option<&str>) -> Response {
    let body = json!({ "email": "ada@example.com", "password": PASSWORD, "code": code });
    Browser::new(carom).ask("POST", "/api/v1/session", Some(body))
}

/// As if no code of late had been used: a test does not wait for the next one.
fn forget_step(carom: &Carom) {
    run_on_store_of(carom, "UPDATE users SET totp_step = 0");
}

fn a_code_is_asked_for_and_works_once(carom: &Carom) {
    let mut ada = member(carom, "ada@example.com", "viewer");
    let (secret, _) = given(&mut ada);
    assert_eq!(ada.get("/api/v1/me")["user"]["has_second_factor"], true);
    assert_eq!(problem(&sign_in(carom, None), 401, "second-factor-required")["field"], "code");
    forget_step(carom);
    let now = code(&secret, 0);
    assert_eq!(sign_in(carom, Some(&now)).status, 201);
    problem(&sign_in(carom, Some(&now)), 401, "wrong-code");
    problem(&sign_in(carom, Some("000000")), 401, "wrong-code");
    // With a wrong password nobody learns that there is a second factor.
    let body = json!({ "email": "ada@example.com", "password": "a wrong password" });
    let wrong = Browser::new(carom).ask("POST", "/api/v1/session", Some(body));
    problem(&wrong, 401, "wrong-credentials");

    problem(
        &ada.ask("POST", "/api/v1/me/totp", Some(json!({ "current_password": PASSWORD }))),
        409,
        "has-second-factor",
    );
    let removed =
        ada.ask("DELETE", "/api/v1/me/totp", Some(json!({ "current_password": PASSWORD })));
    assert_eq!(removed.status, 204, "{}", removed.text());
    assert_eq!(sign_in(carom, None).status, 201, "the password is enough again");
}

fn a_recovery_code_stands_in_once(carom: &Carom) {
    let mut ada = member(carom, "ada@example.com", "viewer");
    let (_, codes) = given(&mut ada);
    assert_eq!(codes.len(), 10);
    assert_eq!(sign_in(carom, Some(&codes[0].to_uppercase())).status, 201);
    problem(&sign_in(carom, Some(&codes[0])), 401, "wrong-code");
    assert_eq!(sign_in(carom, Some(&codes[1])).status, 201, "the others still work");
}

fn only_whoever_knows_the_password_adds_or_takes_one(carom: &Carom) {
    let mut ada = member(carom, "ada@example.com", "viewer");
    problem(&confirm(&mut ada, "000000"), 404, "no-second-factor");
    for (method, proof, status, slug) in [
        ("POST", json!({}), 422, "invalid-body"),
        ("POST", json!({ "current_password": "a wrong password" }), 403, "wrong-password"),
        ("DELETE", json!({ "current_password": "a wrong password" }), 403, "wrong-password"),
        ("DELETE", json!({ "current_password": PASSWORD }), 404, "no-second-factor"),
    ] {
        problem(&ada.ask(method, "/api/v1/me/totp", Some(proof)), status, slug);
    }
    assert_eq!(ada.get("/api/v1/me")["user"]["has_second_factor"], false);
    let (_, codes) = given(&mut ada);
    assert!(codes.iter().all(|code| Value::from(code.clone()).is_string()));
}

fn codes_are_not_guessed(carom: &Carom) {
    let mut ada = member(carom, "ada@example.com", "viewer");
    let (_, codes) = given(&mut ada);
    // The confirmation was the first of five.
    for _ in 0..4 {
        problem(&sign_in(carom, Some("000000")), 401, "wrong-code");
    }
    let refused = sign_in(carom, Some("000000"));
    problem(&refused, 429, "too-many-attempts");
    let wait: u64 = refused.header("retry-after").and_then(|it| it.parse().ok()).expect("seconds");
    assert!((1..=301).contains(&wait), "{wait}");
    assert_eq!(sign_in(carom, Some(&codes[0])).status, 201, "the owner has recovery codes");
}
