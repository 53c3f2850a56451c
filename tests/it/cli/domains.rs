//! Domains and the links on them.

use serde_json::json;

use super::place::Place;

on_both!(a_domain_has_links_of_its_own,);

fn a_domain_has_links_of_its_own(place: &Place) {
    assert_eq!(place.text(&["domain", "add", "GO.Example."]), "added the domain go.example\n");
    let (code, said) = place.failure(&["domain", "add", "go.example"]);
    assert_eq!(code, 4);
    assert_eq!(said, "carom: cannot add the domain go.example: that is taken already");
    let domains = place.json(&["domain", "list"]);
    let names: Vec<_> = domains.as_array().expect("an array").iter().collect();
    assert_eq!(
        (&names[0]["host"], &names[0]["is_default"]),
        (&json!("127.0.0.1:8080"), &json!(true))
    );
    assert_eq!((&names[1]["host"], &names[1]["is_default"]), (&json!("go.example"), &json!(false)));

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
