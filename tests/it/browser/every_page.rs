//! Each page in two widths, light and dark.

use fantoccini::key::Key;
use serde_json::{Value, json};

use super::fixture::{LOOK, Scheme, TAB_BEFORE, Visit, Width, lines_of};
use super::pages::{PAGES, Who};
use crate::admin_api::fixture::on_sqlite;
use crate::people::fixture::{Browser, member, text};
use crate::support::admin::Link;
use crate::support::carom::Carom;
use crate::support::http::request;
use crate::support::wait::{SOON, eventually};

const WAYS: [(Width, Scheme); 4] = [
    (Width::Wide, Scheme::Light),
    (Width::Wide, Scheme::Dark),
    (Width::Phone, Scheme::Light),
    (Width::Phone, Scheme::Dark),
];

#[test]
fn every_page_is_sound_and_readable_when_there_is_nothing_yet() {
    on_sqlite(|carom| {
        let mut ada = member(carom, "ada@example.com", "owner");
        // Some pages are about a link.
        let draft = json!({ "url": "https://example.com/" });
        let link = text(&ada.ask("POST", "/api/v1/links", Some(draft)).json()["id"]);
        look_at_every_page(carom, &ada, &link);
    });
}

#[test]
fn every_page_is_sound_and_readable_when_much_is_there() {
    on_sqlite(|carom| {
        let mut ada = member(carom, "ada@example.com", "owner");
        let link = furnish(carom, &mut ada);
        look_at_every_page(carom, &ada, &link);
    });
}

#[test]
fn a_keyboard_reaches_everything_and_shows_where_it_is() {
    on_sqlite(|carom| {
        let mut ada = member(carom, "ada@example.com", "owner");
        let link = furnish(carom, &mut ada);
        let visit = Visit::new(carom);
        let mut faults = Vec::new();
        for (width, scheme) in [WAYS[0], WAYS[3]] {
            visit.look(width, scheme);
            for_every_page(&visit, &ada, &link, |page| {
                let count = visit.chromium.run(TAB_BEFORE, vec![]);
                let count = count.as_u64().expect("a count") as usize;
                assert!(count > 1, "{page}: nothing is within reach");
                visit.chromium.press(Key::Tab, count);
                let found = visit.chromium.run("return window.__tabbed()", vec![]);
                faults.extend(told(page, width, scheme, lines_of(&found)));
            });
        }
        assert!(faults.is_empty(), "\n{}", faults.join("\n"));
    });
}

#[test]
fn a_refused_form_keeps_what_was_typed_and_is_as_readable() {
    on_sqlite(|carom| {
        let ada = member(carom, "ada@example.com", "owner");
        let visit = Visit::new(carom);
        let page = &visit.chromium;
        let mut faults = Vec::new();
        for (width, scheme) in WAYS {
            visit.look(width, scheme);
            visit.forget();
            visit.open("/sign-in");
            page.fill("#email", "ada@example.com");
            page.fill("#password", "not the password");
            page.click("main button[type=submit]");
            eventually(SOON, "it is refused", || page.has("[role=alert]"));
            let typed = page.run("return document.querySelector('#email').value", vec![]);
            assert_eq!(typed, "ada@example.com");
            faults.extend(told(
                "/sign-in, refused",
                width,
                scheme,
                lines_of(&page.run(LOOK, vec![])),
            ));

            visit.sign_in_as(&ada);
            visit.open("/links");
            page.fill("#url", "javascript:alert(1)");
            page.click("form.make summary");
            page.fill("#code", "kept");
            page.press(Key::Enter, 1);
            eventually(SOON, "it is refused", || page.has("[role=alert]"));
            let typed = "return [document.querySelector('#url').value, document.querySelector('#code').value]";
            assert_eq!(page.run(typed, vec![]), json!(["javascript:alert(1)", "kept"]));
            faults.extend(told(
                "/links, refused",
                width,
                scheme,
                lines_of(&page.run(LOOK, vec![])),
            ));
            visit.assert_quiet_but_for_answers();
        }
        assert!(faults.is_empty(), "\n{}", faults.join("\n"));
    });
}

fn look_at_every_page(carom: &Carom, ada: &Browser<'_>, link: &str) {
    let visit = Visit::new(carom);
    let mut faults = Vec::new();
    for (width, scheme) in WAYS {
        visit.look(width, scheme);
        for_every_page(&visit, ada, link, |page| {
            let found = visit.chromium.run(LOOK, vec![]);
            faults.extend(told(page, width, scheme, lines_of(&found)));
            faults.extend(told(page, width, scheme, nameless(&visit)));
            let is_its_own =
                |line: &String| line.contains("status of 404") && page == "/nothing-here";
            let alarms = visit.alarms().into_iter().filter(|line| !is_its_own(line)).collect();
            faults.extend(told(page, width, scheme, alarms));
        });
    }
    assert!(faults.is_empty(), "\n{}", faults.join("\n"));
}

