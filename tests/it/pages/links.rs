//! Links are listed, searched and made.

use serde_json::json;

use super::fixture::{led_to, send};
use crate::admin_api::fixture::{on_postgres, on_sqlite};
use crate::people::fixture::{member, stranger};
use crate::support::carom::Carom;
use crate::support::http::get;

fn a_link_is_made_by_a_form_and_followed(carom: &Carom) {
    let mut ada = member(carom, "ada@example.com", "editor");
    let fields = [("url", " https://example.com/a?b=c "), ("code", "mine"), ("title", "")];
    assert_eq!(led_to(&send(&mut ada, "/links", &fields)), "/links?made=mine");
    let page = ada.ask("GET", "/links?made=mine", None);
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
        let rows = |page: &str| page.matches("<tr><th scope=\"row\">").count();
        assert_eq!(rows(first.text()), 50);
        let next = first.text().split("<a href=\"/links?q=").nth(1).expect("a next page");
        let next = next.split('"').next().expect("an address").replace("&#38;", "&");
        let second = ada.ask("GET", &format!("/links?q={next}"), None);
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
