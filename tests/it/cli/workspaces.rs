//! Workspaces, who belongs to them, and acting in one of several.

use serde_json::{Value, json};

use super::place::Place;

on_both!(
    a_workspace_is_made_listed_and_renamed,
    people_are_added_get_other_roles_and_are_removed,
    links_keys_and_domains_are_those_of_the_workspace_that_is_named,
    a_name_that_two_have_is_asked_about,
);

#[track_caller]
fn id_of(made: &Value) -> String {
    made["id"].as_str().unwrap_or_else(|| panic!("{made}")).to_owned()
}

fn person(place: &Place, email: &str) {
    place.json(&["user", "create", "--email", email]);
}

/// The roles of a workspace's members by their addresses.
fn members(place: &Place, workspace: &str) -> Value {
    let members = place.json(&["workspace", "members", workspace]);
    let pairs = members.as_array().expect("a list").iter();
    pairs.map(|it| json!([it["email"], it["role"]])).collect::<Vec<_>>().into()
}

fn a_workspace_is_made_listed_and_renamed(place: &Place) {
    person(place, "ada@example.com");
    let made = place.json(&["workspace", "create", " Works ", "--owner", "ADA@example.com"]);
    assert_eq!(made["name"], "Works");
    assert_eq!(members(place, "Works"), json!([["ada@example.com", "owner"]]));
    let text = place.text(&["workspace", "create", "Other"]);
    assert!(
        text.contains("its links need a domain: `carom domain add HOST --workspace "),
        "{text}"
    );

    let names = || -> Vec<Value> {
        let list = place.json(&["workspace", "list"]);
        list.as_array().expect("a list").iter().map(|it| it["name"].clone()).collect()
    };
    assert_eq!(names()[0], "default", "the oldest first");
    let said = place.text(&["workspace", "rename", "default", "Home"]);
    assert_eq!(said, "the workspace default is called Home now\n");
    assert_eq!(place.json(&["workspace", "rename", &id_of(&made), "Factory"])["name"], "Factory");
    let mut sorted = names();
    sorted.sort_unstable_by_key(Value::to_string);
    assert_eq!(sorted, ["Factory", "Home", "Other"]);

    for (words, code, why) in [
        (&["create", " "][..], 2, "a name has 1 to 128 characters"),
        (&["create", "X", "--owner", "eve@example.com"], 3, "nobody here has the address"),
        (&["rename", "default", "X"], 3, "no workspace has the id or the name `default`"),
        (&["members", "12345"], 3, "no workspace has the id or the name `12345`"),
    ] {
        let (exit, said) = place.failure(&[&["workspace"], words].concat());
        assert!(exit == code && said.contains(why), "{words:?}: {exit} {said}");
    }
}

fn people_are_added_get_other_roles_and_are_removed(place: &Place) {
    person(place, "ada@example.com");
    person(place, "bob@example.com");
    let add = ["workspace", "add-member", "default", "bob@example.com", "--role"];
    let added = place.json(&[&add[..], &["viewer"]].concat());
    assert_eq!((&added["email"], &added["role"]), (&json!("bob@example.com"), &json!("viewer")));
    let (code, said) = place.failure(&[&add[..], &["admin"]].concat());
    assert!(code == 4 && said.contains("belongs to default already"), "{code} {said}");

    let last = "ada@example.com is the last owner of default: make somebody else an owner first";
    let remove = ["workspace", "remove-member", "default"];
    let set_role = ["workspace", "set-role", "default"];
    for words in [
        [&remove[..], &["ada@example.com"]].concat(),
        [&set_role[..], &["ada@example.com", "admin"]].concat(),
    ] {
        let (code, said) = place.failure(&words);
        assert!(code == 4 && said.contains(last), "{words:?}: {code} {said}");
    }
    let said = place.text(&[&set_role[..], &["bob@example.com", "owner"]].concat());
    assert_eq!(said, "the role of bob@example.com in default is owner now\n");
    let said = place.text(&[&remove[..], &["ada@example.com"]].concat());
    assert_eq!(said, "ada@example.com belongs to default no more\n");
    assert_eq!(members(place, "default"), json!([["bob@example.com", "owner"]]));
    let text = place.text(&["workspace", "members", "default"]);
    assert!(text.contains("bob@example.com") && !text.contains("ada@example.com"), "{text}");

    for (words, code, why) in [
        ([&remove[..], &["ada@example.com"]].concat(), 3, "does not belong to default"),
        ([&set_role[..], &["ada@example.com", "owner"]].concat(), 3, "does not belong to default"),
        ([&set_role[..], &["bob@example.com", "king"]].concat(), 2, "`king` is no role"),
        ([&add[..4], &["--role"], &["king"][..]].concat(), 2, "`king` is no role"),
        (add[..4].to_vec(), 2, "--role"),
    ] {
        let (exit, said) = place.failure(&words);
        assert!(exit == code && said.contains(why), "{words:?}: {exit} {said}");
    }
}

