//! People: who belongs to the workspace, their roles, invitations.

use super::fixture::{led_to, send};
use crate::admin_api::fixture::{on_postgres, on_sqlite, patient};
use crate::people::fixture::{Browser, PASSWORD, member, stranger, text};
use crate::support::carom::{Carom, Options};
use crate::support::smtp::{Does, Smtp};

/// The link that an answer shows.
#[track_caller]
fn link_in(page: &str) -> String {
    let secret =
        page.split("<code class=\"secret\">").nth(1).and_then(|rest| rest.split('<').next());
    secret.unwrap_or_else(|| panic!("no link: {page}")).to_owned()
}

fn role_of(browser: &mut Browser<'_>, id: &str) -> Option<String> {
    let members = browser.get("/api/v1/members")["members"].clone();
    let found = members.as_array().expect("a list").iter().find(|it| it["user_id"] == id).cloned();
    found.map(|member| text(&member["role"]))
}

fn somebody_is_invited_and_belongs(carom: &Carom) {
    let mut owner = member(carom, "owner@example.com", "owner");
    let fields = [("email", " new@example.com "), ("role", "editor")];
    let made = send(&mut owner, "/people", &fields);
    assert_eq!(made.status, 201, "{}", made.text());
    assert!(made.text().contains("This server sends no mail"), "{}", made.text());
    let link = link_in(made.text());
    let (place, token) = link.split_once('#').expect("a fragment");
    assert_eq!(place, format!("http://{}/invitation", carom.admin()));

    let page = owner.ask("GET", "/people", None);
    assert!(page.text().contains("new@example.com"), "{}", page.text());
    assert!(!page.text().contains(token), "a link is shown once: {}", page.text());

    let mut guest = Browser::new(carom);
    let accepts =
        [("token", token), ("accepts", "true"), ("name", "New & <b>bold"), ("password", PASSWORD)];
    assert_eq!(led_to(&send(&mut guest, "/invitation", &accepts)), "/");
    let page = guest.ask("GET", "/people", None);
    assert!(page.text().contains("New &#38; &#60;b&#62;bold"), "{}", page.text());
    assert!(page.text().contains("Nobody is invited at the moment"), "{}", page.text());
    let id = guest.user_id();
    assert_eq!(role_of(&mut owner, &id).as_deref(), Some("editor"));

    let change = format!("/people/{id}/role");
    assert_eq!(led_to(&send(&mut owner, &change, &[("role", "admin")])), "/people?done=changed");
    let page = owner.ask("GET", "/people?done=changed", None);
    assert!(page.text().contains("The role is changed"), "{}", page.text());
    assert_eq!(role_of(&mut owner, &id).as_deref(), Some("admin"));
    let remove = format!("/people/{id}/remove");
    assert_eq!(led_to(&send(&mut owner, &remove, &[])), "/people?done=removed");
    assert_eq!(role_of(&mut owner, &id), None);
    let page = guest.ask("GET", "/people", None);
    assert_eq!(page.status, 404, "{}", page.text());
    assert!(page.text().contains("belong to no workspace"), "{}", page.text());
}

#[test]
fn somebody_is_invited_and_belongs_on_sqlite() {
    on_sqlite(somebody_is_invited_and_belongs);
}

#[test]
fn somebody_is_invited_and_belongs_on_postgres() {
    on_postgres(somebody_is_invited_and_belongs);
}

#[test]
fn an_invitation_is_taken_back_and_its_link_opens_nothing() {
    on_sqlite(|carom| {
        let mut owner = member(carom, "owner@example.com", "owner");
        let fields = [("email", "new@example.com"), ("role", "viewer")];
        let made = send(&mut owner, "/people", &fields);
        let link = link_in(made.text());
        let token = link.split('#').nth(1).expect("a token");
        let id = text(&owner.get("/api/v1/invitations")["invitations"][0]["id"]);
        let path = format!("/people/invitations/{id}/take-back");
        assert!(made.text().contains(&path), "{}", made.text());

        assert_eq!(led_to(&send(&mut owner, &path, &[])), "/people?done=taken-back");

        let opened = send(&mut Browser::new(carom), "/invitation", &[("token", token)]);
        assert_eq!(opened.status, 404);
        let twice = send(&mut owner, &path, &[]);
        assert_eq!(twice.status, 404);
        assert!(twice.text().contains("no such invitation"), "{}", twice.text());
    });
}

#[test]
fn whether_the_link_was_mailed_is_said_and_it_is_shown_either_way() {
    let sink = Smtp::start();
    let options = patient(Options::sqlite())
        .set("CAROM_MAIL__SMTP", format!("smtp://{}", sink.address))
        .set("CAROM_MAIL__FROM", "Carom <carom@example.com>");
    let carom = Carom::start(options);
    let mut owner = member(&carom, "owner@example.com", "owner");
    let fields = [("email", "new@example.com"), ("role", "viewer")];

    let mailed = send(&mut owner, "/people", &fields);
    sink.does(Does::Refuse);
    let refused = send(&mut owner, "/people", &fields);

    assert!(mailed.text().contains("The link was mailed to them"), "{}", mailed.text());
    assert!(refused.text().contains("The mail could not be sent"), "{}", refused.text());
    assert_ne!(link_in(mailed.text()), link_in(refused.text()));
    assert_eq!(sink.received().len(), 1);
}

