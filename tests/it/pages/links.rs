//! Links are listed, searched and made.

use serde_json::json;

use super::fixture::{led_to, send};
use crate::admin_api::fixture::{on_postgres, on_sqlite};
use crate::people::fixture::{Browser, member, stranger, text};
use crate::support::carom::Carom;
use crate::support::http::get;
use crate::support::wait::{SOON, eventually};

fn a_link_is_made_by_a_form_and_followed(carom: &Carom) {
    let mut ada = member(carom, "ada@example.com", "editor");
    let fields = [("url", " https://example.com/a?b=c "), ("code", "mine"), ("title", "")];
    let made = led_to(&send(&mut ada, "/links", &fields));
    assert!(made.starts_with("/links?made="), "{made}");
    let page = ada.ask("GET", &made, None);
    let short = format!("http://{}/mine", carom.edge());
    assert!(page.text().contains(&format!("Made <a href=\"{short}\">")), "{}", page.text());
    assert_eq!(get(carom.edge(), "/mine").header("location"), Some("https://example.com/a?b=c"));
    let taken = send(&mut ada, "/links", &fields);
    assert_eq!(taken.status, 409);
    let page = taken.text();
    assert!(page.contains("the code `mine` is taken"), "{page}");
    assert!(page.contains("value=\"mine\""), "nothing typed is lost: {page}");
    let refused = send(&mut ada, "/links", &[("url", "javascript:alert(1)")]);
    assert_eq!(refused.status, 422);
}

#[test]
fn a_link_is_made_by_a_form_and_followed_on_sqlite() {
    on_sqlite(a_link_is_made_by_a_form_and_followed);
}

#[test]
fn a_link_is_made_by_a_form_and_followed_on_postgres() {
    on_postgres(a_link_is_made_by_a_form_and_followed);
}

#[test]
fn links_are_searched_and_paged_and_another_workspace_s_are_not_shown() {
    on_sqlite(|carom| {
        let mut ada = member(carom, "ada@example.com", "editor");
        let create: Vec<_> = (0..60)
            .map(|n| json!({ "url": format!("https://example.com/{n}"), "code": format!("code{n}"), "tags": ["a b"] }))
            .collect();
        let made = ada.ask("POST", "/api/v1/links/batch", Some(json!({ "create": create })));
        assert_eq!(made.status, 200, "{}", made.text());
        let first = ada.ask("GET", "/links", None);
        let rows = |page: &str| page.matches("class=\"tick\"").count();
        assert_eq!(rows(first.text()), 50);
        let next = first.text().split("<a href=\"/links?cursor=").nth(1).expect("a next page");
        let next = next.split('"').next().expect("an address").replace("&#38;", "&");
        let second = ada.ask("GET", &format!("/links?cursor={next}"), None);
        assert_eq!(rows(second.text()), 10, "{}", second.text());
        assert_eq!(rows(ada.ask("GET", "/links?q=code59", None).text()), 1);
        assert_eq!(rows(ada.ask("GET", "/links?tag=a%20b", None).text()), 50);
        let none = ada.ask("GET", "/links?q=nothing", None);
        assert!(none.text().contains("No link fits"), "{}", none.text());
        let (_, mut other) = stranger(carom, "other@example.com");
        assert_eq!(rows(other.ask("GET", "/links", None).text()), 0);
        let mut viewer = member(carom, "viewer@example.com", "viewer");
        let page = viewer.ask("GET", "/links", None);
        assert!(!page.text().contains("Make a short link"), "{}", page.text());
        let refused = send(&mut viewer, "/links", &[("url", "https://example.com/")]);
        assert_eq!(refused.status, 403);
    });
}

/// The ids of the links with these codes.
fn ids(ada: &mut Browser<'_>, codes: &[&str]) -> Vec<String> {
    let list = ada.get("/api/v1/links?archived=all");
    let links = list["links"].as_array().expect("links");
    let id = |code: &&str| {
        let link = links.iter().find(|link| link["code"] == **code);
        text(&link.unwrap_or_else(|| panic!("no {code}"))["id"])
    };
    codes.iter().map(id).collect()
}

fn make(ada: &mut Browser<'_>, codes: &[&str]) -> Vec<String> {
    for code in codes {
        let draft = json!({ "url": "https://example.com/", "code": code, "tags": ["kept"] });
        assert_eq!(ada.ask("POST", "/api/v1/links", Some(draft)).status, 201);
    }
    ids(ada, codes)
}

fn what_was_deleted_comes_back_by_undo(carom: &Carom) {
    let mut ada = member(carom, "ada@example.com", "editor");
    let made = make(&mut ada, &["one", "two", "three"]);
    ada.ask("PATCH", &format!("/api/v1/links/{}", made[1]), Some(json!({ "state": "disabled" })));
    let fields = [("act", "delete"), ("id", &made[0]), ("id", &made[1]), ("q", "o")];
    let place = led_to(&send(&mut ada, "/links/act", &fields));
    assert!(place.starts_with("/links?q=o&done=deleted&ids="), "{place}");
    assert_eq!(get(carom.edge(), "/one").status, 410);
    let page = ada.ask("GET", &place, None);
    assert!(page.text().contains("2 links deleted"), "{}", page.text());
    let hidden = |name: &str| {
        let field = format!("name=\"{name}\" value=\"");
        let value = page.text().split(&field).nth(1).and_then(|rest| rest.split('"').next());
        value.expect("a hidden field").to_owned()
    };
    let (all, off) = (hidden("id"), hidden("off"));
    assert_eq!(off, made[1]);
    let undo = [("act", "restore"), ("id", all.as_str()), ("off", off.as_str())];
    assert!(led_to(&send(&mut ada, "/links/act", &undo)).contains("done=restored"));
    assert_eq!(get(carom.edge(), "/one").status, 302);
    assert_eq!(get(carom.edge(), "/two").status, 410, "it had been switched off before");
    let two = ada.get(&format!("/api/v1/links/{}", made[1]));
    assert_eq!((&two["archived_at"], &two["state"]), (&json!(null), &json!("disabled")));
}

