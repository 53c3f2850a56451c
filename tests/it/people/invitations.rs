//! Links that work once.

use std::thread;

use serde_json::{Value, json};

use super::fixture::{Browser, PASSWORD, member, problem, stranger, text};
use crate::support::carom::Carom;
use crate::support::sql::run_on_store_of;

on_both! {
    a_newcomer_gets_an_account_and_belongs,
    somebody_with_an_account_signs_in_first,
    an_invitation_works_once_and_not_for_ever,
    nobody_invites_above_their_own_role,
    invitations_of_another_workspace_are_not_there,
    two_who_accept_at_once_are_one,
}

const ACCEPT: &str = "/api/v1/invitations/accept";

#[track_caller]
fn invite(host: &mut Browser<'_>, email: &str, role: &str) -> (String, String) {
    let draft = json!({ "email": email, "role": role });
    let made = host.ask("POST", "/api/v1/invitations", Some(draft));
    assert_eq!(made.status, 201, "{}", made.text());
    let made = made.json();
    let link = text(&made["link"]);
    let (page, token) = link.split_once('#').expect("a fragment");
    assert_eq!(page, format!("http://{}/invitation", host.carom.admin()));
    (text(&made["id"]), token.to_owned())
}

fn newcomer(token: &str) -> Option<Value> {
    Some(json!({ "token": token, "name": "New", "password": PASSWORD }))
}

fn a_newcomer_gets_an_account_and_belongs(carom: &Carom) {
    let mut owner = member(carom, "owner@example.com", "owner");
    let (id, token) = invite(&mut owner, "New@example.com", "editor");
    let listed = owner.get("/api/v1/invitations");
    assert_eq!(listed["invitations"][0]["id"], id);
    assert!(!listed.to_string().contains(&token), "a token is shown once");

    let mut guest = Browser::new(carom);
    let open = guest.ask("POST", "/api/v1/invitations/open", Some(json!({ "token": token })));
    let open = open.json();
    assert_eq!((&open["role"], &open["has_account"]), (&json!("editor"), &json!(false)));
    assert_eq!(open["invited_by"], "owner@example.com");
    for (without, field) in [("name", "name"), ("password", "password")] {
        let mut body = newcomer(&token).expect("a body");
        body.as_object_mut().expect("an object").remove(without);
        let refused = guest.ask("POST", ACCEPT, Some(body));
        assert_eq!(problem(&refused, 422, "invalid-body")["field"], field);
    }
    let accepted = guest.ask("POST", ACCEPT, newcomer(&token));
    assert_eq!(accepted.status, 201, "{}", accepted.text());
    let me = guest.get("/api/v1/me");
    assert_eq!(me["workspaces"][0]["role"], "editor");
    assert_eq!(owner.get("/api/v1/invitations")["invitations"], json!([]));
    let draft = json!({ "url": "https://example.com/" });
    assert_eq!(guest.ask("POST", "/api/v1/links", Some(draft)).status, 201);
}

fn somebody_with_an_account_signs_in_first(carom: &Carom) {
    let (_, mut host) = stranger(carom, "host@example.com");
    let mut ada = member(carom, "ada@example.com", "viewer");
    let mut bob = member(carom, "bob@example.com", "viewer");
    let (_, token) = invite(&mut host, "ada@example.com", "admin");
    let mut nobody = Browser::new(carom);
    problem(&nobody.ask("POST", ACCEPT, newcomer(&token)), 401, "sign-in-first");
    let body = Some(json!({ "token": token }));
    problem(&bob.ask("POST", ACCEPT, body.clone()), 403, "not-invited");
    let accepted = ada.ask("POST", ACCEPT, body);
    assert_eq!(accepted.status, 200, "{}", accepted.text());
    assert_eq!(accepted.json()["workspaces"].as_array().map(Vec::len), Some(2));
    let (_, again) = invite(&mut host, "ada@example.com", "viewer");
    let twice = ada.ask("POST", ACCEPT, Some(json!({ "token": again })));
    problem(&twice, 409, "already-member");
}

fn an_invitation_works_once_and_not_for_ever(carom: &Carom) {
    let mut owner = member(carom, "owner@example.com", "owner");
    let missing = |token: &str| {
        let refused = Browser::new(carom).ask("POST", ACCEPT, newcomer(token));
        problem(&refused, 404, "no-such-invitation");
        refused.body
    };
    let (_, used) = invite(&mut owner, "a@example.com", "viewer");
    assert_eq!(Browser::new(carom).ask("POST", ACCEPT, newcomer(&used)).status, 201);
    let (_, replaced) = invite(&mut owner, "b@example.com", "viewer");
    invite(&mut owner, "B@example.com", "viewer");
    let (id, taken_back) = invite(&mut owner, "c@example.com", "viewer");
    let path = format!("/api/v1/invitations/{id}");
    assert_eq!(owner.ask("DELETE", &path, None).status, 204);
    problem(&owner.ask("DELETE", &path, None), 404, "no-such-invitation");
    let (_, ended) = invite(&mut owner, "d@example.com", "viewer");
    run_on_store_of(carom, "UPDATE invitations SET expires_at = 1 WHERE email = 'd@example.com'");
    let never = missing(&"2".repeat(43));
    for token in [&used, &replaced, &taken_back, &ended, "rubbish"] {
        assert_eq!(missing(token), never, "{token}");
    }
}

fn nobody_invites_above_their_own_role(carom: &Carom) {
    let mut admin = member(carom, "admin@example.com", "admin");
    let mut editor = member(carom, "editor@example.com", "editor");
    let draft = |role: &str| Some(json!({ "email": "x@example.com", "role": role }));
    let refused = admin.ask("POST", "/api/v1/invitations", draft("owner"));
    assert_eq!(problem(&refused, 403, "beyond-role")["field"], "role");
    let refused = editor.ask("POST", "/api/v1/invitations", draft("viewer"));
    problem(&refused, 403, "missing-scope");
    invite(&mut admin, "x@example.com", "admin");
}

fn invitations_of_another_workspace_are_not_there(carom: &Carom) {
    let mut owner = member(carom, "owner@example.com", "owner");
    let (_, mut host) = stranger(carom, "host@example.com");
    let (id, _) = invite(&mut host, "x@example.com", "viewer");
    assert_eq!(owner.get("/api/v1/invitations")["invitations"], json!([]));
    let foreign = owner.ask("DELETE", &format!("/api/v1/invitations/{id}"), None);
    problem(&foreign, 404, "no-such-invitation");
    assert_eq!(foreign.body, owner.ask("DELETE", "/api/v1/invitations/1", None).body);
    assert_eq!(host.get("/api/v1/invitations")["invitations"][0]["id"], id);
}

fn two_who_accept_at_once_are_one(carom: &Carom) {
    let mut owner = member(carom, "owner@example.com", "owner");
    let (_, token) = invite(&mut owner, "x@example.com", "viewer");
    let token = &token;
    let accepted = thread::scope(|scope| {
        let guests: Vec<_> = (0..8)
            .map(|_| {
                scope.spawn(move || Browser::new(carom).ask("POST", ACCEPT, newcomer(token)).status)
            })
            .collect();
        let statuses = guests.into_iter().map(|guest| guest.join().expect("an answer"));
        statuses.filter(|status| *status == 201).count()
    });
    assert_eq!(accepted, 1);
    assert_eq!(owner.get("/api/v1/members")["members"].as_array().map(Vec::len), Some(2));
}