/// Opens each page as whoever it is for.
#[track_caller]
fn for_every_page(visit: &Visit<'_>, ada: &Browser<'_>, link: &str, mut look: impl FnMut(&str)) {
    for who in [Who::Guest, Who::Owner] {
        visit.forget();
        if who == Who::Owner {
            visit.sign_in_as(ada);
        }
        for page in PAGES.iter().filter(|page| page.who == who) {
            let path = page.about(visit.carom, link);
            visit.open(&path);
            assert_eq!(visit.status(), page.status, "{path}");
            assert_eq!(visit.path(), path, "it leads elsewhere");
            look(&path);
        }
    }
}

fn told(page: &str, width: Width, scheme: Scheme, lines: Vec<String>) -> Vec<String> {
    lines.into_iter().map(|line| format!("{page}, {width:?}, {scheme:?}: {line}")).collect()
}

/// What can be operated and has no name for those who do not see it.
fn nameless(visit: &Visit<'_>) -> Vec<String> {
    const OPERATED: [&str; 12] = [
        "button",
        "checkbox",
        "combobox",
        "link",
        "listbox",
        "menuitem",
        "radio",
        "searchbox",
        "slider",
        "spinbutton",
        "switch",
        "textbox",
    ];
    let tree = visit.chromium.devtools("Accessibility.getFullAXTree", &json!({}));
    let nodes = tree["nodes"].as_array().expect("nodes");
    let is_nameless = |node: &&Value| {
        let role = node["role"]["value"].as_str().unwrap_or_default();
        let name = node["name"]["value"].as_str().unwrap_or_default();
        node["ignored"] == false && OPERATED.contains(&role) && name.trim().is_empty()
    };
    nodes
        .iter()
        .filter(is_nameless)
        .map(|node| format!("a nameless {}", node["role"]["value"]))
        .collect()
}

/// Puts something of everything into the workspace, and returns the id of a link that people and
/// programs have followed.
fn furnish(carom: &Carom, ada: &mut Browser<'_>) -> String {
    let long =
        "A title that goes on, and on, and on, without an end in sight, as titles of campaigns do";
    let create: Vec<Value> = (0..60)
        .map(|n| {
            json!({
                "url": format!("https://www.example.com/a/rather/long/path/that/does/not/break/{n}?utm_source=newsletter&utm_medium=email"),
                "code": format!("code-{n}"),
                "title": if n % 3 == 0 { long } else { "Short" },
                "tags": if n % 2 == 0 { vec!["spring sale", "print"] } else { vec![] },
            })
        })
        .collect();
    let made = ada.ask("POST", "/api/v1/links/batch", Some(json!({ "create": create })));
    assert_eq!(made.status, 200, "{}", made.text());
    let full = json!({
        "url": "https://www.example.com/full", "code": "full", "title": long, "note": long,
        "tags": ["a", "rather long tag, if one may say so".replace(',', "").as_str()],
        "expires_at": "2100-01-01T00:00:00Z", "max_clicks": 1000, "password": "a word",
    });
    let full = ada.ask("POST", "/api/v1/links", Some(full));
    assert_eq!(full.status, 201, "{}", full.text());
    for (path, draft) in [
        ("/api/v1/keys", json!({ "name": "A program's key", "scopes": ["links:read"] })),
        ("/api/v1/invitations", json!({ "email": "new@example.com", "role": "editor" })),
        ("/api/v1/domains", json!({ "host": "a-rather-long-name.of-a-domain.example" })),
    ] {
        let made = ada.ask("POST", path, Some(draft));
        assert!(matches!(made.status, 201 | 202), "{path}: {}", made.text());
    }
    let link = followed(carom);
    link.id
}

/// A link with clicks of all sorts.
fn followed(carom: &Carom) -> Link {
    let link =
        carom.create_link(&json!({ "url": "https://example.com/followed", "code": "followed" }));
    let agents = [
        "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0",
        "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 Mobile/15E148 Safari/604.1",
        "curl/8.0",
    ];
    for n in 0..12 {
        let path = format!("/followed?utm_source=newsletter&utm_campaign=spring-{}", n % 4);
        let headers = [
            ("user-agent", agents[n % 3]),
            ("referer", "https://news.example.org/today"),
            ("accept-language", "de-AT"),
        ];
        assert_eq!(request(carom.edge(), "GET", &path, &headers, b"").status, 302);
    }
    eventually(SOON, "the clicks are stored", || carom.clicks(&link).stored == 12);
    link
}
