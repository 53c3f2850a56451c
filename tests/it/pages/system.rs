//! How a node fares, for people.

use serde_json::json;

use crate::admin_api::fixture::{on_postgres, on_sqlite};
use crate::people::fixture::{account, member, signed_in};
use crate::support::carom::Carom;
use crate::support::http::get;
use crate::support::wait::{SOON, eventually};

fn a_node_says_how_it_fares(carom: &Carom) {
    let mut ada = member(carom, "ada@example.com", "editor");
    let draft = json!({ "url": "https://example.com/", "code": "one" });
    assert_eq!(ada.ask("POST", "/api/v1/links", Some(draft)).status, 201);
    for _ in 0..40 {
        assert_eq!(get(carom.edge(), "/one").status, 302);
    }
    assert_eq!(get(carom.edge(), "/none").status, 404);
    let mut shown = || ada.ask("GET", "/system", None).text().to_owned();
    eventually(SOON, "the clicks are in the store, and a node wrote them", || {
        let page = shown();
        page.contains("<dt>Not in the store yet</dt><dd>0</dd>")
            && page.contains("<th scope=\"row\">")
            && !page.contains("None has written a click yet")
    });
    let page = shown();
    assert!(page.contains("redirected</th><td class=\"number\">40<"), "{page}");
    assert!(page.contains("no such link</th><td class=\"number\">1<"), "{page}");
    assert!(page.contains("<span class=\"state\">answers</span>"), "{page}");
    assert!(
        page.contains("memory</th><td class=\"number\">") && page.contains(" µs</td>"),
        "{page}"
    );
    assert!(page.contains("<dt>Codes remembered as unknown</dt>"), "{page}");
    assert_eq!(page.matches("(this one)</th>").count(), 1, "{page}");
    assert!(!page.contains("role=\"alert\""), "nothing is wrong: {page}");
}

#[test]
fn a_node_says_how_it_fares_on_sqlite() {
    on_sqlite(a_node_says_how_it_fares);
}

#[test]
fn a_node_says_how_it_fares_on_postgres() {
    on_postgres(a_node_says_how_it_fares);
}

#[test]
fn who_belongs_to_no_workspace_sees_the_node_and_is_told_what_to_do_elsewhere() {
    on_sqlite(|carom| {
        account(carom, "ada@example.com", None);
        let mut ada = signed_in(carom, "ada@example.com");
        let system = ada.ask("GET", "/system", None);
        assert_eq!(system.status, 200, "{}", system.text());
        assert!(system.text().contains("No workspace"), "{}", system.text());
        for path in ["/links", "/keys", "/audit", "/analytics"] {
            let page = ada.ask("GET", path, None);
            assert_eq!(page.status, 404, "{path}");
            assert!(page.text().contains("make a workspace of your own"), "{}", page.text());
            assert!(page.text().contains("href=\"/workspaces\""), "{}", page.text());
        }
    });
}
