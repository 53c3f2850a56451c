//! One's own name, password and sessions.

use serde_json::json;

use super::fixture::{Browser, PASSWORD, member, problem, signed_in, text};
use crate::support::carom::Carom;

on_both! {
    sessions_are_listed_and_ended_one_by_one_or_all_but_this,
    a_new_password_ends_every_session_and_begins_one,
    a_new_password_needs_the_old_one,
    a_name_is_changed,
}

fn sessions_are_listed_and_ended_one_by_one_or_all_but_this(carom: &Carom) {
    let mut ada = member(carom, "ada@example.com", "viewer");
    let (mut second, mut third) =
        (signed_in(carom, "ada@example.com"), signed_in(carom, "ada@example.com"));
    let mut bob = member(carom, "bob@example.com", "owner");
    let sessions = ada.get("/api/v1/me/sessions")["sessions"].clone();
    let sessions = sessions.as_array().expect("a list");
    assert_eq!(sessions.len(), 3);
    assert_eq!(sessions.iter().filter(|one| one["is_this"] == true).count(), 1);
    assert!(sessions.iter().all(|one| one["network"] == "127.0.0.1"), "{sessions:?}");

    let id = second.get("/api/v1/me")["session"]["id"].clone();
    let path = format!("/api/v1/me/sessions/{}", text(&id));
    let foreign = bob.ask("DELETE", &path, None);
    problem(&foreign, 404, "no-such-session");
    assert_eq!(foreign.body, bob.ask("DELETE", "/api/v1/me/sessions/1", None).body);
    assert!(second.is_signed_in(), "it is not bob's to end");
    assert_eq!(ada.ask("DELETE", &path, None).status, 204);
    assert!(!second.is_signed_in() && third.is_signed_in() && ada.is_signed_in());

    assert_eq!(ada.ask("DELETE", "/api/v1/me/sessions", None).status, 204);
    assert!(!third.is_signed_in() && ada.is_signed_in() && bob.is_signed_in());
}

fn a_new_password_ends_every_session_and_begins_one(carom: &Carom) {
    let mut ada = member(carom, "ada@example.com", "viewer");
    let (mut elsewhere, before) = (signed_in(carom, "ada@example.com"), ada.cookie.clone());
    let body = json!({ "password": "another long one", "current_password": PASSWORD });
    let changed = ada.ask("PATCH", "/api/v1/me", Some(body));
    assert_eq!(changed.status, 201, "{}", changed.text());
    assert_ne!(ada.cookie, before);
    assert!(ada.is_signed_in() && !elsewhere.is_signed_in());
    assert!(!Browser { carom, cookie: before }.is_signed_in());
    let mut new = Browser::new(carom);
    problem(&new.sign_in("ada@example.com", PASSWORD), 401, "wrong-credentials");
    assert_eq!(new.sign_in("ada@example.com", "another long one").status, 201);
}

fn a_new_password_needs_the_old_one(carom: &Carom) {
    let mut ada = member(carom, "ada@example.com", "owner");
    let mut refused = |body, status, slug| {
        problem(&ada.ask("PATCH", "/api/v1/me", Some(body)), status, slug)["field"].clone()
    };
    let without = json!({ "password": "another long one" });
    assert_eq!(refused(without, 422, "invalid-body"), "current_password");
    let wrong = json!({ "password": "another long one", "current_password": "a wrong one" });
    assert_eq!(refused(wrong, 403, "wrong-password"), "current_password");
    let short = json!({ "password": "short", "current_password": PASSWORD });
    assert_eq!(refused(short, 422, "invalid-body"), "password");
    assert!(ada.is_signed_in());
    assert_eq!(Browser::new(carom).sign_in("ada@example.com", PASSWORD).status, 201);
}

fn a_name_is_changed(carom: &Carom) {
    let mut ada = member(carom, "ada@example.com", "owner");
    let changed = ada.ask("PATCH", "/api/v1/me", Some(json!({ "name": "  Ada L. " })));
    assert_eq!((changed.status, &changed.json()["user"]["name"]), (200, &json!("Ada L.")));
    assert_eq!(ada.get("/api/v1/me")["user"]["name"], "Ada L.");
    let refused = ada.ask("PATCH", "/api/v1/me", Some(json!({ "name": "" })));
    assert_eq!(problem(&refused, 422, "invalid-body")["field"], "name");
    let log = ada.get("/api/v1/audit?action=user.renamed");
    assert_eq!(log["entries"][0]["actor"]["name"], "ada@example.com");
}
