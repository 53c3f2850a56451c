//! The laws of the house that a machine can check. Each failure says what to do.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use crate::support::rust_source::{Source, root, sources};

/// Lines that a file may have at most.
const LINES_MAX: usize = 400;

/// The one file that may hold `unsafe`.
const UNSAFE_ROOM: &str = "src/clicks/journal/map.rs";

/// Which room may know which others. Each line names only rooms that stand above it, so nothing
/// goes round in a circle; `edge`, `admin` and `cli` never know one another.
const MAY_KNOW: &[(&str, &[&str])] = &[
    ("model", &[]),
    ("shutdown", &[]),
    ("priority", &[]),
    ("hashing", &["priority"]),
    ("forwarded", &["model"]),
    ("telemetry", &[]),
    ("metrics", &["model"]),
    ("health", &["model", "telemetry"]),
    ("node", &["model"]),
    ("accounts", &["model", "hashing"]),
    ("dns", &["model"]),
    ("mail", &["model", "accounts"]),
    ("sso", &["model", "accounts", "telemetry"]),
    ("store", &["model", "priority", "telemetry"]),
    ("config", &["model", "store", "mail", "telemetry"]),
    ("upkeep", &["model", "store", "telemetry"]),
    ("backup", &["model", "store", "metrics", "telemetry"]),
    ("clicks", &["model", "store", "node", "health", "metrics", "telemetry"]),
    ("cache", &["model", "hashing", "store", "node", "clicks", "health", "metrics", "telemetry"]),
    ("links", &["model", "store", "cache"]),
    ("edge", &["model", "forwarded", "cache", "clicks", "metrics"]),
    (
        "admin",
        &[
            "model",
            "forwarded",
            "hashing",
            "store",
            "accounts",
            "dns",
            "mail",
            "sso",
            "clicks",
            "cache",
            "links",
            "health",
            "metrics",
            "telemetry",
        ],
    ),
    (
        "app",
        &[
            "model",
            "shutdown",
            "priority",
            "forwarded",
            "hashing",
            "telemetry",
            "metrics",
            "health",
            "node",
            "accounts",
            "dns",
            "mail",
            "sso",
            "store",
            "config",
            "upkeep",
            "backup",
            "clicks",
            "cache",
            "links",
            "edge",
            "admin",
        ],
    ),
    (
        "cli",
        &[
            "model",
            "hashing",
            "telemetry",
            "node",
            "accounts",
            "dns",
            "store",
            "config",
            "backup",
            "clicks",
            "cache",
            "links",
            "app",
        ],
    ),
    ("main", &["cli"]),
    ("lib", &[]),
];

#[track_caller]
fn assert_no_faults(what_to_do: &str, faults: &[String]) {
    assert!(faults.is_empty(), "{what_to_do}:\n{}", faults.join("\n"));
}

fn shown(source: &Source) -> String {
    source.path.display().to_string()
}

