//! `--role`: what a process serves, and what it leaves to others.

use serde_json::json;

use super::fixture::know;
use crate::support::carom::{Carom, Options};
use crate::support::http::get;
use crate::support::postgres::fresh_database;
use crate::support::wait::{SOON, eventually};

fn of_role(role: &str, url: &str) -> Options {
    Options::postgres(url).set("CAROM_NODE__ROLE", role)
}

#[test]
fn an_admin_node_makes_links_and_an_edge_node_redirects_and_counts_them() {
    let database = fresh_database();
    let admin = Carom::start(
        of_role("admin", &database.url).set("CAROM_LINKS__PUBLIC_URL", "https://go.example"),
    );
    let edge = Carom::start(of_role("edge", &database.url).key(admin.key()));

    let link = admin.link_to("https://example.com/1");

    assert_eq!(link.short_url, format!("https://go.example/{}", link.code));
    know(&edge, &link, 1);
    admin.change_link(&link, &json!({ "url": "https://example.com/2" }));
    know(&edge, &link, 2);
    eventually(SOON, "the edge's clicks are in the store", || {
        admin.clicks(&link).stored >= 2 && edge.metric("journal_backlog_bytes") == 0
    });
}

#[test]
fn an_admin_node_opens_no_redirect_listener() {
    let database = fresh_database();
    let mut admin = Carom::start(of_role("admin", &database.url));

    let printed = admin.printed();
    assert!(!printed.contains("redirects") && printed.contains("  admin "), "{printed}");
    let (ready, metrics) = (get(admin.admin(), "/readyz"), get(admin.admin(), "/metrics"));
    assert_eq!((ready.status, metrics.status), (200, 200));
    assert!(admin.log().contains("set `links.public_url`"), "{}", admin.log());
    let threads = std::fs::read_dir(format!("/proc/{}/task", admin.pid())).expect("its threads");
    let names = threads.map(|thread| {
        let file = thread.expect("a thread").path().join("comm");
        std::fs::read_to_string(file).unwrap_or_default()
    });
    assert!(!names.into_iter().any(|name| name.starts_with("edge-")), "no thread of the edge");
    let status = admin.terminate();
    assert!(status.success(), "{status}");
}

#[test]
fn an_edge_node_has_health_and_metrics_and_no_api() {
    let database = fresh_database();
    let mut edge = Carom::start(of_role("edge", &database.url));

    let printed = edge.printed();
    assert!(printed.contains("  health ") && !printed.contains("  admin "), "{printed}");
    assert!(!printed.contains("curl"), "what it does not have it does not advertise: {printed}");
    for path in ["/healthz", "/readyz", "/metrics"] {
        assert_eq!(get(edge.admin(), path).status, 200, "{path}");
    }
    for (method, path) in [
        ("POST", "/shorten"),
        ("GET", "/api/v1/links"),
        ("POST", "/api/v1/links"),
        ("GET", "/api/v1/stats"),
        ("DELETE", "/api/v1/links/1"),
    ] {
        let response = edge.call(method, path, None);
        assert_eq!(response.status, 404, "{method} {path}: {}", response.text());
        assert!(response.text().contains("--role"), "it says where to ask: {}", response.text());
    }
    assert_eq!(get(edge.edge(), "/nowhere").status, 404);
    let status = edge.terminate();
    assert!(status.success(), "{status}");
}
