//! Listing links.

use std::collections::BTreeSet;
use std::process::{Command, Stdio};

use super::place::Place;
use crate::support;

on_both!(
    a_list_is_newest_first_and_ends_at_its_limit,
);

/// A working directory and an empty store.
struct Place {
    directory: TempDir,
    database: Option<Database>,
}

impl Place {
    fn sqlite() -> Self {
        Self { directory: tempfile::tempdir().expect("a directory"), database: None }
    }

    fn postgres() -> Self {
        Self { database: Some(fresh_database()), ..Self::sqlite() }
    }

    /// Runs `carom` with these words.
    #[track_caller]
    fn run(&self, words: &[&str]) -> Output {
        let mut command = support::carom();
        command.current_dir(&self.directory);
        if let Some(database) = &self.database {
            command.args(["--store", &database.url]);
        }
        command.args(words).output().expect("the program runs")
    }

    /// What a command prints that must succeed.
    #[track_caller]
    fn text(&self, words: &[&str]) -> String {
        let output = self.run(words);
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(0), "{words:?}: {said}");
        String::from_utf8(output.stdout).expect("text")
    }

    /// The same for programs.
    #[track_caller]
    fn json(&self, words: &[&str]) -> Value {
        let text = self.text(&[words, &["--json"]].concat());
        serde_json::from_str(&text).unwrap_or_else(|error| panic!("{words:?}: {error}: {text}"))
    }

    /// The exit code and the sentence of a command that must fail.
    #[track_caller]
    fn failure(&self, words: &[&str]) -> (i32, String) {
        let output = self.run(words);
        assert!(output.stdout.is_empty(), "{words:?} printed {:?}", output.stdout);
        let said = String::from_utf8(output.stderr).expect("text");
        (output.status.code().expect("an exit code"), said.trim_end().to_owned())
    }
}

macro_rules! on_both {
    ($($truth:ident),* $(,)?) => {
        mod sqlite {
            $(#[test]
            fn $truth() {
                super::$truth(&super::Place::sqlite());
            })*
        }

        mod postgres {
            $(#[test]
            fn $truth() {
                super::$truth(&super::Place::postgres());
            })*
        }
    };
}

on_both!(
    a_link_is_made_shown_changed_and_deleted,
    a_code_that_is_taken_is_a_conflict,
    a_list_is_newest_first_and_ends_at_its_limit,
    a_domain_has_links_of_its_own,
    a_key_is_printed_once_and_revoked_for_good,
    migrate_says_what_it_did,
);

fn a_link_is_made_shown_changed_and_deleted(place: &Place) {
    let made = place.json(&[
        "link",
        "create",
        "https://example.com/a",
        "--code",
        "promo",
        "--status",
        "301",
        "--title",
        "A page",
        "--expires-at",
        "2100-01-01T00:00:00+01:00",
    ]);
    assert_eq!(made["short_url"], "http://127.0.0.1:8080/promo");
    assert_eq!(made["domain"], "127.0.0.1:8080");
    assert_eq!(made["url"], "https://example.com/a");
    assert_eq!(made["status"], 301);
    assert_eq!(made["state"], "active");
    assert_eq!(made["title"], "A page");
    assert_eq!(made["expires_at"], "2099-12-31T23:00:00.000Z");
    assert_eq!(made["version"], 1);

    let shown = place.json(&["link", "show", "promo"]);
    assert_eq!(shown["id"], made["id"]);
    assert_eq!(shown["clicks"], json!({ "total": 0, "people": 0, "bots": 0 }));
    assert!(place.text(&["link", "show", "promo"]).contains("clicks     0 (0 people, 0 bots)\n"));

    let changed = place.json(&[
        "link",
        "edit",
        "promo",
        "--code",
        "sale",
        "--url",
        "https://example.com/b",
        "--status",
        "308",
        "--no-title",
        "--no-expires",
        "--disable",
    ]);
    assert_eq!(changed["id"], made["id"]);
    assert_eq!(changed["code"], "sale");
    assert_eq!(changed["url"], "https://example.com/b");
    assert_eq!(changed["status"], 308);
    assert_eq!(changed["state"], "disabled");
    assert_eq!((&changed["title"], &changed["expires_at"]), (&Value::Null, &Value::Null));
    assert_eq!(changed["version"], 2);
    assert_eq!(place.json(&["link", "edit", "sale", "--enable"])["state"], "active");

    assert_eq!(place.json(&["link", "delete", "sale"])["id"], made["id"]);
    let (code, said) = place.failure(&["link", "show", "sale"]);
    assert_eq!(code, 3);
    assert_eq!(said, "carom: no link has the code or id `sale`: `carom link list` shows all");
}