fn read(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// The folder or file of `src` that a source belongs to.
fn room_of(source: &Source) -> String {
    let inside = source.path.strip_prefix("src").expect("a source of the server");
    let room = inside.components().next().expect("a name");
    Path::new(room.as_os_str()).file_stem().expect("a name").display().to_string()
}

/// The rooms that a path from the crate's root names in this code.
fn rooms_known(code: &str) -> Vec<String> {
    let mut rooms = Vec::new();
    for root in ["crate::", "carom::"] {
        for (at, _) in code.match_indices(root) {
            let is_whole_word = !code[..at].ends_with(|c: char| c.is_alphanumeric() || c == '_');
            if is_whole_word {
                rooms.extend(names_at(&code[at + root.len()..]));
            }
        }
    }
    rooms
}

/// The first names of a path's rest: one, or those of a group in braces.
fn names_at(rest: &str) -> Vec<String> {
    let name = |path: &str| -> String {
        path.trim().chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect()
    };
    let Some(group) = rest.strip_prefix('{') else { return vec![name(rest)] };
    let mut depth = 1;
    let mut names = vec![String::new()];
    for c in group.chars() {
        match c {
            '{' => depth += 1,
            '}' => depth -= 1,
            ',' if depth == 1 => names.push(String::new()),
            _ if depth == 1 => names.last_mut().expect("never empty").push(c),
            _ => {}
        }
        if depth == 0 {
            break;
        }
    }
    names.iter().map(|path| name(path)).filter(|name| !name.is_empty()).collect()
}

#[test]
fn rooms_know_only_those_below_them() {
    let law: BTreeMap<&str, &[&str]> = MAY_KNOW.iter().copied().collect();
    let mut faults = Vec::new();
    for source in sources("src") {
        let room = room_of(&source);
        let Some(known) = law.get(room.as_str()) else {
            faults.push(format!("{}: the room `{room}` has no place yet", shown(&source)));
            continue;
        };
        for other in rooms_known(source.code_without_tests()) {
            // A name that is no room is a macro at the root.
            let is_room = law.contains_key(other.as_str());
            if is_room && other != room && !known.contains(&other.as_str()) {
                faults.push(format!("{}: `{room}` must not know `{other}`", shown(&source)));
            }
        }
    }
    assert_no_faults(
        "move what both need further down, or pass it as a parameter; a new room needs a line in \
         MAY_KNOW (tests/it/tidy.rs) as far down as it can be",
        &faults,
    );
}

#[test]
fn the_law_of_the_rooms_goes_round_in_no_circle() {
    for (place, (room, known)) in MAY_KNOW.iter().enumerate() {
        for other in *known {
            let is_above = MAY_KNOW[..place].iter().any(|(above, _)| above == other);
            assert!(is_above, "`{room}` may not know `{other}`, which is not above it in MAY_KNOW");
        }
    }
}

#[test]
fn no_path_climbs_to_the_root_by_steps() {
    // `super::super::store` would slip past the law of the rooms.
    let mut faults = Vec::new();
    for source in sources("src") {
        let depth = source.path.components().count() - 1 - usize::from(is_map(&source));
        let climb = "super::".repeat(depth.max(1));
        if depth > 0 && source.code_without_tests().contains(&climb) {
            faults.push(format!("{}: `{climb}`", shown(&source)));
        }
    }
    assert_no_faults("write `crate::` for the root", &faults);
}

#[test]
fn libraries_stay_in_their_rooms() {
    /// A library, and the only places that may name it, or those that must not.
    enum Law {
        Only(&'static [&'static str]),
        Never(&'static [&'static str]),
    }
    let laws = [
        // The redirect path speaks bare hyper and allocates nothing for JSON.
        ("axum", Law::Never(&["src/edge", "src/cache", "src/clicks"])),
        ("tower_http", Law::Never(&["src/edge", "src/cache", "src/clicks"])),
        ("serde_json", Law::Never(&["src/edge", "src/cache", "src/clicks"])),
        ("axum", Law::Only(&["src/admin"])),
        ("tokio_postgres", Law::Only(&["src/store/driver/postgres"])),
        ("bb8", Law::Only(&["src/store/driver/postgres"])),
        ("bb8_postgres", Law::Only(&["src/store/driver/postgres"])),
        ("rustls", Law::Only(&["src/store/driver/postgres"])),
        ("rusqlite", Law::Only(&["src/store/driver/sqlite"])),
        ("refinery", Law::Only(&["src/store/driver", "src/store/migrate.rs"])),
        ("anyhow", Law::Only(&["src/main.rs", "src/app.rs", "src/app", "src/cli"])),
        ("clap", Law::Only(&["src/cli"])),
        ("comfy_table", Law::Only(&["src/cli"])),
        ("indicatif", Law::Only(&["src/cli"])),
        ("zstd", Law::Only(&["src/backup"])),
        ("toml", Law::Only(&["src/config"])),
        ("moka", Law::Only(&["src/cache"])),
        ("ua_parser", Law::Only(&["src/clicks/enrich"])),
        ("maxminddb", Law::Only(&["src/clicks/enrich"])),
        ("hickory_resolver", Law::Only(&["src/dns.rs"])),
        ("lettre", Law::Only(&["src/mail"])),
        ("openidconnect", Law::Only(&["src/sso"])),
        ("reqwest", Law::Only(&["src/sso"])),
        ("psl", Law::Only(&["src/clicks/enrich"])),
    ];
    let mut faults = Vec::new();
    for source in sources("src") {
        for (library, law) in &laws {
            let is_in = |places: &[&str]| places.iter().any(|place| source.path.starts_with(place));
            let may = match law {
                Law::Only(places) => is_in(places),
                Law::Never(places) => !is_in(places),
            };
            if !may && names_library(source.code_without_tests(), library) {
                faults.push(format!("{}: `{library}`", shown(&source)));
            }
        }
    }
    assert_no_faults("let the library's own room do it", &faults);
}

