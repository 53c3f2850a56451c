//! From the printed address to a link, and a click on it that is seen.

use std::fs;

use serde_json::json;

use crate::admin_api::fixture::on_sqlite;
use crate::people::fixture::PASSWORD;
use crate::support::carom::Carom;
use crate::support::http::get;
use crate::support::wait::{SOON, eventually};

use super::fixture::{Scheme, Visit, Width};

const TARGET: &str = "https://www.example.com/a/long/address?with=a&query";

/// The address that makes the first account, as the server keeps it for its owner.
#[track_caller]
fn set_up_address(carom: &Carom) -> String {
    let printed = eventually(SOON, "the set-up address is announced", || {
        let line = carom.printed();
        let line = line.lines().find_map(|line| line.trim().strip_prefix("set-up"))?;
        line.split_whitespace().next().map(str::to_owned)
    });
    fs::read_to_string(printed).expect("its owner can read it").trim().to_owned()
}

#[test]
fn somebody_comes_from_the_printed_address_to_a_link_and_sees_it_followed() {
    on_sqlite(|carom| {
        let visit = Visit::new(carom);
        visit.look(Width::Wide, Scheme::Light);
        let page = &visit.chromium;
        // What whoever pastes an address would have said yes to.
        let may = json!({ "permissions": ["clipboardReadWrite", "clipboardSanitizedWrite"] });
        page.devtools("Browser.grantPermissions", &may);
        page.open(&set_up_address(carom));
        let is_filled =
            page.run("return document.querySelector('#token').value.length > 20", vec![]);
        assert_eq!(is_filled, true, "the token comes from the address");
        assert!(!page.address().contains('#'), "and stands in it no more");
        page.fill("#name", "Ada");
        page.fill("#email", "ada@example.com");
        page.fill("#password", PASSWORD);
        visit.assert_quiet();
        page.click("main button[type=submit]");
        eventually(SOON, "the links page", || visit.path() == "/links");
        assert_eq!(page.text("h1"), "Links");

        // The field waits for it: paste, and press Enter.
        page.type_keys(TARGET);
        visit.assert_quiet();
        page.press(fantoccini::key::Key::Enter, 1);
        let begin = format!("http://{}/", carom.edge());
        let shown = format!("[role=status] a[href^='{begin}']");
        eventually(SOON, "the short link is shown", || page.has(&shown));
        let short_url = page.text(&shown);
        let code = short_url.strip_prefix(&begin).expect("a short URL").to_owned();
        eventually(SOON, "it is copied", || page.text("[data-copy-now]") == "Copied");
        let copied = "navigator.clipboard.readText().then(arguments[0], arguments[0])";
        assert_eq!(page.run_later(copied, vec![]), short_url);
        let drawn = "return document.querySelector('[role=status] img').naturalWidth > 0";
        eventually(SOON, "its QR code is drawn", || page.run(drawn, vec![]) == true);
        let answer = get(carom.edge(), &format!("/{code}"));
        assert_eq!((answer.status, answer.header("location")), (302, Some(TARGET)));

        // Nobody loads the page again.
        page.run("window.__still = true", vec![]);
        let count = || page.text("table [data-count]");
        eventually(SOON, "the click is seen", || count() == "1");
        for _ in 0..3 {
            get(carom.edge(), &format!("/{code}"));
        }
        eventually(SOON, "and those after it", || count() == "4");
        assert_eq!(page.run("return window.__still ?? false", vec![]), true);
        visit.assert_quiet();
    });
}