fn a_code_that_is_taken_is_a_conflict(place: &Place) {
    let other = place.json(&["link", "create", "https://example.com", "--code", "a"]);
    let (code, said) = place.failure(&["link", "create", "https://example.com", "--code", "a"]);
    assert_eq!(code, 4);
    assert_eq!(said, "carom: cannot make a link with the code `a`: that is taken already");
    let link = place.json(&["link", "create", "https://example.com"]);
    let id = link["id"].as_str().expect("an id");
    let (code, said) = place.failure(&["link", "edit", id, "--code", "a"]);
    assert_eq!(code, 4);
    assert_eq!(
        said,
        format!("carom: cannot give the link {id} the code `a`: that is taken already")
    );
    assert_eq!(place.json(&["link", "show", "a"])["id"], other["id"]);
}

fn a_list_is_newest_first_and_ends_at_its_limit(place: &Place) {
    for code in ["one", "two", "three"] {
        place.text(&[
            "link",
            "create",
            "https://example.com",
            "--code",
            code,
            "--title",
            "Números",
        ]);
    }
    let codes = |words: &[&str]| -> Vec<String> {
        let list = place.json(&[&["link", "list"], words].concat());
        let codes = list.as_array().expect("an array").iter();
        codes.map(|link| link["code"].as_str().expect("a code").to_owned()).collect()
    };
    assert_eq!(codes(&[]), ["three", "two", "one"]);
    assert_eq!(codes(&["--limit", "2"]), ["three", "two"]);
    assert_eq!(codes(&["--all"]), ["three", "two", "one"]);
    assert_eq!(codes(&["--search", "TW"]), ["two"]);
    assert_eq!(codes(&["--search", "NÚMEROS", "--limit", "1"]), ["three"]);
    assert_eq!(codes(&["--search", "%"]), Vec::<String>::new());

    let table = place.run(&["link", "list", "--limit", "2"]);
    let text = String::from_utf8(table.stdout).expect("text");
    assert_eq!(text.lines().count(), 3, "{text}");
    assert!(text.starts_with("ID "), "{text}");
    let hint = String::from_utf8(table.stderr).expect("text");
    assert_eq!(hint, "carom: 2 are shown, there are more: add --all\n");
    assert!(place.run(&["link", "list", "--limit", "3"]).stderr.is_empty());
}

/// A working directory and an empty store.
struct Place {
    directory: TempDir,
    database: Option<Database>,
}

impl Place {
    fn sqlite() -> Self {
        Self { directory: tempfile::tempdir().expect("a directory"), database: None }
    }

    fn postgres() -> Self {
        Self { database: Some(fresh_database()), ..Self::sqlite() }
    }

    /// Runs `carom` with these words.
    #[track_caller]
    fn run(&self, words: &[&str]) -> Output {
        let mut command = support::carom();
        command.current_dir(&self.directory);
        if let Some(database) = &self.database {
            command.args(["--store", &database.url]);
        }
        command.args(words).output().expect("the program runs")
    }

    /// What a command prints that must succeed.
    #[track_caller]
    fn text(&self, words: &[&str]) -> String {
        let output = self.run(words);
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(0), "{words:?}: {said}");
        String::from_utf8(output.stdout).expect("text")
    }

    /// The same for programs.
    #[track_caller]
    fn json(&self, words: &[&str]) -> Value {
        let text = self.text(&[words, &["--json"]].concat());
        serde_json::from_str(&text).unwrap_or_else(|error| panic!("{words:?}: {error}: {text}"))
    }

    /// The exit code and the sentence of a command that must fail.
    #[track_caller]
    fn failure(&self, words: &[&str]) -> (i32, String) {
        let output = self.run(words);
        assert!(output.stdout.is_empty(), "{words:?} printed {:?}", output.stdout);
        let said = String::from_utf8(output.stderr).expect("text");
        (output.status.code().expect("an exit code"), said.trim_end().to_owned())
    }
}

macro_rules! on_both {
    ($($truth:ident),* $(,)?) => {
        mod sqlite {
            $(#[test]
            fn $truth() {
                super::$truth(&super::Place::sqlite());
            })*
        }

        mod postgres {
            $(#[test]
            fn $truth() {
                super::$truth(&super::Place::postgres());
            })*
        }
    };
}

on_both!(
    a_link_is_made_shown_changed_and_deleted,
    a_code_that_is_taken_is_a_conflict,
    a_list_is_newest_first_and_ends_at_its_limit,
    a_domain_has_links_of_its_own,
    a_key_is_printed_once_and_revoked_for_good,
    migrate_says_what_it_did,
);

