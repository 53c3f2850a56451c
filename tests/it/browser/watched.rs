//! What watches over the pages sees what is wrong: each fault is made on purpose, and found.

use serde_json::json;

use super::fixture::{LOOK, Scheme, TAB_BEFORE, Visit, Width, lines_of};
use crate::admin_api::fixture::on_sqlite;
use fantoccini::key::Key;

/// A page's inside, and what must be said of it.
const FAULTS: [(&str, &str); 14] = [
    ("<h1>Two</h1>", "2 <h1>"),
    ("<main></main>", "2 <main>"),
    ("<p id=a></p><p id=a></p>", "two elements #a"),
    ("<div class=wide>x</div>", "scrolls sideways"),
    ("<input name=x>", "no label"),
    ("<input name=x placeholder=pale class=pale aria-label=x>", "contrast"),
    ("<img src='/icon'>", "no alt"),
    ("<svg width=9 height=9><path d=''/></svg>", "a drawing without"),
    ("<a href='java\nscript:x'>x</a>", "href="),
    ("<input aria-label=x class=edgeless>", "the edge of the field"),
    ("<button class=tiny>x</button>", "small to hit"),
    ("<p class=grey>pale</p>", "contrast 2."),
    ("<p class=faint>faint</p>", "contrast 1."),
    ("<svg role=img aria-label=x class=drawn><text y=20>pale</text></svg>", "contrast"),
];

const STYLE: &str = "
    .wide { width: 3000px }
    .grey { color: #aaa } .pale::placeholder { color: #bbb }
    .faint { color: #000; opacity: 0.1 }
    .edgeless { border: 1px solid #ddd } .tiny { width: 15px; height: 15px; padding: 0 }
    .drawn text { fill: #ccc }";

/// The body of a function that fills a page of nothing but what is right, and adds something wrong.
const FILL: &str = "
    document.documentElement.lang = 'en';
    document.title = 'A page';
    document.body.innerHTML = '<main><h1>A page</h1><p>Text <a href=\"#x\">link</a></p>' + arguments[0] + '</main>';
    const style = document.createElement('style');
    style.textContent = arguments[1];
    document.body.append(style);";

#[test]
fn what_is_wrong_with_a_page_is_found() {
    on_sqlite(|carom| {
        let visit = Visit::new(carom);
        visit.look(Width::Wide, Scheme::Light);
        visit.chromium.open("about:blank");
        let look = |inside: &str| {
            visit.chromium.run(FILL, vec![json!(inside), json!(STYLE)]);
            lines_of(&visit.chromium.run(LOOK, vec![]))
        };
        assert_eq!(look(""), Vec::<String>::new());
        for (inside, expected) in FAULTS {
            let found = look(inside);
            assert!(found.iter().any(|line| line.contains(expected)), "{inside}: {found:?}");
        }
    });
}

#[test]
fn what_a_keyboard_misses_is_found() {
    on_sqlite(|carom| {
        let visit = Visit::new(carom);
        visit.look(Width::Wide, Scheme::Light);
        visit.chromium.open("about:blank");
        let tabbed = |inside: &str, style: &str| {
            visit.chromium.run(FILL, vec![json!(inside), json!(style)]);
            let count = visit.chromium.run(TAB_BEFORE, vec![]);
            visit.chromium.press(Key::Tab, count.as_u64().expect("a count") as usize);
            lines_of(&visit.chromium.run("return window.__tabbed()", vec![]))
        };
        assert_eq!(tabbed("<button>One</button>", ""), Vec::<String>::new());
        for (inside, style, expected) in [
            ("<button>One</button>", "button:focus { outline: none }", "does not show on <button"),
            (
                "<button class=away>One</button>",
                ".away { position: absolute; left: -999px }",
                "out of sight",
            ),
        ] {
            let found = tabbed(inside, style);
            assert!(found.iter().any(|line| line.contains(expected)), "{inside}: {found:?}");
        }
    });
}

#[test]
fn what_runs_and_what_the_policy_stops_is_told() {
    on_sqlite(|carom| {
        let visit = Visit::new(carom);
        let after = |script: &str| {
            visit.open("/sign-in");
            visit.assert_quiet();
            visit.chromium.run(script, vec![]);
            visit.alarms().join("\n")
        };
        let add = |tag: &str, rest: &str| {
            format!("const it = document.createElement('{tag}'); {rest}; document.body.append(it);")
        };
        let stopped = after(&add("script", "it.textContent = 'window.__hit = 1'"));
        assert!(stopped.contains("policy: script-src") && stopped.contains("SEVERE"), "{stopped}");
        assert!(!stopped.contains("a script of others ran"), "{stopped}");
        let styled = after(&add("p", "it.setAttribute('style', 'color: red')"));
        assert!(styled.contains("policy: style-src"), "{styled}");
        let fetched = after("fetch('http://127.0.0.1:1/').catch(() => {})");
        assert!(fetched.contains("connect-src"), "{fetched}");
        assert!(after("alert(1)").contains("a script of others ran: alert(1)"));
        assert!(after("window.__hit = 1").contains("a script of others ran: 1"));
        assert!(after("console.error('x')").contains("SEVERE"));
    });
}
