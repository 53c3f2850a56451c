//! Making, finding, changing and deleting a link.

use serde_json::{Value, json};

use super::place::Place;

on_both!(
    a_link_is_made_shown_changed_and_deleted,
    a_limit_of_clicks_is_set_shown_changed_and_taken_away,
    a_code_that_is_taken_is_a_conflict,
    what_few_links_are_told_is_set_shown_listed_by_and_taken_back,
    a_qr_code_is_written_to_a_file,
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

fn a_limit_of_clicks_is_set_shown_changed_and_taken_away(place: &Place) {
    let url = "https://example.com/";
    let made = place.json(&["link", "create", url, "--code", "few", "--max-clicks", "50"]);
    assert_eq!((&made["max_clicks"], &made["claimed_clicks"]), (&json!(50), &json!(0)));
    assert!(place.text(&["link", "show", "few"]).contains("limit      50 clicks, 0 used\n"));
    assert_eq!(place.json(&["link", "list"])[0]["max_clicks"], 50);
    let changed = place.json(&["link", "edit", "few", "--max-clicks", "7"]);
    assert_eq!((&changed["max_clicks"], &changed["claimed_clicks"]), (&json!(7), &json!(0)));
    let free = place.json(&["link", "edit", "few", "--max-clicks", "none"]);
    assert_eq!((free.get("max_clicks"), free.get("claimed_clicks")), (None, None));
    assert!(place.text(&["link", "show", "few"]).contains("limit      none\n"));

    let (code, said) = place.failure(&["link", "create", url, "--max-clicks", "0"]);
    assert_eq!(code, 2);
    assert!(said.contains("0 is no click limit a link can have: choose 1 to 1000000000"), "{said}");
    let (code, said) = place.failure(&["link", "edit", "few", "--max-clicks", "many"]);
    assert_eq!(code, 2);
    assert!(said.contains("give a number, or `none`"), "{said}");
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
fn both_unicode_forms_name_one_link() {
    let place = Place::sqlite();
    let made = place.json(&["link", "create", "https://example.com", "--code", "caf\u{e9}"]);
    assert_eq!(made["short_url"], "http://127.0.0.1:8080/caf%C3%A9");
    for name in ["cafe\u{301}", "http://127.0.0.1:8080/caf%C3%A9", "http://127.0.0.1:8080/café"] {
        assert_eq!(place.json(&["link", "show", name])["id"], made["id"], "{name}");
    }
}

fn what_few_links_are_told_is_set_shown_listed_by_and_taken_back(place: &Place) {
    let directory = tempfile::tempdir().expect("a directory");
    let file = directory.path().join("password");
    std::fs::write(&file, "open sesame\n").expect("written");
    let file = file.to_str().expect("a path");
    let told = ["--note", "n", "--tag", "Sale", "--tag", "new", "--password-file", file];
    let more = ["--cache-seconds", "60", "--forward-query", "--fallback-url", "https://f.example"];
    let create = ["link", "create", "https://example.com/a", "--code", "promo"];
    let made = place.json(&[&create[..], &told, &more].concat());
    assert_eq!((&made["tags"], &made["note"]), (&json!(["new", "sale"]), &json!("n")));
    assert_eq!((&made["has_password"], &made["cache_seconds"]), (&json!(true), &json!(60)));
    assert_eq!(made["fallback_url"], "https://f.example/");
    assert_eq!((&made["forwards_query"], &made["created_by"]), (&json!(true), &json!("operator")));
    let shown = place.text(&["link", "show", "promo"]);
    assert!(shown.contains("asked for") && !shown.contains("argon2"), "{shown}");

    let count = |arguments: &[&str]| {
        let listed = place.json(&[&["link", "list"], arguments].concat());
        listed.as_array().expect("a list").len()
    };
    assert_eq!((count(&["--tag", "SALE"]), count(&["--tag", "old"])), (1, 0));
    let taken = ["--no-password", "--cache-seconds", "none", "--fallback-url", "none"];
    let rest = ["--tags", "a,b", "--archive", "--forward-query", "false"];
    let changed = place.json(&[&["link", "edit", "promo"], &taken[..], &rest].concat());
    assert_eq!((&changed["has_password"], &changed["tags"]), (&json!(false), &json!(["a", "b"])));
    assert_eq!((&changed["cache_seconds"], &changed["fallback_url"]), (&Value::Null, &Value::Null));
    assert!(changed["archived_at"].is_string(), "{changed}");
    assert_eq!((count(&[]), count(&["--archived", "only"])), (0, 1));
}

fn a_qr_code_is_written_to_a_file(place: &Place) {
    place.json(&["link", "create", "https://example.com/a", "--code", "promo"]);
    let drawn = place.text(&["link", "qr", "promo"]);
    assert!(drawn.starts_with("<svg "), "{drawn}");
    let directory = tempfile::tempdir().expect("a directory");
    let file = directory.path().join("promo.png");
    place.text(&["link", "qr", "promo", "--output", file.to_str().expect("a path")]);
    let bytes = std::fs::read(&file).expect("a file");
    assert!(bytes.starts_with(b"\x89PNG"));
}