fn a_link_is_made_shown_changed_and_deleted(place: &Place) {
    let made = place.json(&[
        "link",
        "create",
        "https://example.com/a",
        "--code",
        "promo",
        "--status",
        "301",
        "--title",
        "A page",
        "--expires-at",
        "2100-01-01T00:00:00+01:00",
    ]);
    assert_eq!(made["short_url"], "http://127.0.0.1:8080/promo");
    assert_eq!(made["domain"], "127.0.0.1:8080");
    assert_eq!(made["url"], "https://example.com/a");
    assert_eq!(made["status"], 301);
    assert_eq!(made["state"], "active");
    assert_eq!(made["title"], "A page");
    assert_eq!(made["expires_at"], "2099-12-31T23:00:00.000Z");
    assert_eq!(made["version"], 1);

    let shown = place.json(&["link", "show", "promo"]);
    assert_eq!(shown["id"], made["id"]);
    assert_eq!(shown["clicks"], json!({ "total": 0, "people": 0, "bots": 0 }));
    assert!(place.text(&["link", "show", "promo"]).contains("clicks     0 (0 people, 0 bots)\n"));

    let changed = place.json(&[
        "link",
        "edit",
        "promo",
        "--code",
        "sale",
        "--url",
        "https://example.com/b",
        "--status",
        "308",
        "--no-title",
        "--no-expires",
        "--disable",
    ]);
    assert_eq!(changed["id"], made["id"]);
    assert_eq!(changed["code"], "sale");
    assert_eq!(changed["url"], "https://example.com/b");
    assert_eq!(changed["status"], 308);
    assert_eq!(changed["state"], "disabled");
    assert_eq!((&changed["title"], &changed["expires_at"]), (&Value::Null, &Value::Null));
    assert_eq!(changed["version"], 2);
    assert_eq!(place.json(&["link", "edit", "sale", "--enable"])["state"], "active");

    assert_eq!(place.json(&["link", "delete", "sale"])["id"], made["id"]);
    let (code, said) = place.failure(&["link", "show", "sale"]);
    assert_eq!(code, 3);
    assert_eq!(said, "carom: no link has the code or id `sale`: `carom link list` shows all");
}

fn a_code_that_is_taken_is_a_conflict(place: &Place) {
    let other = place.json(&["link", "create", "https://example.com", "--code", "a"]);
    let (code, said) = place.failure(&["link", "create", "https://example.com", "--code", "a"]);
    assert_eq!(code, 4);
    assert_eq!(said, "carom: cannot make a link with the code `a`: that is taken already");
    let link = place.json(&["link", "create", "https://example.com"]);
    let id = link["id"].as_str().expect("an id");
    let (code, said) = place.failure(&["link", "edit", id, "--code", "a"]);
    assert_eq!(code, 4);
    assert_eq!(
        said,
        format!("carom: cannot give the link {id} the code `a`: that is taken already")
    );
    assert_eq!(place.json(&["link", "show", "a"])["id"], other["id"]);
}

fn a_list_is_newest_first_and_ends_at_its_limit(place: &Place) {
    for code in ["one", "two", "three"] {
        place.text(&[
            "link",
            "create",
            "https://example.com",
            "--code",
            code,
            "--title",
            "Números",
        ]);
    }
    let codes = |words: &[&str]| -> Vec<String> {
        let list = place.json(&[&["link", "list"], words].concat());
        let codes = list.as_array().expect("an array").iter();
        codes.map(|link| link["code"].as_str().expect("a code").to_owned()).collect()
    };
    assert_eq!(codes(&[]), ["three", "two", "one"]);
    assert_eq!(codes(&["--limit", "2"]), ["three", "two"]);
    assert_eq!(codes(&["--all"]), ["three", "two", "one"]);
    assert_eq!(codes(&["--search", "TW"]), ["two"]);
    assert_eq!(codes(&["--search", "NÚMEROS", "--limit", "1"]), ["three"]);
    assert_eq!(codes(&["--search", "%"]), Vec::<String>::new());

    let table = place.run(&["link", "list", "--limit", "2"]);
    let text = String::from_utf8(table.stdout).expect("text");
    assert_eq!(text.lines().count(), 3, "{text}");
    assert!(text.starts_with("ID "), "{text}");
    let hint = String::from_utf8(table.stderr).expect("text");
    assert_eq!(hint, "carom: 2 are shown, there are more: add --all\n");
    assert!(place.run(&["link", "list", "--limit", "3"]).stderr.is_empty());
}

fn a_domain_has_links_of_its_own(place: &Place) {
    assert_eq!(place.text(&["domain", "add", "GO.Example."]), "added the domain go.example\n");
    let (code, said) = place.failure(&["domain", "add", "go.example"]);
    assert_eq!(code, 4);
    assert_eq!(said, "carom: cannot add the domain go.example: that is taken already");
    let domains = place.json(&["domain", "list"]);
    let names: Vec<_> = domains.as_array().expect("an array").iter().collect();
    assert_eq!(
        (&names[0]["domain"], &names[0]["is_default"]),
        (&json!("127.0.0.1:8080"), &json!(true))
    );
    assert_eq!(
        (&names[1]["domain"], &names[1]["is_default"]),
        (&json!("go.example"), &json!(false))
    );

    let words = ["link", "create", "https://example.com", "--code", "a"];
    let default = place.json(&words);
    let other = place.json(&[&words[..], &["--domain", "go.example"]].concat());
    assert_eq!(other["short_url"], "http://go.example/a");
    assert_ne!(default["id"], other["id"]);
    for (words, link) in [
        (&["a"][..], &default),
        (&["a", "--domain", "127.0.0.1:8080"], &default),
        (&["a", "--domain", "go.example"], &other),
        (&["http://go.example/a"], &other),
        (&["http://127.0.0.1:8080/a"], &default),
    ] {
        assert_eq!(place.json(&[&["link", "show"], words].concat())["id"], link["id"], "{words:?}");
    }
    let list = place.json(&["link", "list", "--domain", "go.example"]);
    assert_eq!(list.as_array().map(Vec::len), Some(1));

    let (code, said) = place.failure(&["link", "create", "https://go.example/x"]);
    assert_eq!(code, 2);
    assert!(said.contains("go.example, which is one of this server's own domains"), "{said}");
}

