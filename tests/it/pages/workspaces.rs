//! One's workspaces by forms, without a script.

use serde_json::json;

use super::fixture::{led_to, send};
use crate::admin_api::fixture::{on_postgres, on_sqlite};
use crate::people::fixture::{Browser, account, member, signed_in, stranger, text};
use crate::support::carom::Carom;
use crate::support::http::Response;

const PATH: &str = "/workspaces";

/// Sends a form that leads into another workspace: the browser keeps both cookies.
#[track_caller]
fn go(browser: &mut Browser<'_>, path: &str, fields: &[(&str, &str)]) -> Response {
    let all = browser.cookie.clone().expect("a session");
    let session = all.split("; ").next().expect("its cookie").to_owned();
    let response = send(browser, path, fields);
    let chosen = browser.cookie.take().filter(|it| it.starts_with("carom_workspace="));
    let chosen = chosen.unwrap_or_else(|| panic!("no workspace: {}", response.text()));
    browser.cookie = Some(format!("{session}; {chosen}"));
    response
}

#[track_caller]
fn page(browser: &mut Browser<'_>) -> String {
    let page = browser.ask("GET", PATH, None);
    assert_eq!(page.status, 200, "{}", page.text());
    page.text().to_owned()
}

/// The id of the workspace with this name.
#[track_caller]
fn id_of(browser: &mut Browser<'_>, name: &str) -> String {
    let all = browser.get("/api/v1/workspaces")["workspaces"].clone();
    let found = all.as_array().expect("a list").iter().find(|it| it["name"] == name);
    text(&found.unwrap_or_else(|| panic!("no {name}: {all}"))["id"])
}

fn workspaces_are_made_chosen_and_renamed(carom: &Carom) {
    let mut ada = member(carom, "ada@example.com", "viewer");
    let first = text(&ada.get("/api/v1/workspace")["id"]);
    let link = json!({ "url": "https://example.com/", "code": "first" });
    let mut owner = member(carom, "owner@example.com", "owner");
    assert_eq!(owner.ask("POST", "/api/v1/links", Some(link)).status, 201);
    let shown = page(&mut ada);
    assert_eq!(shown.matches("<h1>").count(), 1);
    assert!(shown.contains("You are in it") && shown.contains(">viewer<"), "{shown}");
    assert!(!shown.contains("another name"), "a viewer renames nothing");

    let made = go(&mut ada, PATH, &[("name", " The shop ")]);
    assert_eq!(led_to(&made), "/workspaces?done=made");
    let shop = id_of(&mut ada, "The shop");
    let shown = page(&mut ada);
    assert!(shown.contains(">owner<") && shown.contains("Give The shop another name"), "{shown}");
    assert!(!ada.ask("GET", "/links", None).text().contains("/first"), "its links are its own");

    let path = format!("/workspaces/{shop}/name");
    assert_eq!(led_to(&send(&mut ada, &path, &[("name", "Ours")])), "/workspaces?done=renamed");
    assert!(page(&mut ada).contains("Give Ours another name"));

    assert_eq!(led_to(&go(&mut ada, &format!("/workspaces/{first}/choose"), &[])), "/links");
    assert!(ada.ask("GET", "/links", None).text().contains("/first"));
    assert!(page(&mut ada).contains(&format!("/workspaces/{shop}/choose")));
}

#[test]
fn workspaces_are_made_chosen_and_renamed_on_sqlite() {
    on_sqlite(workspaces_are_made_chosen_and_renamed);
}

#[test]
fn workspaces_are_made_chosen_and_renamed_on_postgres() {
    on_postgres(workspaces_are_made_chosen_and_renamed);
}

#[test]
fn a_workspace_of_others_is_not_shown_nor_entered_nor_renamed() {
    on_sqlite(|carom| {
        let (elsewhere, mut other) = stranger(carom, "other@example.com");
        let mut ada = member(carom, "ada@example.com", "owner");
        let shown = page(&mut ada);
        assert!(!shown.contains("elsewhere") && !shown.contains(&elsewhere.to_string()), "{shown}");
        for id in [elsewhere.to_string(), "1".to_owned(), "x".to_owned()] {
            let refused = send(&mut ada, &format!("/workspaces/{id}/choose"), &[]);
            assert_eq!(refused.status, 404, "{id}");
            assert!(refused.header("set-cookie").is_none(), "{id}");
            assert!(refused.text().contains("you belong to no such workspace"));
        }
        let path = format!("/workspaces/{elsewhere}/name");
        let refused = send(&mut ada, &path, &[("name", "Taken over")]);
        assert_eq!(refused.status, 409);
        assert!(refused.text().contains("value=\"Taken over\""), "{}", refused.text());
        assert_eq!(other.get("/api/v1/workspace")["name"], "elsewhere");
        let mine = ada.get("/api/v1/workspace")["name"].clone();
        assert_ne!(mine, "Taken over");

        // A cookie that names a workspace of others opens nothing.
        let session = ada.cookie.clone().expect("a session");
        ada.cookie = Some(format!("{session}; carom_workspace={elsewhere}"));
        let shown = page(&mut ada);
        assert!(!shown.contains("elsewhere"), "{shown}");
    });
}

#[test]
fn a_refused_name_is_kept_and_a_viewer_renames_nothing() {
    on_sqlite(|carom| {
        let mut ada = member(carom, "ada@example.com", "owner");
        let id = text(&ada.get("/api/v1/workspace")["id"]);
        let path = format!("/workspaces/{id}/name");
        let long = "y".repeat(129);
        for form in [PATH, path.as_str()] {
            let refused = send(&mut ada, form, &[("name", &long)]);
            assert_eq!(refused.status, 422, "{form}");
            let text = refused.text();
            assert!(text.contains(&long) && text.contains("1 to 128 characters"), "{text}");
        }
        for role in ["viewer", "editor", "admin"] {
            let mut bob = member(carom, &format!("{role}@example.com"), role);
            assert!(!page(&mut bob).contains(&path), "{role}");
            assert_eq!(send(&mut bob, &path, &[("name", "Bob's")]).status, 403, "{role}");
        }
        assert_ne!(ada.get("/api/v1/workspace")["name"], "Bob's");
    });
}

#[test]
fn who_belongs_to_none_makes_their_own() {
    on_sqlite(|carom| {
        account(carom, "ada@example.com", None);
        let mut ada = signed_in(carom, "ada@example.com");
        let refused = ada.ask("GET", "/links", None);
        assert_eq!(refused.status, 404);
        assert!(refused.text().contains("href=\"/workspaces\""), "{}", refused.text());
        assert!(page(&mut ada).contains("You belong to no workspace"));
        assert_eq!(led_to(&go(&mut ada, PATH, &[("name", "Mine")])), "/workspaces?done=made");
        assert_eq!(ada.ask("GET", "/links", None).status, 200);
        let mut nobody = Browser::new(carom);
        assert_eq!(led_to(&nobody.ask("GET", PATH, None)), "/sign-in?next=%2Fworkspaces");
        assert_eq!(led_to(&send(&mut nobody, PATH, &[("name", "x")])), "/sign-in");
    });
}
