//! What people and visitors write is shown, and never runs, here or in a spreadsheet.

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Value, json};

use super::fixture::{Scheme, Visit, Width, lines_of};
use super::pages::{PAGES, TABLES, Who};
use crate::admin_api::fixture::on_sqlite;
use crate::people::fixture::{Browser, member, text};
use crate::support::carom::Carom;
use crate::support::http::Connection;
use crate::support::wait::{SOON, eventually};

/// As many as the test is about.
const COUNT: usize = 500;

/// Links whose pages are opened in the browser; those of the others are read as it would.
const OPENED: usize = 12;

/// A script must answer within half a minute, however busy the machine is.
const READ_AT_ONCE: usize = 25;

/// What would run; it is noticed when it does.
const VECTORS: [&str; 12] = [
    "window.__hit=1",
    "alert(1)",
    "self['__hit']=1",
    "top.__hit=1",
    "eval('__hit=1')",
    "setTimeout('__hit=1')",
    "import('data:text/javascript,__hit=1')",
    "Function('__hit=1')()",
    "alert`1`",
    "(alert)(1)",
    "throw/*x*/__hit=1",
    "location='javascript:__hit=1'",
];

/// Where it would run; `{}` stands for it.
const CONTEXTS: [&str; 44] = [
    "<script>{}</script>",
    "\"><script>{}</script>",
    "'><script>{}</script>",
    "</title><script>{}</script>",
    "</textarea><script>{}</script>",
    "</script><script>{}</script>",
    "--><script>{}</script><!--",
    "]]><script>{}</script>",
    "<ScRiPt>{}</sCrIpT>",
    "<scr<script>ipt>{}</scr</script>ipt>",
    "<script/x>{}</script\t>",
    "<img src=x onerror={}>",
    "\"><img src=x onerror=\"{}\">",
    "<img src=x onerror=\u{60}{}\u{60}>",
    "<svg onload={}>",
    "<svg/onload={}>",
    "<svg><script>{}</script></svg>",
    "<svg><animate onbegin={} attributeName=x dur=1s>",
    "<math><mtext></mtext><script>{}</script></math>",
    "\" onfocus=\"{}\" autofocus tabindex=\"1",
    "' onmouseover='{}' x='",
    "<input autofocus onfocus={}>",
    "<details open ontoggle={}>",
    "<body onload={}>",
    "<a href=\"javascript:{}\">x</a>",
    "javascript:{}",
    "data:text/html,<script>{}</script>",
    "<iframe src=\"javascript:{}\">",
    "<iframe srcdoc=\"<script>{}</script>\">",
    "<meta http-equiv=refresh content=\"0;url=javascript:{}\">",
    "<base href=\"javascript:{}//\">",
    "<style>@import 'data:text/css,{}'</style>",
    "{{constructor.constructor('{}')()}}",
    "${{}}",
    "<%= {} %>",
    "\\u003cscript\\u003e{}\\u003c/script\\u003e",
    "&lt;script&gt;{}&lt;/script&gt;",
    "&#60;img src=x onerror={}&#62;",
    "%3Cscript%3E{}%3C%2Fscript%3E",
    "\u{ff1c}script\u{ff1e}{}\u{ff1c}/script\u{ff1e}",
    "\u{202e}<script>{}</script>",
    "\";{}//",
    "\\';{}//",
    "=HYPERLINK(\"https://example.com/\",\"{}\")",
];

/// Formulas: what a spreadsheet would take for one.
const FORMULAS: [&str; 12] = [
    "=1+1",
    "+1+1",
    "-1+1",
    "@SUM(1;1)",
    "\t=1+1",
    "\r=1+1",
    "\n=1+1",
    "=cmd|' /C calc'!A0",
    "\u{ff1d}1+1",
    "\u{ff0b}1+1",
    "\u{ff0d}1+1",
    "\u{ff20}SUM(1)",
];

/// What no cell may begin with.
const BEGIN_FORMULAS: [char; 11] =
    ['=', '+', '-', '@', '\t', '\r', '\n', '\u{ff1d}', '\u{ff0b}', '\u{ff0d}', '\u{ff20}'];