fn a_key_is_printed_once_and_revoked_for_good(place: &Place) {
    let made = place.json(&["key", "create", "--name", "ci"]);
    let key = made["key"].as_str().expect("a key");
    let prefix = made["prefix"].as_str().expect("a prefix");
    assert!(key.starts_with(prefix) && key.len() > 50, "{key}");
    let list = place.text(&["key", "list"]);
    assert!(list.contains(prefix) && !list.contains(key), "{list}");
    let stored = place.json(&["key", "list"]);
    assert_eq!(stored[0]["name"], "ci");
    assert_eq!(stored[0]["revoked_at"], Value::Null);
    assert!(!stored.to_string().contains(key));

    let id = made["id"].as_str().expect("an id");
    assert_eq!(place.json(&["key", "revoke", id])["state"], "revoked");
    assert!(place.json(&["key", "list"])[0]["revoked_at"].is_string());
    let (code, said) = place.failure(&["key", "revoke", id]);
    assert_eq!(code, 3);
    assert!(
        said.starts_with(&format!("carom: no key that still stands has the id {id}")),
        "{said}"
    );
}

fn migrate_says_what_it_did(place: &Place) {
    let first = place.json(&["migrate"]);
    assert!(first["applied"].as_u64().expect("a count") >= 1, "{first}");
    let again = place.json(&["migrate"]);
    assert_eq!(again["applied"], 0);
    assert_eq!(again["store"], first["store"]);
    let store = again["store"].as_str().expect("a name");
    assert_eq!(place.text(&["migrate"]), format!("{store} was up to date\n"));
}

#[test]
fn a_code_made_of_digits_comes_before_an_id() {
    let place = Place::sqlite();
    let by_id = place.json(&["link", "create", "https://example.com"]);
    let id = by_id["id"].as_str().expect("an id");
    assert_eq!(place.json(&["link", "show", id])["id"], by_id["id"]);
    let by_code = place.json(&["link", "create", "https://example.com", "--code", id]);
    assert_eq!(place.json(&["link", "show", id])["id"], by_code["id"]);
}

#[test]
fn an_id_is_not_looked_for_on_another_domain() {
    let place = Place::sqlite();
    place.text(&["domain", "add", "go.example"]);
    let link = place.json(&["link", "create", "https://example.com"]);
    let id = link["id"].as_str().expect("an id");
    let (code, _) = place.failure(&["link", "delete", id, "--domain", "go.example"]);
    assert_eq!(code, 3);
}

#[test]
fn both_unicode_forms_name_one_link() {
    let place = Place::sqlite();
    let made = place.json(&["link", "create", "https://example.com", "--code", "caf\u{e9}"]);
    assert_eq!(made["short_url"], "http://127.0.0.1:8080/caf%C3%A9");
    for name in ["cafe\u{301}", "http://127.0.0.1:8080/caf%C3%A9", "http://127.0.0.1:8080/café"] {
        assert_eq!(place.json(&["link", "show", name])["id"], made["id"], "{name}");
    }
}

#[test]
fn short_urls_begin_with_the_configured_public_url() {
    let place = Place::sqlite();
    let file = place.directory.path().join("carom.toml");
    std::fs::write(file, "[links]\npublic_url = \"https://s.example\"\n").expect("a file");
    let made = place.json(&["link", "create", "https://example.com", "--code", "a"]);
    assert_eq!(made["short_url"], "https://s.example/a");
    let (code, said) = place.failure(&["domain", "add", "s.example"]);
    assert_eq!(code, 4);
    assert!(said.contains("the default domain answers for it already"), "{said}");
}

