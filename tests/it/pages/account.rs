//! One's own account by forms, without a script.

use carom::accounts::totp::TotpSecret;
use carom::model::time::Millis;
use serde_json::json;

use super::fixture::{led_to, send};
use crate::admin_api::fixture::{on_postgres, on_sqlite};
use crate::people::fixture::{Browser, PASSWORD, account, member, signed_in, text};
use crate::support::carom::Carom;
use crate::support::sql::run_on_store_of;

const PATH: &str = "/account";
const BEGIN: &str = "/account/second-factor";
const CONFIRM: &str = "/account/second-factor/confirm";
const REMOVE: &str = "/account/second-factor/remove";
const NEW_PASSWORD: &str = "another long one";

#[track_caller]
fn page(browser: &mut Browser<'_>) -> String {
    let page = browser.ask("GET", PATH, None);
    assert_eq!(page.status, 200, "{}", page.text());
    page.text().to_owned()
}

/// What stands in the block of a secret.
#[track_caller]
fn secret_in<'p>(page: &'p str, tag: &str) -> &'p str {
    let (open, close) = (format!("<{tag} class=\"secret\">"), format!("</{tag}>"));
    let rest = page.split_once(&open).unwrap_or_else(|| panic!("no secret: {page}")).1;
    rest.split_once(&close).expect("its end").0
}

fn the_name_the_password_and_the_sessions_are_changed(carom: &Carom) {
    let mut ada = member(carom, "ada@example.com", "viewer");
    let mut elsewhere = signed_in(carom, "ada@example.com");
    let shown = page(&mut ada);
    assert!(shown.contains("ada@example.com") && shown.contains("value=\"Somebody\""), "{shown}");
    assert_eq!(shown.matches("<h1>").count(), 1);
    assert_eq!(shown.matches(">This one<").count(), 1, "{shown}");
    assert_eq!(
        led_to(&send(&mut ada, "/account/name", &[("name", " Ada ")])),
        "/account?done=name"
    );
    assert!(page(&mut ada).contains("value=\"Ada\""));

    let before = ada.cookie.clone();
    let fields = [("current_password", PASSWORD), ("password", NEW_PASSWORD)];
    let changed = send(&mut ada, "/account/password", &fields);
    assert_eq!(led_to(&changed), "/account?done=password");
    assert_ne!(ada.cookie, before);
    assert!(ada.is_signed_in() && !elsewhere.is_signed_in());
    assert!(!Browser { carom, cookie: before }.is_signed_in());
    assert_eq!(Browser::new(carom).sign_in("ada@example.com", PASSWORD).status, 401);

    let (mut second, mut third) = (Browser::new(carom), Browser::new(carom));
    for browser in [&mut second, &mut third] {
        assert_eq!(browser.sign_in("ada@example.com", NEW_PASSWORD).status, 201);
    }
    let id = text(&second.get("/api/v1/me")["session"]["id"]);
    let path = format!("/account/sessions/{id}/end");
    assert!(page(&mut ada).contains(&path));
    assert_eq!(led_to(&send(&mut ada, &path, &[])), "/account?done=session");
    assert!(!second.is_signed_in() && third.is_signed_in());
    assert_eq!(led_to(&send(&mut ada, "/account/sessions/end", &[])), "/account?done=others");
    assert!(!third.is_signed_in() && ada.is_signed_in());
    assert!(!page(&mut ada).contains("End all other sessions"), "there are none");
}

#[test]
fn the_name_the_password_and_the_sessions_are_changed_on_sqlite() {
    on_sqlite(the_name_the_password_and_the_sessions_are_changed);
}

#[test]
fn the_name_the_password_and_the_sessions_are_changed_on_postgres() {
    on_postgres(the_name_the_password_and_the_sessions_are_changed);
}

#[test]
fn a_refused_form_says_why_keeps_what_was_typed_and_no_password() {
    on_sqlite(|carom| {
        let mut ada = member(carom, "ada@example.com", "owner");
        let long = "x".repeat(129);
        let refused = send(&mut ada, "/account/name", &[("name", &long)]);
        assert_eq!(refused.status, 422);
        assert!(refused.text().contains(&long) && refused.text().contains("1 to 128 characters"));
        for (current, new, status, why) in [
            ("", NEW_PASSWORD, 422, "the current password is needed"),
            ("a wrong password", NEW_PASSWORD, 403, "that is not the current password"),
            (PASSWORD, "short", 422, "10 to 256 characters"),
        ] {
            let fields = [("current_password", current), ("password", new)];
            let refused = send(&mut ada, "/account/password", &fields);
            assert_eq!(refused.status, status, "{why}");
            let page = refused.text();
            assert!(page.contains(why), "{why}: {page}");
            for typed in [current, new].iter().filter(|typed| !typed.is_empty()) {
                assert!(!page.contains(*typed), "{typed}: {page}");
            }
        }
        assert_eq!(Browser::new(carom).sign_in("ada@example.com", PASSWORD).status, 201);
    });
}

