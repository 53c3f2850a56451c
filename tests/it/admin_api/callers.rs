//! Keys: who may do what, and whose links are whose.

use carom::accounts::key::ApiKey;
use carom::accounts::permission::SCOPE_ADMIN;
use carom::model::id::{ApiKeyId, WorkspaceId};
use carom::model::time::Millis;
use carom::store::keys::{self, NewKey};
use carom::store::{Store, facts};

use super::fixture::{DRAFT, in_store, problem};
use crate::support::carom::Carom;
use crate::support::http::{Response, request};

on_both! {
    all_who_have_no_working_key_get_the_same_answer,
    the_scheme_is_read_in_any_case,
    a_key_without_the_scope_may_do_nothing,
    a_key_that_is_revoked_ends_at_once,
    links_of_another_workspace_are_not_there,
}

/// Every route that needs a key.
const ROUTES: [(&str, &str); 22] = [
    ("POST", "/shorten"),
    ("POST", "/api/v1/links"),
    ("GET", "/api/v1/links"),
    ("GET", "/api/v1/links/1"),
    ("PATCH", "/api/v1/links/1"),
    ("DELETE", "/api/v1/links/1"),
    ("GET", "/api/v1/links/1/clicks"),
    ("GET", "/api/v1/links/1/stats"),
    ("GET", "/api/v1/links/1/visits"),
    ("GET", "/api/v1/stats"),
    ("GET", "/api/v1/keys"),
    ("POST", "/api/v1/keys"),
    ("GET", "/api/v1/keys/1"),
    ("DELETE", "/api/v1/keys/1"),
    ("POST", "/api/v1/keys/1/rotate"),
    ("GET", "/api/v1/audit"),
    ("GET", "/api/v1/domains"),
    ("POST", "/api/v1/domains"),
    ("GET", "/api/v1/domains/1"),
    ("PATCH", "/api/v1/domains/1"),
    ("DELETE", "/api/v1/domains/1"),
    ("POST", "/api/v1/domains/1/verify"),
];

fn call(carom: &Carom, (method, path): (&str, &str), authorization: Option<&str>) -> Response {
    let json = [("content-type", "application/json")];
    let key = authorization.map(|value| ("authorization", value));
    let headers: Vec<_> = json.into_iter().chain(key).collect();
    let body = if matches!(method, "POST" | "PATCH") { DRAFT } else { "" };
    request(carom.admin(), method, path, &headers, body.as_bytes())
}

/// Stores a key and returns it as it is sent.
async fn stored(
    store: &Store,
    workspace: WorkspaceId,
    scopes: &str,
    expires_at: Option<Millis>,
) -> (ApiKeyId, String) {
    let key = ApiKey::random();
    let new = NewKey {
        name: "a test's".to_owned(),
        prefix: key.prefix().to_owned(),
        digest: key.digest(),
        scopes: scopes.to_owned(),
        domains: None,
        expires_at,
    };
    let id = keys::create(store, workspace, new).await.expect("a key");
    (id, format!("Bearer {}", key.reveal()))
}

fn all_who_have_no_working_key_get_the_same_answer(carom: &Carom) {
    let expired = in_store(carom, async |store| {
        let workspace = facts::default_workspace(store).await.expect("a workspace");
        stored(store, workspace, SCOPE_ADMIN, Some(Millis::from_epoch(1))).await.1
    });
    let unknown = format!("Bearer {}", ApiKey::random().reveal());
    let working = carom.key().to_owned();
    let basic = format!("Basic {working}");
    let expected = call(carom, ("GET", "/api/v1/links"), None);
    problem(&expected, 401, "unauthorized");
    for authorization in [None, Some(&expired), Some(&unknown), Some(&working), Some(&basic)]
        .into_iter()
        .map(|it| it.map(String::as_str))
        .chain([Some("Bearer"), Some("Bearer x"), Some("")])
    {
        for route in ROUTES {
            let response = call(carom, route, authorization);
            assert_eq!(response.status, 401, "{route:?} {}", response.text());
            assert_eq!(response.body, expected.body, "{route:?}");
            assert_eq!(response.header("www-authenticate"), Some("Bearer"), "{route:?}");
        }
    }
}

fn the_scheme_is_read_in_any_case(carom: &Carom) {
    for scheme in ["Bearer", "bearer", "BEARER"] {
        let authorization = format!("{scheme} {}", carom.key());
        let response = call(carom, ("GET", "/api/v1/links"), Some(&authorization));
        assert_eq!(response.status, 200, "{scheme}");
    }
}

fn a_key_without_the_scope_may_do_nothing(carom: &Carom) {
    let key = in_store(carom, async |store| {
        let workspace = facts::default_workspace(store).await.expect("a workspace");
        stored(store, workspace, "administer read", None).await.1
    });
    for route in ROUTES {
        problem(&call(carom, route, Some(&key)), 403, "missing-scope");
    }
}

fn a_key_that_is_revoked_ends_at_once(carom: &Carom) {
    in_store(carom, async |store| {
        let workspace = facts::default_workspace(store).await.expect("a workspace");
        let (id, key) = stored(store, workspace, "audit:read admin", None).await;
        assert_eq!(call(carom, ROUTES[2], Some(&key)).status, 200);
        assert!(keys::revoke(store, workspace, id).await.expect("revoked"));
        problem(&call(carom, ROUTES[2], Some(&key)), 401, "unauthorized");
    });
}

fn links_of_another_workspace_are_not_there(carom: &Carom) {
    let link = carom.link_to("https://example.com/");
    let foreign = in_store(carom, async |store| {
        stored(store, WorkspaceId::random(), SCOPE_ADMIN, None).await.1
    });
    let path = format!("/api/v1/links/{}", link.id);
    let missing = call(carom, ("GET", "/api/v1/links/1"), Some(&foreign));
    for (method, path) in [
        ("GET", &path),
        ("PATCH", &path),
        ("DELETE", &path),
        ("GET", &format!("{path}/clicks")),
        ("GET", &format!("{path}/stats")),
        ("GET", &format!("{path}/visits")),
        ("GET", &format!("{path}/visits?format=csv")),
    ] {
        let response = call(carom, (method, path), Some(&foreign));
        assert_eq!((response.status, &response.body), (404, &missing.body), "{method} {path}");
    }
    let listed = call(carom, ("GET", "/api/v1/links"), Some(&foreign)).json();
    assert_eq!(listed["links"].as_array().map(Vec::len), Some(0));
    assert_eq!(carom.call("GET", &path, None).status, 200);
}