#[test]
fn values_that_cannot_be_used_exit_with_2_and_say_what_to_do() {
    let place = Place::sqlite();
    let create = ["link", "create", "https://example.com"];
    for (words, said) in [
        (
            &["link", "create", "nonsense"][..],
            "carom: the target is no absolute URL (relative URL without a base): write it with its \
             scheme, such as https://example.com/page",
        ),
        (
            &[&create[..], &["--code", "a/b"]].concat(),
            "carom: a code cannot have the character `/` (U+002F)",
        ),
        (
            &[&create[..], &["--status", "303"]].concat(),
            "carom: 303 is no status a link can have: choose 301, 302, 307 or 308",
        ),
        (
            &[&create[..], &["--domain", "go.example"]].concat(),
            "carom: no domain here is called `go.example`: add it first, or leave it out for the \
             default domain",
        ),
        (
            &[&create[..], &["--expires-at", "2020-01-01T00:00:00Z"]].concat(),
            "carom: 2020-01-01T00:00:00.000Z is not in the future: choose a later time, or none at \
             all",
        ),
        (
            &["key", "create", "--name", " "],
            "carom: a key's name has 1 to 128 characters and none that cannot be seen: choose \
             another",
        ),
        (
            &["key", "revoke", "first"],
            "carom: `first` is not an id: an id is a whole number between 1 and 9223372036854775807",
        ),
        (
            &["domain", "add", "https://go.example"],
            "carom: `https://go.example` is no host name: write it without scheme, port and path, \
             such as go.example",
        ),
    ] {
        assert_eq!(place.failure(words), (2, said.to_owned()), "{words:?}");
    }
}

#[test]
fn usage_that_means_nothing_exits_with_2() {
    let place = Place::sqlite();
    for words in [
        &["link", "edit", "a"][..],
        &["link", "edit", "a", "--enable", "--disable"],
        &["link", "edit", "a", "--title", "x", "--no-title"],
        &["link", "list", "--limit", "0"],
        &["link", "list", "--limit", "5", "--all"],
        &["key", "create"],
        &["fly"],
    ] {
        let (code, _) = place.failure(words);
        assert_eq!(code, 2, "{words:?}");
    }
    assert!(!place.directory.path().join("data").exists(), "wrong usage opens nothing");
}

#[test]
fn a_store_that_is_away_exits_with_5_and_keeps_the_password() {
    // Port 1 is nobody's: no server of today answers there.
    let store = "postgres://carom:secret@127.0.0.1:1/carom";
    let (code, said) = Place::sqlite().failure(&["link", "list", "--store", store]);
    assert_eq!(code, 5);
    let lead = "carom: cannot use postgres 127.0.0.1:1/carom: the store is unavailable";
    assert!(said.starts_with(lead) && !said.contains("secret"), "{said}");
}

#[test]
fn a_list_goes_on_over_its_pages() {
    const LINKS: usize = 1001;
    let place = Place::sqlite();
    place.text(&["migrate"]);
    place.fill(LINKS);
    let all = place.json(&["link", "list", "--all"]);
    let all = all.as_array().expect("an array");
    let ids: BTreeSet<_> =
        all.iter().map(|link| link["id"].to_string()).collect();
    assert_eq!((all.len(), ids.len()), (LINKS, LINKS));
    let some = place.json(&["link", "list", "--limit", "501"]);
    assert_eq!(some.as_array().map(Vec::len), Some(501));
}

/// A working directory and an empty store.
struct Place {
    directory: TempDir,
    database: Option<Database>,
}

impl Place {
    fn sqlite() -> Self {
        Self { directory: tempfile::tempdir().expect("a directory"), database: None }
    }

    fn postgres() -> Self {
        Self { database: Some(fresh_database()), ..Self::sqlite() }
    }

    /// Runs `carom` with these words.
    #[track_caller]
    fn run(&self, words: &[&str]) -> Output {
        let mut command = support::carom();
        command.current_dir(&self.directory);
        if let Some(database) = &self.database {
            command.args(["--store", &database.url]);
        }
        command.args(words).output().expect("the program runs")
    }

    /// What a command prints that must succeed.
    #[track_caller]
    fn text(&self, words: &[&str]) -> String {
        let output = self.run(words);
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(0), "{words:?}: {said}");
        String::from_utf8(output.stdout).expect("text")
    }

    /// The same for programs.
    #[track_caller]
    fn json(&self, words: &[&str]) -> Value {
        let text = self.text(&[words, &["--json"]].concat());
        serde_json::from_str(&text).unwrap_or_else(|error| panic!("{words:?}: {error}: {text}"))
    }

    /// The exit code and the sentence of a command that must fail.
    #[track_caller]
    fn failure(&self, words: &[&str]) -> (i32, String) {
        let output = self.run(words);
        assert!(output.stdout.is_empty(), "{words:?} printed {:?}", output.stdout);
        let said = String::from_utf8(output.stderr).expect("text");
        (output.status.code().expect("an exit code"), said.trim_end().to_owned())
    }
}

macro_rules! on_both {
    ($($truth:ident),* $(,)?) => {
        mod sqlite {
            $(#[test]
            fn $truth() {
                super::$truth(&super::Place::sqlite());
            })*
        }

        mod postgres {
            $(#[test]
            fn $truth() {
                super::$truth(&super::Place::postgres());
            })*
        }
    };
}

on_both!(
    a_link_is_made_shown_changed_and_deleted,
    a_code_that_is_taken_is_a_conflict,
    a_list_is_newest_first_and_ends_at_its_limit,
    a_domain_has_links_of_its_own,
    a_key_is_printed_once_and_revoked_for_good,
    migrate_says_what_it_did,
);

