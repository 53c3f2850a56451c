//! Set-up, sign-in and invitation by forms, without a script.

use serde_json::json;

use super::fixture::{led_to, send};
use crate::admin_api::fixture::on_sqlite;
use crate::people::fixture::{Browser, PASSWORD, account, member, open_set_up, text};

#[test]
fn the_first_owner_comes_from_the_printed_address_to_the_links() {
    on_sqlite(|carom| {
        let token = open_set_up(carom);
        let mut ada = Browser::new(carom);
        assert_eq!(led_to(&ada.ask("GET", "/", None)), "/links");
        assert_eq!(led_to(&ada.ask("GET", "/links", None)), "/sign-in?next=%2Flinks");
        let sign_in = ada.ask("GET", "/sign-in", None);
        assert!(sign_in.text().contains("Nobody has an account yet"), "{}", sign_in.text());
        let form = ada.ask("GET", "/set-up", None);
        assert!(form.text().contains("data-from-fragment"), "{}", form.text());

        let fields = |password| {
            [
                ("token", token.as_str()),
                ("email", "ada@example.com"),
                ("name", "Ada"),
                ("password", password),
            ]
        };
        let refused = send(&mut ada, "/set-up", &fields("short"));
        assert_eq!(refused.status, 422);
        let page = refused.text();
        assert!(page.contains("10 to 256 characters") && page.contains(&token), "{page}");
        assert!(
            page.contains("value=\"ada@example.com\"") && !page.contains("value=\"short\""),
            "{page}"
        );
        assert_eq!(led_to(&send(&mut ada, "/set-up", &fields(PASSWORD))), "/");
        let links = ada.ask("GET", "/links", None);
        assert_eq!(links.status, 200);
        assert!(links.text().contains("There are no links yet"), "{}", links.text());
        let again = send(&mut Browser::new(carom), "/set-up", &fields(PASSWORD));
        assert_eq!(again.status, 404);
        assert!(again.text().contains("carom user setup-link"), "{}", again.text());
    });
}

#[test]
fn a_sign_in_says_what_was_wrong_and_leads_to_where_somebody_wanted_to_go() {
    on_sqlite(|carom| {
        account(carom, "ada@example.com", None);
        let mut ada = member(carom, "bob@example.com", "viewer");
        let out = send(&mut ada, "/sign-out", &[]);
        assert_eq!((led_to(&out), ada.cookie.clone()), ("/sign-in".to_owned(), None));
        let fields =
            |password, next| [("email", "bob@example.com"), ("password", password), ("next", next)];
        let refused = send(&mut ada, "/sign-in", &fields("a wrong password", "/links?q=x"));
        assert_eq!(refused.status, 401);
        let page = refused.text();
        assert!(page.contains("the e-mail address or the password is wrong"), "{page}");
        assert!(
            page.contains("value=\"bob@example.com\"") && page.contains("/links?q=x"),
            "{page}"
        );
        assert!(!page.contains("a wrong password"), "{page}");
        assert!(page.contains("carom user reset-password"), "{page}");
        for (next, place) in [
            ("/links?q=x", "/links?q=x"),
            ("", "/"),
            ("https://evil.example/", "/"),
            ("//evil.example/", "/"),
            ("/\\evil.example", "/"),
        ] {
            let signed_in = send(&mut ada, "/sign-in", &fields(PASSWORD, next));
            assert_eq!(led_to(&signed_in), place, "{next}");
        }
        assert_eq!(led_to(&ada.ask("GET", "/sign-in", None)), "/", "they have signed in");
    });
}

#[test]
fn an_invitation_is_looked_at_and_accepted() {
    on_sqlite(|carom| {
        let mut owner = member(carom, "owner@example.com", "owner");
        let draft = json!({ "email": "new@example.com", "role": "editor" });
        let made = owner.ask("POST", "/api/v1/invitations", Some(draft)).json();
        let link = text(&made["link"]);
        let token = link.split_once('#').expect("a fragment").1;
        let mut guest = Browser::new(carom);
        assert_eq!(guest.ask("GET", "/invitation", None).status, 200);
        let open = send(&mut guest, "/invitation", &[("token", token)]);
        assert_eq!(open.status, 200);
        assert!(open.text().contains("new@example.com") && open.text().contains("editor"));
        let fields =
            [("token", token), ("accepts", "true"), ("name", "New"), ("password", PASSWORD)];
        assert_eq!(led_to(&send(&mut guest, "/invitation", &fields)), "/");
        assert_eq!(guest.ask("GET", "/links", None).status, 200);
        let used = send(&mut Browser::new(carom), "/invitation", &fields);
        assert_eq!(used.status, 404);
        assert!(used.text().contains("no such invitation"), "{}", used.text());
    });
}
