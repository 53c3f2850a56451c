//! Many links by one request.

use serde_json::{Value, json};

use super::fixture::{JSON, ask, follow, found, problem};
use crate::support::carom::Carom;

const PATH: &str = "/api/v1/links/batch";

on_both! {
    each_item_has_its_own_outcome_in_its_place,
    all_or_nothing_writes_all_or_nothing,
    what_is_altered_is_forgotten_at_once_and_what_is_made_is_found,
    thousands_of_links_are_made_and_changed_by_one_request,
    a_batch_that_cannot_be_is_refused_as_a_whole,
}

#[track_caller]
fn run(carom: &Carom, body: &Value) -> Value {
    let response = ask(carom, "POST", PATH, &[JSON], &body.to_string());
    assert_eq!(response.status, 200, "{}", response.text());
    response.json()
}

fn statuses(outcomes: &Value, list: &str) -> Vec<u64> {
    let outcomes = outcomes[list].as_array().expect("a list");
    outcomes.iter().map(|outcome| outcome["status"].as_u64().expect("a status")).collect()
}

fn link(carom: &Carom, code: &str) -> String {
    carom.create_link(&json!({ "url": format!("https://{code}.example/"), "code": code })).id
}

fn each_item_has_its_own_outcome_in_its_place(carom: &Carom) {
    let (kept, gone, taken) = (link(carom, "kept"), link(carom, "gone"), link(carom, "taken"));
    let outcomes = run(
        carom,
        &json!({
            "create": [
                { "url": "https://one.example", "code": "one", "tags": ["New"], "note": "n" },
                { "url": "ftp://two.example" },
                { "url": "https://three.example", "code": "taken" },
                { "url": 7 },
                { "url": "https://five.example" },
                { "url": "https://six.example", "code": "gone" },
            ],
            "update": [
                { "id": kept, "url": "https://changed.example", "tags": ["a", "b"] },
                { "id": "7", "title": "nobody's" },
                { "id": kept, "code": "taken" },
                { "title": "no id" },
                { "id": kept, "colour": "red" },
                { "id": taken, "state": "off" },
            ],
            "delete": [gone, "7", 7],
        }),
    );
    assert_eq!(statuses(&outcomes, "create"), [201, 422, 409, 422, 201, 201]);
    assert_eq!(statuses(&outcomes, "update"), [200, 404, 409, 404, 422, 422]);
    assert_eq!(statuses(&outcomes, "delete"), [204, 404, 404]);
    assert_eq!(outcomes["failed"], 10);
    assert_eq!(outcomes["create"][0]["link"]["tags"], json!(["new"]));
    assert_eq!(outcomes["create"][1]["problem"]["type"], "/problems/invalid-target");
    assert_eq!(outcomes["create"][2]["problem"]["type"], "/problems/code-taken");
    assert_eq!(outcomes["update"][0]["link"]["url"], "https://changed.example/");
    assert_eq!(outcomes["update"][0]["link"]["tags"], json!(["a", "b"]));
    assert_eq!(follow(carom, "gone"), found("https://six.example/"));
    assert_eq!(follow(carom, "taken"), found("https://taken.example/"));
}