fn a_link_is_made_shown_changed_and_deleted(place: &Place) {
    let made = place.json(&[
        "link",
        "create",
        "https://example.com/a",
        "--code",
        "promo",
        "--status",
        "301",
        "--title",
        "A page",
        "--expires-at",
        "2100-01-01T00:00:00+01:00",
    ]);
    assert_eq!(made["short_url"], "http://127.0.0.1:8080/promo");
    assert_eq!(made["domain"], "127.0.0.1:8080");
    assert_eq!(made["url"], "https://example.com/a");
    assert_eq!(made["status"], 301);
    assert_eq!(made["state"], "active");
    assert_eq!(made["title"], "A page");
    assert_eq!(made["expires_at"], "2099-12-31T23:00:00.000Z");
    assert_eq!(made["version"], 1);

    let shown = place.json(&["link", "show", "promo"]);
    assert_eq!(shown["id"], made["id"]);
    assert_eq!(shown["clicks"], json!({ "total": 0, "people": 0, "bots": 0 }));
    assert!(place.text(&["link", "show", "promo"]).contains("clicks     0 (0 people, 0 bots)\n"));

    let changed = place.json(&[
        "link",
        "edit",
        "promo",
        "--code",
        "sale",
        "--url",
        "https://example.com/b",
        "--status",
        "308",
        "--no-title",
        "--no-expires",
        "--disable",
    ]);
    assert_eq!(changed["id"], made["id"]);
    assert_eq!(changed["code"], "sale");
    assert_eq!(changed["url"], "https://example.com/b");
    assert_eq!(changed["status"], 308);
    assert_eq!(changed["state"], "disabled");
    assert_eq!((&changed["title"], &changed["expires_at"]), (&Value::Null, &Value::Null));
    assert_eq!(changed["version"], 2);
    assert_eq!(place.json(&["link", "edit", "sale", "--enable"])["state"], "active");

    assert_eq!(place.json(&["link", "delete", "sale"])["id"], made["id"]);
    let (code, said) = place.failure(&["link", "show", "sale"]);
    assert_eq!(code, 3);
    assert_eq!(said, "carom: no link has the code or id `sale`: `carom link list` shows all");
}

fn a_code_that_is_taken_is_a_conflict(place: &Place) {
    let other = place.json(&["link", "create", "https://example.com", "--code", "a"]);
    let (code, said) = place.failure(&["link", "create", "https://example.com", "--code", "a"]);
    assert_eq!(code, 4);
    assert_eq!(said, "carom: cannot make a link with the code `a`: that is taken already");
    let link = place.json(&["link", "create", "https://example.com"]);
    let id = link["id"].as_str().expect("an id");
    let (code, said) = place.failure(&["link", "edit", id, "--code", "a"]);
    assert_eq!(code, 4);
    assert_eq!(
        said,
        format!("carom: cannot give the link {id} the code `a`: that is taken already")
    );
    assert_eq!(place.json(&["link", "show", "a"])["id"], other["id"]);
}

fn a_list_is_newest_first_and_ends_at_its_limit(place: &Place) {
    for code in ["one", "two", "three"] {
        place.text(&[
            "link",
            "create",
            "https://example.com",
            "--code",
            code,
            "--title",
            "Números",
        ]);
    }
    let codes = |words: &[&str]| -> Vec<String> {
        let list = place.json(&[&["link", "list"], words].concat());
        let codes = list.as_array().expect("an array").iter();
        codes.map(|link| link["code"].as_str().expect("a code").to_owned()).collect()
    };
    assert_eq!(codes(&[]), ["three", "two", "one"]);
    assert_eq!(codes(&["--limit", "2"]), ["three", "two"]);
    assert_eq!(codes(&["--all"]), ["three", "two", "one"]);
    assert_eq!(codes(&["--search", "TW"]), ["two"]);
    assert_eq!(codes(&["--search", "NÚMEROS", "--limit", "1"]), ["three"]);
    assert_eq!(codes(&["--search", "%"]), Vec::<String>::new());

    let table = place.run(&["link", "list", "--limit", "2"]);
    let text = String::from_utf8(table.stdout).expect("text");
    assert_eq!(text.lines().count(), 3, "{text}");
    assert!(text.starts_with("ID "), "{text}");
    let hint = String::from_utf8(table.stderr).expect("text");
    assert_eq!(hint, "carom: 2 are shown, there are more: add --all\n");
    assert!(place.run(&["link", "list", "--limit", "3"]).stderr.is_empty());
}