#[test]
fn what_the_api_refuses_is_refused_with_its_reason_and_nothing_typed_is_lost() {
    on_sqlite(|carom| {
        let mut owner = member(carom, "owner@example.com", "owner");
        let mut admin = member(carom, "admin@example.com", "admin");
        let (owner_id, admin_id) = (owner.user_id(), admin.user_id());
        for (fields, status, says) in [
            ([("email", "no \"address"), ("role", "admin")], 422, "aria-invalid"),
            ([("email", "x@example.com"), ("role", "owner")], 403, "may do more than they may"),
            ([("email", "x@example.com"), ("role", "boss")], 422, "is no role"),
        ] {
            let refused = send(&mut admin, "/people", &fields);
            assert_eq!(refused.status, status, "{fields:?}");
            assert!(refused.text().contains(says), "{fields:?}: {}", refused.text());
            let kept = format!("value=\"{}\"", fields[0].1.replace('"', "&#34;"));
            assert!(refused.text().contains(&kept), "{fields:?}: {}", refused.text());
        }
        assert_eq!(admin.get("/api/v1/invitations")["invitations"], serde_json::json!([]));

        for (who, id, fields, status, says) in [
            (&mut admin, &owner_id, &[("role", "viewer")][..], 403, "may do more than they may"),
            (&mut owner, &owner_id, &[("role", "viewer")], 409, "the last owner"),
        ] {
            let refused = send(who, &format!("/people/{id}/role"), fields);
            assert_eq!(refused.status, status, "{}", refused.text());
            assert!(refused.text().contains(says), "{}", refused.text());
        }
        let beyond = send(&mut admin, &format!("/people/{admin_id}/role"), &[("role", "boss")]);
        assert_eq!(beyond.status, 422);
        assert!(beyond.text().contains("<details open><summary>Change role"), "{}", beyond.text());
        assert_eq!(send(&mut admin, &format!("/people/{owner_id}/remove"), &[]).status, 403);
        assert_eq!(send(&mut owner, &format!("/people/{owner_id}/remove"), &[]).status, 409);
        let roles = [&owner_id, &admin_id].map(|id| role_of(&mut owner, id));
        assert_eq!(roles, [Some("owner".to_owned()), Some("admin".to_owned())]);

        // What would be refused is not offered.
        let page = admin.ask("GET", "/people", None);
        assert!(!page.text().contains(&format!("/people/{owner_id}/")), "{}", page.text());
        assert!(!page.text().contains("value=\"owner\""), "{}", page.text());
        assert!(page.text().contains("This is your own role"), "{}", page.text());
        let page = owner.ask("GET", "/people", None);
        assert!(page.text().contains("The last owner stays one"), "{}", page.text());
    });
}

#[test]
fn a_viewer_looks_and_leaves_and_another_workspace_s_people_are_not_there() {
    on_sqlite(|carom| {
        let mut owner = member(carom, "owner@example.com", "owner");
        let mut viewer = member(carom, "viewer@example.com", "viewer");
        let (_, mut other) = stranger(carom, "other@example.com");
        let (owner_id, viewer_id) = (owner.user_id(), viewer.user_id());
        let fields = [("email", "new@example.com"), ("role", "viewer")];
        assert_eq!(send(&mut owner, "/people", &fields).status, 201);
        let invitation = text(&owner.get("/api/v1/invitations")["invitations"][0]["id"]);

        let page = viewer.ask("GET", "/people", None);
        assert_eq!(page.status, 200);
        assert!(page.text().contains("new@example.com"), "{}", page.text());
        assert!(page.text().contains("Sees links, clicks, domains and people"), "{}", page.text());
        for form in ["Invite somebody", "Change role", "take-back", &format!("{owner_id}/remove")] {
            assert!(!page.text().contains(form), "{form}: {}", page.text());
        }
        let take_back = format!("/people/invitations/{invitation}/take-back");
        let (change, remove) =
            (format!("/people/{owner_id}/role"), format!("/people/{owner_id}/remove"));
        let posts: [(&str, &[(&str, &str)]); 4] = [
            ("/people", &fields),
            (&take_back, &[]),
            (&change, &[("role", "viewer")]),
            (&remove, &[]),
        ];
        for (path, fields) in posts {
            assert_eq!(send(&mut viewer, path, fields).status, 403, "{path}");
            if path != "/people" {
                assert_eq!(send(&mut other, path, fields).status, 404, "{path}");
            }
        }
        let page = other.ask("GET", "/people", None);
        for name in ["owner@example.com", "new@example.com"] {
            assert!(!page.text().contains(name), "{name}: {}", page.text());
        }
        let members = owner.get("/api/v1/members")["members"].as_array().map(Vec::len);
        assert_eq!(members, Some(2));
        assert_eq!(owner.get("/api/v1/invitations")["invitations"][0]["id"], invitation);

        assert_eq!(led_to(&send(&mut viewer, &format!("/people/{viewer_id}/remove"), &[])), "/");
        assert_eq!(role_of(&mut owner, &viewer_id), None);
    });
}