#[test]
fn what_was_deleted_comes_back_by_undo_on_sqlite() {
    on_sqlite(what_was_deleted_comes_back_by_undo);
}

#[test]
fn what_was_deleted_comes_back_by_undo_on_postgres() {
    on_postgres(what_was_deleted_comes_back_by_undo);
}

#[test]
fn many_links_are_switched_tagged_and_deleted_for_good() {
    on_sqlite(|carom| {
        let mut ada = member(carom, "ada@example.com", "editor");
        let made = make(&mut ada, &["one", "two", "three"]);
        let mut act = |fields: &[(&str, &str)]| {
            let both = [("id", made[0].as_str()), ("id", made[1].as_str())];
            let fields: Vec<_> = fields.iter().copied().chain(both).collect();
            led_to(&send(&mut ada, "/links/act", &fields))
        };
        assert!(act(&[("act", "tag"), ("tag", "Sale")]).contains("done=tagged"));
        assert!(act(&[("act", "untag"), ("tag", "KEPT")]).contains("done=untagged"));
        assert!(act(&[("act", "off")]).contains("done=off"));
        assert_eq!(get(carom.edge(), "/two").status, 410);
        assert!(act(&[("act", "on")]).contains("done=on"));
        assert_eq!(get(carom.edge(), "/two").status, 302);
        assert!(act(&[("act", "delete")]).contains("done=deleted"));
        assert!(act(&[("act", "erase"), ("state", "deleted")]).starts_with("/links?state=deleted"));
        assert_eq!(get(carom.edge(), "/two").status, 404);
        let left = ada.get("/api/v1/links?archived=all");
        assert_eq!(left["links"].as_array().expect("links").len(), 1);
        let audit = member(carom, "owner@example.com", "owner").get("/api/v1/audit?limit=200");
        let tags = audit.to_string();
        assert!(tags.contains("sale"), "{tags}");
        for (fields, status) in [
            (&[("act", "delete")][..], 422),
            (&[("act", "explode"), ("id", &made[2])], 422),
            (&[("act", "tag"), ("tag", " "), ("id", &made[2])], 422),
            (&[("act", "tag"), ("tag", "a,b"), ("id", &made[2])], 422),
        ] {
            assert_eq!(send(&mut ada, "/links/act", fields).status, status, "{fields:?}");
        }
        assert_eq!(get(carom.edge(), "/three").status, 302, "nothing was done to it");
    });
}

#[test]
fn another_workspace_s_links_are_not_acted_on_nor_counted() {
    on_sqlite(|carom| {
        let mut ada = member(carom, "ada@example.com", "owner");
        let made = make(&mut ada, &["one"]);
        let (_, mut other) = stranger(carom, "other@example.com");
        for act in ["delete", "erase", "off"] {
            assert_eq!(
                send(&mut other, "/links/act", &[("act", act), ("id", &made[0])]).status,
                422
            );
        }
        let counts = other.get(&format!("/links/counts?ids={}", made[0]));
        assert_eq!(counts, json!({}));
        assert_eq!(get(carom.edge(), "/one").status, 302);
        let own = ada.get(&format!("/links/counts?ids={},7,x", made[0]));
        assert_eq!(own, json!({ made[0].as_str(): 1 }));
        let mut viewer = member(carom, "viewer@example.com", "viewer");
        assert_eq!(
            send(&mut viewer, "/links/act", &[("act", "off"), ("id", &made[0])]).status,
            403
        );
    });
}

#[test]
fn links_are_filtered_and_the_most_followed_come_first() {
    on_sqlite(|carom| {
        let mut ada = member(carom, "ada@example.com", "editor");
        make(&mut ada, &["one", "two", "three"]);
        for _ in 0..3 {
            assert_eq!(get(carom.edge(), "/two").status, 302);
        }
        assert_eq!(get(carom.edge(), "/one").status, 302);
        let order = |page: &str| {
            let code = |code: &&str| page.find(&format!("/{code}</a> <button"));
            let mut codes: Vec<_> = ["one", "two", "three"]
                .into_iter()
                .filter_map(|it| code(&it).map(|place| (place, it)))
                .collect();
            codes.sort_unstable();
            codes.into_iter().map(|(_, code)| code).collect::<Vec<_>>()
        };
        eventually(SOON, "the clicks are in the store", || {
            order(ada.ask("GET", "/links?sort=clicks", None).text()) == ["two", "one"]
        });
        let page = ada.ask("GET", "/links", None);
        assert_eq!(order(page.text()), ["three", "two", "one"]);
        let id = &ids(&mut ada, &["two"])[0];
        assert!(page.text().contains(&format!("data-count=\"{id}\">3<")), "{}", page.text());
        assert!(page.text().contains("class=\"spark\""), "{}", page.text());
        let mut shown =
            |query: &str| order(ada.ask("GET", &format!("/links?{query}"), None).text());
        assert_eq!(shown("by=ada%40example.com&q=w"), ["two"]);
        assert_eq!(shown("by=nobody"), Vec::<&str>::new());
        assert_eq!(shown("state=off"), Vec::<&str>::new());
        assert_eq!(shown("state=on"), ["three", "two", "one"]);
        let refused = ada.ask("GET", "/links?sort=rubbish", None);
        assert_eq!(refused.status, 400);
    });
}