fn a_domain_has_links_of_its_own(place: &Place) {
    assert_eq!(place.text(&["domain", "add", "GO.Example."]), "added the domain go.example\n");
    let (code, said) = place.failure(&["domain", "add", "go.example"]);
    assert_eq!(code, 4);
    assert_eq!(said, "carom: cannot add the domain go.example: that is taken already");
    let domains = place.json(&["domain", "list"]);
    let names: Vec<_> = domains.as_array().expect("an array").iter().collect();
    assert_eq!(
        (&names[0]["domain"], &names[0]["is_default"]),
        (&json!("127.0.0.1:8080"), &json!(true))
    );
    assert_eq!(
        (&names[1]["domain"], &names[1]["is_default"]),
        (&json!("go.example"), &json!(false))
    );

    let words = ["link", "create", "https://example.com", "--code", "a"];
    let default = place.json(&words);
    let other = place.json(&[&words[..], &["--domain", "go.example"]].concat());
    assert_eq!(other["short_url"], "http://go.example/a");
    assert_ne!(default["id"], other["id"]);
    for (words, link) in [
        (&["a"][..], &default),
        (&["a", "--domain", "127.0.0.1:8080"], &default),
        (&["a", "--domain", "go.example"], &other),
        (&["http://go.example/a"], &other),
        (&["http://127.0.0.1:8080/a"], &default),
    ] {
        assert_eq!(place.json(&[&["link", "show"], words].concat())["id"], link["id"], "{words:?}");
    }
    let list = place.json(&["link", "list", "--domain", "go.example"]);
    assert_eq!(list.as_array().map(Vec::len), Some(1));

    let (code, said) = place.failure(&["link", "create", "https://go.example/x"]);
    assert_eq!(code, 2);
    assert!(said.contains("go.example, which is one of this server's own domains"), "{said}");
}

fn a_key_is_printed_once_and_revoked_for_good(place: &Place) {
    let made = place.json(&["key", "create", "--name", "ci"]);
    let key = made["key"].as_str().expect("a key");
    let prefix = made["prefix"].as_str().expect("a prefix");
    assert!(key.starts_with(prefix) && key.len() > 50, "{key}");
    let list = place.text(&["key", "list"]);
    assert!(list.contains(prefix) && !list.contains(key), "{list}");
    let stored = place.json(&["key", "list"]);
    assert_eq!(stored[0]["name"], "ci");
    assert_eq!(stored[0]["revoked_at"], Value::Null);
    assert!(!stored.to_string().contains(key));

    let id = made["id"].as_str().expect("an id");
    assert_eq!(place.json(&["key", "revoke", id])["state"], "revoked");
    assert!(place.json(&["key", "list"])[0]["revoked_at"].is_string());
    let (code, said) = place.failure(&["key", "revoke", id]);
    assert_eq!(code, 3);
    assert!(
        said.starts_with(&format!("carom: no key that still stands has the id {id}")),
        "{said}"
    );
}

fn migrate_says_what_it_did(place: &Place) {
    let first = place.json(&["migrate"]);
    assert!(first["applied"].as_u64().expect("a count") >= 1, "{first}");
    let again = place.json(&["migrate"]);
    assert_eq!(again["applied"], 0);
    assert_eq!(again["store"], first["store"]);
    let store = again["store"].as_str().expect("a name");
    assert_eq!(place.text(&["migrate"]), format!("{store} was up to date\n"));
}

#[test]
fn a_code_made_of_digits_comes_before_an_id() {
    let place = Place::sqlite();
    let by_id = place.json(&["link", "create", "https://example.com"]);
    let id = by_id["id"].as_str().expect("an id");
    assert_eq!(place.json(&["link", "show", id])["id"], by_id["id"]);
    let by_code = place.json(&["link", "create", "https://example.com", "--code", id]);
    assert_eq!(place.json(&["link", "show", id])["id"], by_code["id"]);
}

#[test]
fn an_id_is_not_looked_for_on_another_domain() {
    let place = Place::sqlite();
    place.text(&["domain", "add", "go.example"]);
    let link = place.json(&["link", "create", "https://example.com"]);
    let id = link["id"].as_str().expect("an id");
    let (code, _) = place.failure(&["link", "delete", id, "--domain", "go.example"]);
    assert_eq!(code, 3);
}

#[test]
fn both_unicode_forms_name_one_link() {
    let place = Place::sqlite();
    let made = place.json(&["link", "create", "https://example.com", "--code", "caf\u{e9}"]);
    assert_eq!(made["short_url"], "http://127.0.0.1:8080/caf%C3%A9");
    for name in ["cafe\u{301}", "http://127.0.0.1:8080/caf%C3%A9", "http://127.0.0.1:8080/café"] {
        assert_eq!(place.json(&["link", "show", name])["id"], made["id"], "{name}");
    }
}

#[test]
fn short_urls_begin_with_the_configured_public_url() {
    let place = Place::sqlite();
    let file = place.directory.path().join("carom.toml");
    std::fs::write(file, "[links]\npublic_url = \"https://s.example\"\n").expect("a file");
    let made = place.json(&["link", "create", "https://example.com", "--code", "a"]);
    assert_eq!(made["short_url"], "https://s.example/a");
    let (code, said) = place.failure(&["domain", "add", "s.example"]);
    assert_eq!(code, 4);
    assert!(said.contains("the default domain answers for it already"), "{said}");
}