fn all_or_nothing_writes_all_or_nothing(carom: &Carom) {
    let (kept, gone) = (link(carom, "kept"), link(carom, "gone"));
    link(carom, "taken");
    let body = |create: Value, update: Value, delete: Value| json!({ "create": create, "update": update, "delete": delete, "all_or_nothing": true });
    let new = json!({ "url": "https://new.example", "code": "new" });
    let edit = json!({ "id": kept, "code": "moved" });
    for (batch, status, slug, field) in [
        (
            body(
                json!([new, { "url": "https://e.example", "code": "taken" }]),
                json!([edit]),
                json!([gone]),
            ),
            409,
            "code-taken",
            "create[1].code",
        ),
        (
            body(json!([new]), json!([edit, { "id": "7", "note": "n" }]), json!([gone])),
            404,
            "no-such-link",
            "update[1].id",
        ),
        (
            body(json!([new]), json!([edit, { "id": kept, "code": "taken" }]), json!([gone])),
            409,
            "code-taken",
            "update[1].code",
        ),
        (
            body(json!([new]), json!([edit]), json!([gone, "7"])),
            404,
            "no-such-link",
            "delete[1].id",
        ),
        (
            body(json!([new, { "url": "x" }]), json!([edit]), json!([gone])),
            422,
            "invalid-target",
            "create[1].url",
        ),
    ] {
        let refused = ask(carom, "POST", PATH, &[JSON], &batch.to_string());
        assert_eq!(problem(&refused, status, slug)["field"], field);
        assert_eq!(follow(carom, "new").0, 404, "{field}");
        assert_eq!(follow(carom, "moved").0, 404, "{field}");
        for code in ["kept", "gone", "taken"] {
            assert_eq!(follow(carom, code).0, 302, "{field}");
        }
    }
    let outcomes = run(carom, &body(json!([new]), json!([edit]), json!([gone])));
    assert_eq!(outcomes["failed"], 0);
    assert_eq!(statuses(&outcomes, "create"), [201]);
    assert_eq!(statuses(&outcomes, "update"), [200]);
    assert_eq!(statuses(&outcomes, "delete"), [204]);
    assert_eq!(follow(carom, "new"), found("https://new.example/"));
    assert_eq!(follow(carom, "moved"), found("https://kept.example/"));
    assert_eq!((follow(carom, "kept").0, follow(carom, "gone").0), (404, 404));
}

fn what_is_altered_is_forgotten_at_once_and_what_is_made_is_found(carom: &Carom) {
    let (one, two) = (link(carom, "one"), link(carom, "two"));
    assert_eq!((follow(carom, "one").0, follow(carom, "two").0), (302, 302));
    assert_eq!(follow(carom, "three").0, 404);
    let outcomes = run(
        carom,
        &json!({
            "create": [{ "url": "https://three.example", "code": "three" }],
            "update": [{ "id": one, "url": "https://moved.example" }],
            "delete": [two],
        }),
    );
    assert_eq!(outcomes["failed"], 0, "{outcomes}");
    assert_eq!(follow(carom, "one"), found("https://moved.example/"));
    assert_eq!(follow(carom, "two").0, 404);
    assert_eq!(follow(carom, "three"), found("https://three.example/"));
}

fn thousands_of_links_are_made_and_changed_by_one_request(carom: &Carom) {
    let new = |place: usize| json!({ "url": format!("https://example.com/{place}") });
    let create: Vec<Value> = (0..5_000).map(new).collect();
    let outcomes = run(carom, &json!({ "create": create }));
    assert_eq!(outcomes["failed"], 0);
    let last = &outcomes["create"][4_999]["link"];
    assert_eq!(last["url"], "https://example.com/4999");
    let code = last["code"].as_str().expect("a code");
    assert_eq!(follow(carom, code), found("https://example.com/4999"));
    let made = outcomes["create"].as_array().expect("a list").iter().take(1_000);
    let update: Vec<Value> = made
        .map(|it| json!({ "id": it["link"]["id"], "tags": ["moved"], "status": 301 }))
        .collect();
    let outcomes = run(carom, &json!({ "update": update }));
    assert_eq!(outcomes["failed"], 0);
    assert_eq!(outcomes["update"][999]["link"]["version"], 2);
}

fn a_batch_that_cannot_be_is_refused_as_a_whole(carom: &Carom) {
    let many: Vec<Value> = (0..10_001).map(|_| json!("7")).collect();
    let words: Vec<Value> =
        (0..21).map(|_| json!({ "url": "https://e.example", "password": "x" })).collect();
    let key = ("idempotency-key", "a");
    for (headers, body, status, slug) in [
        (vec![JSON], json!({ "delete": many }), 422, "too-many-items"),
        (
            vec![JSON],
            json!({ "delete": many[..1_001], "all_or_nothing": true }),
            422,
            "too-many-items",
        ),
        (vec![JSON], json!({ "create": words }), 422, "too-many-items"),
        (vec![JSON, key], json!({}), 400, "idempotency-key-refused"),
        (vec![JSON], json!({ "make": [] }), 422, "invalid-body"),
        (vec![JSON], json!({ "create": {} }), 422, "invalid-body"),
    ] {
        let refused = ask(carom, "POST", PATH, &headers, &body.to_string());
        problem(&refused, status, slug);
    }
    assert_eq!(run(carom, &json!({}))["failed"], 0);
}
