//! What goes wrong, by its sentence and its exit code.

use super::place::Place;

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
fn help_tells_every_exit_code() {
    let help = Place::sqlite().text(&["--help"]);
    for line in [
        "  0  done",
        "  1  failed",
        "  2  wrong usage, configuration or value",
        "  3  not found",
        "  4  conflict: taken already, or changed meanwhile",
        "  5  the store is unavailable: try again later",
    ] {
        assert!(help.lines().any(|it| it == line), "{line} is not in:\n{help}");
    }
}