/// Whether a path begins with this library's name.
fn names_library(code: &str, library: &str) -> bool {
    let path = format!("{library}::");
    code.match_indices(&path).any(|(at, _)| {
        let before = &code[..at];
        !before.ends_with(|c: char| c.is_alphanumeric() || c == '_')
            && (!before.ends_with("::") || before.ends_with(" ::"))
    })
}

#[test]
fn unsafe_stays_in_its_room_and_says_why() {
    let mut faults = Vec::new();
    for source in sources("src") {
        let lines: Vec<&str> = source.text.lines().collect();
        for (number, code) in source.code.lines().enumerate() {
            let is_unsafe = code.split(|c: char| !(c.is_alphanumeric() || c == '_'));
            if !is_unsafe.into_iter().any(|word| word == "unsafe" || word == "unsafe_code") {
                continue;
            }
            let place = format!("{}:{}", shown(&source), number + 1);
            if source.path != Path::new(UNSAFE_ROOM) {
                faults.push(format!("{place}: only {UNSAFE_ROOM} may hold `unsafe`"));
            } else if code.contains("unsafe ") && !is_vouched_for(&lines[..number]) {
                faults.push(format!("{place}: a `// SAFETY:` comment must stand right above it"));
            }
        }
    }
    assert_no_faults("write it without `unsafe`, or name each duty and who keeps it", &faults);
    assert!(
        read("Cargo.toml").contains("unsafe_code = \"deny\""),
        "the workspace's lints in Cargo.toml must deny `unsafe_code`"
    );
}

/// Whether the comment right above says what keeps it safe.
fn is_vouched_for(above: &[&str]) -> bool {
    let mut comment = above.iter().rev().take_while(|line| line.trim().starts_with("//"));
    comment.any(|line| line.trim().starts_with("// SAFETY:") || line.contains("# Safety"))
}

#[test]
fn no_file_is_too_long() {
    let too_long = sources("src").into_iter().filter_map(|source| {
        let lines = source.text.lines().count();
        (lines > LINES_MAX).then(|| format!("{}: {lines} lines", shown(&source)))
    });
    assert_no_faults(
        &format!("a file does one job in at most {LINES_MAX} lines: give each of its jobs a file"),
        &too_long.collect::<Vec<_>>(),
    );
}

#[test]
fn every_file_says_what_it_is_for() {
    let silent = ["src", "tests", "benches", "xtask/src", "loadtest/src"]
        .into_iter()
        .flat_map(sources)
        .filter(|source| !source.text.starts_with("//! "))
        .map(|source| shown(&source));
    assert_no_faults("say its one job in its first line, `//! …`", &silent.collect::<Vec<_>>());
}

#[test]
fn nothing_is_left_for_later() {
    let marks = ["TODO", "FIXME", "XXX", "HACK"];
    let calls = ["todo!", "unimplemented!", "dbg!"];
    let mut faults = Vec::new();
    for source in
        ["src", "tests", "benches", "xtask/src", "loadtest/src"].into_iter().flat_map(sources)
    {
        if source.path == Path::new(file!()) {
            continue;
        }
        for (number, line) in source.text.lines().enumerate() {
            let marked = marks
                .iter()
                .any(|mark| line.split(|c: char| !c.is_alphanumeric()).any(|word| word == *mark));
            if marked || calls.iter().any(|call| line.contains(call)) {
                faults.push(format!("{}:{}: {}", shown(&source), number + 1, line.trim()));
            }
        }
    }
    assert_no_faults("do it now, or open an issue", &faults);
}

#[test]
fn every_key_of_the_configuration_is_explained() {
    let text = read("config.toml");
    let mut faults = Vec::new();
    let mut above = "";
    let mut keys = 0;
    for line in text.lines() {
        let is_key = !line.starts_with(['#', '[']) && line.contains('=');
        keys += usize::from(is_key);
        if is_key && !above.starts_with("# ") {
            faults.push(line.to_owned());
        }
        above = line;
    }
    assert!(keys > 0, "config.toml has no keys");
    assert_no_faults("write a sentence right above the key in config.toml", &faults);
}