/// Five hundred, each another: formulas, then every vector in every context until there are enough.
fn payloads() -> Vec<String> {
    let scripts = VECTORS
        .iter()
        .flat_map(|vector| CONTEXTS.iter().map(|context| context.replacen("{}", vector, 1)));
    FORMULAS.iter().map(|&formula| formula.to_owned()).chain(scripts).take(COUNT).collect()
}

#[test]
fn five_hundred_payloads_are_shown_and_none_runs() {
    on_sqlite(|carom| {
        let payloads = payloads();
        assert_eq!(payloads.len(), COUNT);
        let mut ada = member(carom, "ada@example.com", "owner");
        let links = make_links(&mut ada, &payloads);
        follow(carom, &payloads);
        name_things(carom, &mut ada, &payloads);
        let stored = || carom.metric("clicks_absorbed_total") >= COUNT as u64;
        eventually(SOON, "the clicks are stored", stored);

        let visit = Visit::new(carom);
        visit.look(Width::Wide, Scheme::Light);
        read_what_is_reflected(&visit, &payloads);
        visit.sign_in_as(&ada);
        let shown = open_lists(&visit);
        for payload in &payloads {
            assert!(shown.contains(&plain(payload)), "not shown: {payload}");
        }
        open_pages(&visit, &links);
        read_pages(&visit, &links, &payloads);
        no_table_holds_a_formula(&mut ada, &links);
    });
}

/// Without what a title, a tag or a name may not have, and with one blank for each run of them.
fn plain(payload: &str) -> String {
    let visible: String = payload.chars().filter(|c| !c.is_control()).collect();
    visible.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Makes a link with each payload in its title, note and tag, and returns their ids.
#[track_caller]
fn make_links(ada: &mut Browser<'_>, payloads: &[String]) -> Vec<String> {
    let draft = |(n, payload): (usize, &String)| {
        let payload = plain(payload);
        let tag: String = payload.replace(',', "").chars().take(50).collect();
        json!({
            "url": format!("https://example.com/{n}?{payload}"), "code": format!("p{n}"),
            "title": payload, "note": payload, "tags": [tag],
        })
    };
    let create: Vec<Value> = payloads.iter().enumerate().map(draft).collect();
    let made = ada.ask("POST", "/api/v1/links/batch", Some(json!({ "create": create }))).json();
    assert_eq!(made["failed"], 0, "{made}");
    let made = made["create"].as_array().expect("outcomes").iter();
    made.map(|outcome| text(&outcome["link"]["id"])).collect()
}

/// Follows each link with its payload in all that a visitor can say.
fn follow(carom: &Carom, payloads: &[String]) {
    let mut connection = Connection::open(carom.edge());
    for (n, payload) in payloads.iter().enumerate() {
        let said = utf8_percent_encode(payload, NON_ALPHANUMERIC);
        let path = format!(
            "/p{n}?utm_source={said}&utm_medium={said}&utm_campaign={said}&utm_term={said}&utm_content={said}"
        );
        let header = plain(payload);
        let referrer = format!("https://x{n}.example/{header}");
        let headers =
            [("user-agent", header.as_str()), ("referer", &referrer), ("accept-language", &header)];
        connection.send("GET", &path, &headers, b"");
        assert_eq!(connection.read_response().status, 302, "{payload}");
    }
}

/// Names a person, a workspace and keys after payloads, and asks for domains of such names.
fn name_things(carom: &Carom, ada: &mut Browser<'_>, payloads: &[String]) {
    for payload in payloads.iter().step_by(20) {
        let name = plain(payload);
        let draft = json!({ "name": name, "scopes": ["links:read"] });
        assert_eq!(ada.ask("POST", "/api/v1/keys", Some(draft)).status, 201, "{name}");
        let refused = carom.call("POST", "/api/v1/domains", Some(&json!({ "host": name })));
        assert_eq!(refused.status, 422, "{name}: {}", refused.text());
    }
    for (path, payload) in [("/api/v1/me", &payloads[13]), ("/api/v1/workspace", &payloads[24])] {
        let named = ada.ask("PATCH", path, Some(json!({ "name": payload })));
        assert_eq!(named.status, 200, "{}", named.text());
    }
}

/// Pages that say again what their address says.
#[track_caller]
fn read_what_is_reflected(visit: &Visit<'_>, payloads: &[String]) {
    visit.open("/sign-in");
    let said = |payload: &String| utf8_percent_encode(payload, NON_ALPHANUMERIC).to_string();
    let asked = |begin: &str| -> Vec<String> {
        payloads.iter().map(|it| format!("{begin}{}", said(it))).collect()
    };
    read(visit, &asked("/sign-in?next="), Who::Guest);
    visit.open(&format!("/sign-in?next={}", said(&payloads[13])));
    visit.assert_quiet();
}

/// Opens every page of the list, and returns all that they say.
#[track_caller]
fn open_lists(visit: &Visit<'_>) -> String {
    let mut shown = String::new();
    let mut next = Some("/links".to_owned());
    while let Some(path) = next {
        visit.open(&path);
        visit.assert_quiet();
        let page = visit.chromium.run(
            "return [document.body.textContent.replace(/\\s+/g, ' '),
                     document.querySelector('a[rel=next]')?.getAttribute('href') ?? null]",
            vec![],
        );
        shown.push_str(page[0].as_str().expect("a text"));
        next = page[1].as_str().map(str::to_owned);
    }
    shown
}

