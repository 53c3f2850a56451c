//! Without scripts, and by the keyboard alone.

use fantoccini::key::Key;
use serde_json::json;

use super::fixture::Visit;
use crate::admin_api::fixture::on_sqlite;
use crate::people::fixture::{PASSWORD, member};
use crate::support::http::get;
use crate::support::wait::{SOON, eventually};

const TARGET: &str = "https://www.example.com/plain";

/// Tab presses that no page needs more of to a field of its own.
const TABS_MAX: usize = 40;

#[test]
fn without_scripts_somebody_signs_in_makes_a_link_sees_it_and_signs_out() {
    on_sqlite(|carom| {
        member(carom, "ada@example.com", "editor");
        let visit = Visit::new(carom);
        let page = &visit.chromium;
        page.devtools("Emulation.setScriptExecutionDisabled", &json!({ "value": true }));
        visit.open("/links");
        assert_eq!(visit.path(), "/sign-in?next=%2Flinks");
        page.fill("#email", "ada@example.com");
        page.fill("#password", PASSWORD);
        page.click("main button[type=submit]");
        eventually(SOON, "the links page", || visit.path() == "/links");
        page.fill("#url", TARGET);
        page.click("form.make button[type=submit]");
        follow_what_was_made(&visit);
        page.click("form[action='/sign-out'] button");
        eventually(SOON, "the way in", || visit.path() == "/sign-in");
        visit.open("/links");
        assert_eq!(visit.path(), "/sign-in?next=%2Flinks");
    });
}

#[test]
fn by_the_keyboard_alone_somebody_signs_in_and_makes_a_link() {
    on_sqlite(|carom| {
        member(carom, "ada@example.com", "editor");
        let visit = Visit::new(carom);
        let page = &visit.chromium;
        visit.open("/sign-in");
        tab_to(&visit, "email");
        page.type_keys("ada@example.com");
        tab_to(&visit, "password");
        page.type_keys(PASSWORD);
        page.press(Key::Enter, 1);
        eventually(SOON, "the links page", || visit.path() == "/links");
        tab_to(&visit, "url");
        page.type_keys(TARGET);
        page.press(Key::Enter, 1);
        follow_what_was_made(&visit);
        visit.assert_quiet();
    });
}

/// Follows the short link that the page shows as just made.
#[track_caller]
fn follow_what_was_made(visit: &Visit<'_>) {
    let begin = format!("http://{}", visit.carom.edge());
    let shown = format!("[role=status] a[href^='{begin}']");
    eventually(SOON, "the link is shown", || visit.chromium.has(&shown));
    let short_url = visit.chromium.text(&shown);
    let path = short_url.strip_prefix(&begin).expect("a short URL");
    assert_eq!(get(visit.carom.edge(), path).header("location"), Some(TARGET));
}

/// Presses Tab until the field with this id has the focus.
#[track_caller]
fn tab_to(visit: &Visit<'_>, id: &str) {
    let focused = || visit.chromium.run("return document.activeElement.id", vec![]);
    for _ in 0..TABS_MAX {
        if focused() == id {
            return;
        }
        visit.chromium.press(Key::Tab, 1);
    }
    panic!("Tab does not lead to #{id}");
}
