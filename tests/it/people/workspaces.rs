//! Nothing crosses a workspace.

use serde_json::json;

use super::fixture::{member, problem, stranger, text};
use crate::support::carom::Carom;
use crate::support::http::request;

on_both! {
    a_request_says_which_workspace_it_is_about,
    a_workspace_of_others_is_not_there,
    a_new_workspace_is_its_maker_s_and_empty,
}

fn a_request_says_which_workspace_it_is_about(carom: &Carom) {
    let mut ada = member(carom, "ada@example.com", "viewer");
    let made = ada.ask("POST", "/api/v1/workspaces", Some(json!({ "name": " Mine " })));
    assert_eq!(made.status, 201, "{}", made.text());
    let (mine, made) = (text(&made.json()["id"]), made.json());
    assert_eq!((&made["name"], &made["role"]), (&json!("Mine"), &json!("owner")));
    let all = ada.get("/api/v1/workspaces")["workspaces"].clone();
    assert_eq!(all.as_array().map(Vec::len), Some(2));
    assert_eq!((&all[0]["role"], &all[1]["id"]), (&json!("viewer"), &json!(mine)));
    assert_eq!(ada.get("/api/v1/workspace")["id"], all[0]["id"], "the oldest membership");
    let about = |id| [("carom-workspace", id), ("sec-fetch-site", "same-origin")];
    let named = ada.ask_with("GET", "/api/v1/workspace", &about(mine.as_str()), None).json();
    assert_eq!((&named["id"], &named["role"]), (&json!(mine), &json!("owner")));
    let renamed = ada.ask_with(
        "PATCH",
        "/api/v1/workspace",
        &about(mine.as_str()),
        Some(json!({ "name": "Ours" })),
    );
    assert_eq!((renamed.status, &renamed.json()["name"]), (200, &json!("Ours")));
}

fn a_workspace_of_others_is_not_there(carom: &Carom) {
    let mut ada = member(carom, "ada@example.com", "owner");
    let (elsewhere, mut other) = stranger(carom, "other@example.com");
    let ask = |ada: &mut super::fixture::Browser<'_>, id: &str| {
        let refused = ada.ask_with("GET", "/api/v1/links", &[("carom-workspace", id)], None);
        problem(&refused, 404, "no-such-workspace");
        refused.body
    };
    let foreign = ask(&mut ada, &elsewhere.to_string());
    assert_eq!(foreign, ask(&mut ada, "1"));
    assert_eq!(foreign, ask(&mut ada, "rubbish"));
    let bearer = format!("Bearer {}", carom.key());
    let elsewhere = elsewhere.to_string();
    let headers = [("authorization", bearer.as_str()), ("carom-workspace", elsewhere.as_str())];
    let key = request(carom.admin(), "GET", "/api/v1/links", &headers, b"");
    assert_eq!((key.status, key.body), (404, foreign), "a key is of one workspace");

    let link = carom.link_to("https://example.com/");
    let path = format!("/api/v1/links/{}", link.id);
    assert_eq!(ada.ask("GET", &path, None).status, 200);
    let hidden = other.ask("GET", &path, None);
    problem(&hidden, 404, "no-such-link");
    assert_eq!(hidden.body, other.ask("GET", "/api/v1/links/1", None).body);
}

fn a_new_workspace_is_its_maker_s_and_empty(carom: &Carom) {
    carom.link_to("https://example.com/");
    let (_, mut other) = stranger(carom, "other@example.com");
    assert_eq!(other.get("/api/v1/links")["links"], json!([]));
    assert_eq!(other.get("/api/v1/keys")["keys"], json!([]));
    assert_eq!(other.get("/api/v1/domains")["domains"], json!([]));
    // It has no domain yet, and the default one is not its own.
    let draft = json!({ "url": "https://example.com/" });
    let refused = other.ask("POST", "/api/v1/links", Some(draft));
    assert_eq!(refused.status, 422, "{}", refused.text());
    assert_eq!(refused.json()["field"], "domain");
    let log = other.get("/api/v1/audit")["entries"].clone();
    let log = log.as_array().expect("a list");
    assert!(log.iter().all(|entry| entry["action"] != "link.created"), "{log:?}");
}
