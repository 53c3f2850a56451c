//! Roles, and who may give and take them.

use serde_json::json;

use super::fixture::{member, problem, stranger};
use crate::support::carom::Carom;

on_both! {
    roles_decide_what_people_may_do,
    nobody_gives_or_takes_a_role_above_their_own,
    the_last_owner_stays,
    everybody_may_leave,
    members_of_another_workspace_are_not_there,
}

fn role_of(browser: &mut super::fixture::Browser<'_>, id: &str) -> Option<String> {
    let members = browser.get("/api/v1/members")["members"].clone();
    let members = members.as_array().expect("a list");
    let found = members.iter().find(|member| member["user_id"] == id);
    found.map(|member| super::fixture::text(&member["role"]))
}

fn roles_decide_what_people_may_do(carom: &Carom) {
    let draft = json!({ "url": "https://example.com/" });
    for (role, makes_links, reads_log, renames) in [
        ("viewer", 403, 403, 403),
        ("editor", 201, 403, 403),
        ("admin", 201, 200, 403),
        ("owner", 201, 200, 200),
    ] {
        let mut one = member(carom, &format!("{role}@example.com"), role);
        assert_eq!(one.ask("GET", "/api/v1/links", None).status, 200, "{role}");
        assert_eq!(one.ask("POST", "/api/v1/links", Some(draft.clone())).status, makes_links);
        assert_eq!(one.ask("GET", "/api/v1/audit", None).status, reads_log, "{role}");
        let renamed = one.ask("PATCH", "/api/v1/workspace", Some(json!({ "name": "ours" })));
        assert_eq!(renamed.status, renames, "{role}: {}", renamed.text());
        if role == "viewer" {
            let refused = one.ask("POST", "/api/v1/links", Some(draft.clone()));
            let detail = problem(&refused, 403, "missing-scope")["detail"].clone();
            assert_eq!(detail, "your role in this workspace does not include `links:write`");
        }
    }
}

fn nobody_gives_or_takes_a_role_above_their_own(carom: &Carom) {
    let mut owner = member(carom, "owner@example.com", "owner");
    let mut admin = member(carom, "admin@example.com", "admin");
    let mut editor = member(carom, "editor@example.com", "editor");
    let path = |id: &str| format!("/api/v1/members/{id}");
    let (owner_id, admin_id, editor_id) = (owner.user_id(), admin.user_id(), editor.user_id());
    let role = |role: &str| Some(json!({ "role": role }));
    for (refused, slug) in [
        (admin.ask("PATCH", &path(&editor_id), role("owner")), "beyond-role"),
        (admin.ask("PATCH", &path(&admin_id), role("owner")), "beyond-role"),
        (admin.ask("PATCH", &path(&owner_id), role("viewer")), "beyond-role"),
        (admin.ask("DELETE", &path(&owner_id), None), "beyond-role"),
        (editor.ask("PATCH", &path(&editor_id), role("admin")), "missing-scope"),
        (editor.ask("DELETE", &path(&admin_id), None), "missing-scope"),
    ] {
        problem(&refused, 403, slug);
    }
    let invalid = admin.ask("PATCH", &path(&editor_id), role("boss"));
    assert_eq!(problem(&invalid, 422, "invalid-body")["field"], "role");
    assert_eq!(role_of(&mut owner, &editor_id).as_deref(), Some("editor"));
    let changed = admin.ask("PATCH", &path(&editor_id), role("admin"));
    assert_eq!((changed.status, &changed.json()["role"]), (200, &json!("admin")));
    assert_eq!(editor.ask("GET", "/api/v1/audit", None).status, 200, "at once");
    assert_eq!(owner.ask("DELETE", &path(&admin_id), None).status, 204);
    problem(&admin.ask("GET", "/api/v1/links", None), 404, "no-such-workspace");
    assert!(admin.is_signed_in(), "they have an account still");
}

fn the_last_owner_stays(carom: &Carom) {
    let mut owner = member(carom, "owner@example.com", "owner");
    let path = format!("/api/v1/members/{}", owner.user_id());
    problem(&owner.ask("DELETE", &path, None), 409, "last-owner");
    let demoted = owner.ask("PATCH", &path, Some(json!({ "role": "admin" })));
    problem(&demoted, 409, "last-owner");
    member(carom, "second@example.com", "owner");
    assert_eq!(owner.ask("PATCH", &path, Some(json!({ "role": "admin" }))).status, 200);
}

fn everybody_may_leave(carom: &Carom) {
    let mut owner = member(carom, "owner@example.com", "owner");
    let mut viewer = member(carom, "viewer@example.com", "viewer");
    let id = viewer.user_id();
    let left = viewer.ask("DELETE", &format!("/api/v1/members/{id}"), None);
    assert_eq!(left.status, 204, "{}", left.text());
    assert_eq!(role_of(&mut owner, &id), None);
}

fn members_of_another_workspace_are_not_there(carom: &Carom) {
    let mut owner = member(carom, "owner@example.com", "owner");
    let (_, mut other) = stranger(carom, "other@example.com");
    let id = other.user_id();
    for (method, body) in [("PATCH", Some(json!({ "role": "viewer" }))), ("DELETE", None)] {
        let foreign = owner.ask(method, &format!("/api/v1/members/{id}"), body.clone());
        problem(&foreign, 404, "no-such-member");
        assert_eq!(foreign.body, owner.ask(method, "/api/v1/members/1", body).body);
    }
    assert_eq!(role_of(&mut owner, &id), None);
    assert_eq!(role_of(&mut other, &id).as_deref(), Some("owner"));
}