#[test]
fn a_second_factor_is_shown_once_confirmed_and_removed() {
    on_sqlite(|carom| {
        let mut ada = member(carom, "ada@example.com", "viewer");
        assert!(page(&mut ada).contains("action=\"/account/second-factor\""));
        let none = send(&mut ada, CONFIRM, &[("code", "000000")]);
        assert_eq!(none.status, 404);
        assert!(none.text().contains("no second factor was offered"), "{}", none.text());
        let wrong = send(&mut ada, BEGIN, &[("current_password", "a wrong password")]);
        assert_eq!(wrong.status, 403);
        assert!(!wrong.text().contains("class=\"secret\""));

        let offered = send(&mut ada, BEGIN, &[("current_password", PASSWORD)]);
        assert_eq!(offered.status, 200, "{}", offered.text());
        let shown = offered.text();
        let secret = secret_in(shown, "code").to_owned();
        assert!(shown.contains("<svg ") && shown.contains("otpauth://totp/Carom:"), "{shown}");
        for inline in ["<script>", "<style", "style=", "onclick="] {
            assert!(!shown.contains(inline), "{inline}");
        }
        let later = page(&mut ada);
        assert!(!later.contains(&secret) && later.contains(CONFIRM), "{later}");
        let wrong = send(&mut ada, CONFIRM, &[("code", "nothing")]);
        assert_eq!(wrong.status, 401);
        assert!(!wrong.text().contains(&secret) && wrong.text().contains("the code is wrong"));
        assert_eq!(ada.get("/api/v1/me")["user"]["has_second_factor"], json!(false));

        let secret = TotpSecret::from_base32(&secret).expect("a secret");
        let code = secret.code(Millis::now().epoch_seconds());
        let confirmed = send(&mut ada, CONFIRM, &[("code", &code)]);
        assert_eq!(confirmed.status, 201, "{}", confirmed.text());
        let codes: Vec<_> = secret_in(confirmed.text(), "pre").lines().collect();
        assert_eq!(codes.len(), 10);
        let later = page(&mut ada);
        assert!(later.contains("It is in force") && !later.contains(codes[0]), "{later}");
        let form = [("email", "ada@example.com"), ("password", PASSWORD), ("code", codes[0])];
        assert_eq!(led_to(&send(&mut Browser::new(carom), "/sign-in", &form)), "/");

        let wrong = send(&mut ada, REMOVE, &[("current_password", "a wrong password")]);
        assert_eq!(wrong.status, 403);
        let removed = send(&mut ada, REMOVE, &[("current_password", PASSWORD)]);
        assert_eq!(led_to(&removed), "/account?done=factor");
        assert_eq!(Browser::new(carom).sign_in("ada@example.com", PASSWORD).status, 201);
        let again = send(&mut ada, REMOVE, &[("current_password", PASSWORD)]);
        assert_eq!(again.status, 404);
    });
}

#[test]
fn nobody_sees_or_ends_the_session_of_another() {
    on_sqlite(|carom| {
        let mut ada = member(carom, "ada@example.com", "owner");
        let mut bob = member(carom, "bob@example.com", "viewer");
        let id = text(&bob.get("/api/v1/me")["session"]["id"]);
        let shown = page(&mut ada);
        assert!(!shown.contains(&id) && !shown.contains("bob@example.com"), "{shown}");
        for path in [format!("/account/sessions/{id}/end"), "/account/sessions/x/end".to_owned()] {
            let refused = send(&mut ada, &path, &[]);
            assert_eq!(refused.status, 404, "{path}");
            assert!(refused.text().contains("you have no such session"), "{}", refused.text());
        }
        assert!(bob.is_signed_in());
        for path in ["/account/name", "/account/password", "/account/sessions/end", BEGIN, REMOVE] {
            assert_eq!(led_to(&send(&mut Browser::new(carom), path, &[])), "/sign-in", "{path}");
        }
        assert_eq!(led_to(&Browser::new(carom).ask("GET", PATH, None)), "/sign-in?next=%2Faccount");
    });
}

#[test]
fn an_account_needs_no_workspace_and_no_password() {
    on_sqlite(|carom| {
        account(carom, "ada@example.com", None);
        let mut ada = signed_in(carom, "ada@example.com");
        run_on_store_of(carom, "UPDATE users SET password = NULL");
        let shown = page(&mut ada);
        assert!(shown.contains("you sign in elsewhere"), "{shown}");
        assert!(!shown.contains("name=\"current_password\""), "{shown}");
        let set = send(&mut ada, "/account/password", &[("password", NEW_PASSWORD)]);
        assert_eq!(led_to(&set), "/account?done=password");
        assert!(page(&mut ada).contains("name=\"current_password\""));
        assert_eq!(Browser::new(carom).sign_in("ada@example.com", NEW_PASSWORD).status, 201);
    });
}
