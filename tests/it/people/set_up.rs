//! The first owner is made, once.

use std::thread;

use carom::store::users;
use serde_json::{Value, json};

use super::fixture::{Browser, in_store, open_set_up, problem};
use crate::support::carom::Carom;

on_both! {
    the_first_owner_is_made_and_has_signed_in,
    a_hundred_who_race_make_one_owner,
    what_is_refused_leaves_the_set_up_open,
}

fn draft(token: &str, email: &str) -> Value {
    json!({ "token": token, "email": email, "name": "Ada", "password": "a long password" })
}

fn the_first_owner_is_made_and_has_signed_in(carom: &Carom) {
    let token = open_set_up(carom);
    let mut ada = Browser::new(carom);
    let made = ada.ask("POST", "/api/v1/setup", Some(draft(&token, "Ada@example.com")));
    assert_eq!(made.status, 201, "{}", made.text());
    let me = ada.get("/api/v1/me");
    assert_eq!(
        (&me["user"]["email"], &me["user"]["name"]),
        (&json!("Ada@example.com"), &json!("Ada"))
    );
    assert_eq!(me["workspaces"][0]["role"], "owner");
    // The first key's workspace is theirs.
    let named = carom.call("GET", "/api/v1/workspace", None).json();
    assert_eq!(me["workspaces"][0]["id"], named["id"]);

    let mut late = Browser::new(carom);
    let refused = late.ask("POST", "/api/v1/setup", Some(draft(&token, "bob@example.com")));
    problem(&refused, 404, "set-up-closed");
    assert_eq!(late.cookie, None);
    let mut again = Browser::new(carom);
    assert_eq!(again.sign_in("ada@EXAMPLE.com", "a long password").status, 201);
}

fn a_hundred_who_race_make_one_owner(carom: &Carom) {
    let token = open_set_up(carom);
    let statuses: Vec<u16> = thread::scope(|scope| {
        let racers: Vec<_> = (0..100)
            .map(|n| {
                let draft = draft(&token, &format!("racer{n}@example.com"));
                scope.spawn(move || {
                    Browser::new(carom).ask("POST", "/api/v1/setup", Some(draft)).status
                })
            })
            .collect();
        racers.into_iter().map(|racer| racer.join().expect("an answer")).collect()
    });
    let made = statuses.iter().filter(|status| **status == 201).count();
    assert_eq!(made, 1, "{statuses:?}");
    let others = statuses.iter().all(|status| matches!(status, 201 | 404 | 429 | 503));
    assert!(others, "{statuses:?}");
    let people = in_store(carom, async |store| users::list(store).await.expect("people"));
    assert_eq!(people.len(), 1);
}

fn what_is_refused_leaves_the_set_up_open(carom: &Carom) {
    let token = open_set_up(carom);
    let mut ada = Browser::new(carom);
    let mut refused = |body: Value, status, slug| {
        problem(&ada.ask("POST", "/api/v1/setup", Some(body)), status, slug)["field"].clone()
    };
    let with = |field: &str, value: &str| {
        let mut draft = draft(&token, "ada@example.com");
        draft[field] = json!(value);
        draft
    };
    assert_eq!(refused(with("token", &"2".repeat(43)), 404, "set-up-closed"), Value::Null);
    assert_eq!(refused(with("token", "rubbish"), 404, "set-up-closed"), Value::Null);
    assert_eq!(refused(with("email", "ada"), 422, "invalid-body"), "email");
    assert_eq!(refused(with("name", " "), 422, "invalid-body"), "name");
    assert_eq!(refused(with("password", "short"), 422, "invalid-body"), "password");
    assert_eq!(refused(with("password", "ada@example.com"), 422, "invalid-body"), "password");
    let made = ada.ask("POST", "/api/v1/setup", Some(draft(&token, "ada@example.com")));
    assert_eq!(made.status, 201, "{}", made.text());
}
