//! API keys, and the schema that they are kept in.

use serde_json::Value;

use super::place::Place;

on_both!(a_key_is_printed_once_and_revoked_for_good, migrate_says_what_it_did,);

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