#[test]
fn values_that_cannot_be_used_exit_with_2_and_say_what_to_do() {
    let place = Place::sqlite();
    let create = ["link", "create", "https://example.com"];
    for (words, said) in [
        (
            &["link", "create", "nonsense"][..],
            "carom: the target is no absolute URL (relative URL without a base): write it with its \
             scheme, such as https://example.com/page",
        ),
        (
            &[&create[..], &["--code", "a/b"]].concat(),
            "carom: a code cannot have the character `/` (U+002F)",
        ),
        (
            &[&create[..], &["--status", "303"]].concat(),
            "carom: 303 is no status a link can have: choose 301, 302, 307 or 308",
        ),
        (
            &[&create[..], &["--domain", "go.example"]].concat(),
            "carom: no domain here is called `go.example`: add it first, or leave it out for the \
             default domain",
        ),
        (
            &[&create[..], &["--expires-at", "2020-01-01T00:00:00Z"]].concat(),
            "carom: 2020-01-01T00:00:00.000Z is not in the future: choose a later time, or none at \
             all",
        ),
        (
            &["key", "create", "--name", " "],
            "carom: a key's name has 1 to 128 characters and none that cannot be seen: choose \
             another",
        ),
        (
            &["key", "revoke", "first"],
            "carom: `first` is not an id: an id is a whole number between 1 and 9223372036854775807",
        ),
        (
            &["domain", "add", "https://go.example"],
            "carom: `https://go.example` is no host name: write it without scheme, port and path, \
             such as go.example",
        ),
    ] {
        assert_eq!(place.failure(words), (2, said.to_owned()), "{words:?}");
    }
}

#[test]
fn usage_that_means_nothing_exits_with_2() {
    let place = Place::sqlite();
    for words in [
        &["link", "edit", "a"][..],
        &["link", "edit", "a", "--enable", "--disable"],
        &["link", "edit", "a", "--title", "x", "--no-title"],
        &["link", "list", "--limit", "0"],
        &["link", "list", "--limit", "5", "--all"],
        &["key", "create"],
        &["fly"],
    ] {
        let (code, _) = place.failure(words);
        assert_eq!(code, 2, "{words:?}");
    }
    assert!(!place.directory.path().join("data").exists(), "wrong usage opens nothing");
}

#[test]
fn a_store_that_is_away_exits_with_5_and_keeps_the_password() {
    // Port 1 is nobody's: no server of today answers there.
    let store = "postgres://carom:secret@127.0.0.1:1/carom";
    let (code, said) = Place::sqlite().failure(&["link", "list", "--store", store]);
    assert_eq!(code, 5);
    let lead = "carom: cannot use postgres 127.0.0.1:1/carom: the store is unavailable";
    assert!(said.starts_with(lead) && !said.contains("secret"), "{said}");
}

#[test]
fn a_list_goes_on_over_its_pages() {
    const LINKS: usize = 1001;
    let place = Place::sqlite();
    place.text(&["migrate"]);
    place.fill(LINKS);
    let all = place.json(&["link", "list", "--all"]);
    let all = all.as_array().expect("an array");
    let ids: BTreeSet<_> =
        all.iter().map(|link| link["id"].to_string()).collect();
    assert_eq!((all.len(), ids.len()), (LINKS, LINKS));
    let some = place.json(&["link", "list", "--limit", "501"]);
    assert_eq!(some.as_array().map(Vec::len), Some(501));
}

/// Makes links without starting a program for each.
fn fill(place: &Place, links: usize) {
    let file = place.directory.path().join("data/carom.db");
    let store = rusqlite::Connection::open(file).expect("the store's file");
    store
        .execute(
            "WITH RECURSIVE numbers (n) AS
                 (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < ?1)
             INSERT INTO links (domain_id, code, id, workspace_id, url, status, state, created_at,
                                updated_at, version, search)
             SELECT domains.id, 'c' || n, n, workspace_id, 'https://example.com/', 302, 'active',
                    1000 + n / 3, 1000, 1, 'c' || n
             FROM domains, numbers",
            [i64::try_from(links).expect("a few")],
        )
        .expect("links");
}

#[test]
fn a_reader_who_has_seen_enough_is_no_failure() {
    let place = Place::sqlite();
    place.text(&["migrate"]);
    place.fill(100);
    for form in [&[][..], &["--json"]] {
        let (reader, writer) = std::io::pipe().expect("a pipe");
        drop(reader);
        let output = Command::new(support::carom::PROGRAM)
            .args(["link", "list", "--all", "--store", "sqlite"])
            .args(form)
            .current_dir(&place.directory)
            .stdout(Stdio::from(writer))
            .output()
            .expect("the program runs");
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!((output.status.code(), said.as_ref()), (Some(0), ""), "{form:?}");
    }
}
