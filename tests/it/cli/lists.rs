//! Listing links.

use std::collections::BTreeSet;
use std::process::{Command, Stdio};

use super::place::Place;
use crate::support;

on_both!(a_list_is_newest_first_and_ends_at_its_limit,);

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

#[test]
fn a_list_goes_on_over_its_pages() {
    const LINKS: usize = 1001;
    let place = Place::sqlite();
    place.text(&["migrate"]);
    place.fill(LINKS);
    let all = place.json(&["link", "list", "--all"]);
    let all = all.as_array().expect("an array");
    let ids: BTreeSet<_> = all.iter().map(|link| link["id"].to_string()).collect();
    assert_eq!((all.len(), ids.len()), (LINKS, LINKS));
    let some = place.json(&["link", "list", "--limit", "501"]);
    assert_eq!(some.as_array().map(Vec::len), Some(501));
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