fn links_keys_and_domains_are_those_of_the_workspace_that_is_named(place: &Place) {
    let other = id_of(&place.json(&["workspace", "create", "Other"]));
    let create = ["link", "create", "https://example.com/other", "--code", "a"];
    let here = ["--workspace", "Other"];
    let (code, said) = place.failure(&[&create[..], &here].concat());
    let add_one = format!("add one with `carom domain add HOST --workspace {other}`");
    assert!(code == 2 && said.contains(&add_one), "{code} {said}");

    // The option stands before or after the command.
    place.text(&["domain", "--workspace", "Other", "add", "go.example"]);
    let made = place.json(&[&create[..], &here].concat());
    assert_eq!(made["short_url"], "http://go.example/a");
    let default = place.json(&["link", "create", "https://example.com/", "--code", "a"]);
    assert_eq!(default["short_url"], "http://127.0.0.1:8080/a");
    let only = |words: &[&str]| {
        let list = place.json(words);
        let list = list.as_array().expect("a list");
        assert_eq!(list.len(), 1, "{words:?}: {list:?}");
        list[0]["id"].clone()
    };
    assert_eq!(only(&["link", "list"]), default["id"]);
    assert_eq!(only(&["link", "list", "--workspace", &other]), made["id"]);
    let show = |words: &[&str]| place.json(&[&["link", "show"], words].concat())["id"].clone();
    assert_eq!(show(&["a"]), default["id"]);
    assert_eq!(show(&["a", "--workspace", "Other"]), made["id"]);
    let id = id_of(&made);
    let (code, _) = place.failure(&["link", "delete", &id]);
    assert_eq!(code, 3, "it is another workspace's");

    // With a second domain a code alone says too little, and an id says it all.
    place.text(&["domain", "add", "more.example", "--workspace", &other]);
    let (code, said) = place.failure(&["link", "show", "a", "--workspace", "Other"]);
    let several = "carom: this workspace has several domains: say which one the link is for";
    assert_eq!((code, said.as_str()), (2, several));
    assert_eq!(show(&[&id, "--workspace", "Other"]), made["id"]);
    let (code, _) = place.failure(&[&create[..2], &["https://go.example/x"], &here].concat());
    assert_eq!(code, 2);

    let hosts = |words: &[&str]| -> Vec<Value> {
        let list = place.json(&[&["domain", "list"], words].concat());
        list.as_array().expect("a list").iter().map(|it| it["host"].clone()).collect()
    };
    let mut of_other = hosts(&here);
    of_other.sort_unstable_by_key(Value::to_string);
    assert_eq!(of_other, ["go.example", "more.example"]);
    assert_eq!(hosts(&[]).len(), 3, "the operator sees all");
    let (code, _) = place.failure(&["domain", "show", "go.example", "--workspace", "default"]);
    assert_eq!(code, 3);
    assert_eq!(place.json(&["domain", "show", "go.example"])["host"], "go.example");

    let key = place.json(&["key", "create", "--name", "ci", "--workspace", "Other"]);
    assert_eq!(place.json(&["key", "list"]), json!([]));
    assert_eq!(only(&["key", "list", "--workspace", "Other"]), key["id"]);
    let (code, _) = place.failure(&["key", "revoke", &id_of(&key)]);
    assert_eq!(code, 3);
    let (code, said) = place.failure(&["key", "list", "--workspace", "None"]);
    assert!(code == 3 && said.starts_with("carom: no workspace has the id or the name `None`"));
}

fn a_name_that_two_have_is_asked_about(place: &Place) {
    let ids = [0, 1].map(|_| id_of(&place.json(&["workspace", "create", "Twin"])));

    for words in [&["workspace", "members", "Twin"][..], &["link", "list", "--workspace", "Twin"]] {
        let (code, said) = place.failure(words);
        assert_eq!(code, 2, "{said}");
        assert!(said.starts_with("carom: 2 workspaces are called `Twin`: name the one"), "{said}");
        assert!(ids.iter().all(|id| said.contains(id)), "{said}");
    }
    assert_eq!(place.json(&["workspace", "members", &ids[0]]), json!([]));
    // A name may look like an id that nobody has.
    let odd = id_of(&place.json(&["workspace", "create", "12345"]));
    assert_eq!(place.json(&["workspace", "rename", "12345", "Odd"])["id"], odd);
}