#[test]
fn no_test_is_left_out_or_sleeps() {
    let forbidden = ["#[ignore", "thread::sleep", "time::sleep", "sleep_until", "should_panic]"];
    let mut faults = Vec::new();
    let mut look = |source: &Source, code: &str| {
        for word in forbidden.iter().filter(|word| code.contains(**word)) {
            faults.push(format!("{}: `{word}`", shown(source)));
        }
    };
    for source in sources("tests") {
        if source.path != Path::new("tests/it/support/wait.rs") {
            look(&source, &source.code);
        }
    }
    for source in sources("src") {
        look(&source, &source.code[source.code_without_tests().len()..]);
    }
    assert_no_faults(
        "wait for an event with `eventually` or `in_time` (tests/it/support/wait.rs); mend a test \
         rather than leave it out, and look at an error rather than at a panic",
        &faults,
    );
}

#[test]
fn the_store_asks_no_clock_but_its_own() {
    // Nodes' clocks disagree, and what one stamps another compares.
    let clocks = ["Millis::now", "SystemTime", "Timestamp::now"];
    let mut faults = Vec::new();
    for source in sources("src/store") {
        for clock in clocks.iter().filter(|clock| source.code_without_tests().contains(**clock)) {
            faults.push(format!("{}: `{clock}`", shown(&source)));
        }
    }
    assert_no_faults("write `{now}` in the statement", &faults);
}

#[test]
fn maps_hold_no_logic() {
    let mut faults = Vec::new();
    for source in sources("src").iter().filter(|source| is_map(source)) {
        for (at, _) in source.code_without_tests().match_indices("fn ") {
            let rest = &source.code[at..];
            // A trait's signature ends where a function's body would begin.
            let has_body = rest.find('{') < rest.find(';').or(Some(rest.len()));
            if has_body && rest.contains('{') {
                let name: String =
                    rest[3..].chars().take_while(|&c| c != '(' && c != '<').collect();
                faults.push(format!("{}: `fn {name}`", shown(source)));
            }
        }
    }
    assert_no_faults("move it to a file named after what it does; mod.rs is a map", &faults);
}

fn is_map(source: &Source) -> bool {
    source.path.file_name().is_some_and(|name| name == "mod.rs")
}

#[test]
fn every_decision_is_on_the_map() {
    let map = read("docs/ARCHITECTURE.md");
    let entries = fs::read_dir(root().join("docs/adr")).expect("docs/adr holds the decisions");
    let mut records: Vec<String> =
        entries.map(|entry| entry.expect("a file").file_name().display().to_string()).collect();
    records.sort();
    assert!(!records.is_empty(), "docs/adr holds no decision");
    let mut faults = Vec::new();
    for (place, name) in records.iter().enumerate() {
        let number = format!("{:04}-", place + 1);
        if !name.starts_with(&number) || !name.ends_with(".md") {
            faults.push(format!("docs/adr/{name}: the next name is {number}title.md"));
        }
        if !map.contains(&format!("(adr/{name})")) {
            faults.push(format!("docs/adr/{name}: docs/ARCHITECTURE.md has no link to it"));
        }
    }
    assert_no_faults("number decisions one by one and link each from the map", &faults);
}

#[test]
fn the_readme_names_the_two_commands() {
    let readme = read("README.md");
    for command in ["cargo run --release -- serve", "cargo xtask test"] {
        assert!(readme.contains(command), "README.md must name `{command}`");
    }
}

#[test]
fn every_member_keeps_the_lints_of_the_workspace() {
    for manifest in ["Cargo.toml", "loadtest/Cargo.toml", "xtask/Cargo.toml"] {
        assert!(
            read(manifest).contains("[lints]\nworkspace = true"),
            "{manifest} needs `[lints]` with `workspace = true`"
        );
    }
    let manifest = read("Cargo.toml");
    let members = "members = [\".\", \"loadtest\", \"xtask\"]";
    assert!(manifest.contains(members), "a new member needs its line in the list above this");
}