/// Opens every page there is, those about a link for some of the links.
#[track_caller]
fn open_pages(visit: &Visit<'_>, links: &[String]) {
    let step = links.len() / OPENED;
    for page in PAGES.iter().filter(|page| page.who == Who::Owner) {
        let about: Vec<&String> = links.iter().step_by(step).collect();
        let about = if page.path.contains("{link}") { &about[..] } else { &about[..1] };
        for link in about {
            visit.open(&page.about(visit.carom, link));
            visit.assert_quiet();
        }
    }
}

/// Reads every page there is, for every link, as a browser does.
#[track_caller]
fn read_pages(visit: &Visit<'_>, links: &[String], payloads: &[String]) {
    for (n, page) in PAGES.iter().filter(|page| page.who == Who::Owner).enumerate() {
        // A link's own page for each of them, and what else is about a link for some.
        let about: Vec<&String> = match page.path {
            "/links/{link}" => links.iter().collect(),
            path if path.contains("{link}") => links.iter().skip(n % 8).step_by(8).collect(),
            _ => vec![&links[0]],
        };
        let paths = about.iter().map(|link| page.about(visit.carom, link));
        read(visit, &paths.collect::<Vec<_>>(), Who::Owner);
    }
    let said = |payload: &String| utf8_percent_encode(payload, NON_ALPHANUMERIC).to_string();
    for begin in ["/links?q=", "/links?tag=", "/links?made=", "/links?cursor="] {
        let paths = payloads.iter().step_by(5).map(|it| format!("{begin}{}", said(it)));
        read(visit, &paths.collect::<Vec<_>>(), Who::Owner);
    }
    visit.assert_quiet_but_for_answers();
}

#[track_caller]
fn read(visit: &Visit<'_>, paths: &[String], who: Who) {
    let script = include_str!("read.js");
    for paths in paths.chunks(READ_AT_ONCE) {
        let faults = visit.chromium.run_later(script, vec![json!(paths), json!(who == Who::Guest)]);
        let faults = lines_of(&faults);
        assert!(faults.is_empty(), "{}", faults.join("\n"));
    }
}

#[track_caller]
fn no_table_holds_a_formula(ada: &mut Browser<'_>, links: &[String]) {
    let mut held = 0;
    for table in TABLES {
        let about = if table.contains("{link}") { links } else { &links[..1] };
        for link in about {
            let answer = ada.ask("GET", &table.replace("{link}", link), None);
            assert_eq!(answer.status, 200, "{table}: {}", answer.text());
            let mut reader =
                csv::ReaderBuilder::new().has_headers(false).from_reader(&*answer.body);
            for record in reader.records() {
                for cell in record.expect("a record").iter() {
                    held += usize::from(cell.contains("__hit") || cell.contains("1+1"));
                    assert!(!cell.starts_with(BEGIN_FORMULAS), "{table} of {link}: {cell}");
                }
            }
        }
    }
    assert!(held > COUNT, "the payloads are in the tables: {held}");
}
