//! Totals to the last redirect.

use super::fixture::follow;
use crate::support::carom::Carom;
use crate::support::http::request;
use crate::support::wait::SOON;

on_both! {
    every_answered_redirect_is_in_the_total_at_once,
    clicks_move_from_pending_to_stored_and_none_is_counted_twice,
    a_renamed_link_keeps_its_clicks,
}

fn every_answered_redirect_is_in_the_total_at_once(carom: &Carom) {
    let link = carom.link_to("https://example.com/");
    let path = format!("/api/v1/links/{}/clicks", link.id);
    let body = carom.call("GET", &path, None).json();
    for name in ["total", "people", "bots", "stored", "pending"] {
        assert_eq!(body[name].as_u64(), Some(0), "{name}: {body}");
    }
    for answered in 1..=20 {
        assert_eq!(follow(carom, &link.code).0, 302);
        assert_eq!(carom.clicks(&link).people, answered);
    }
    assert_eq!(request(carom.edge(), "HEAD", &format!("/{}", link.code), &[], b"").status, 302);
    let body = carom.call("GET", &path, None).json();
    let count = |name: &str| body[name].as_u64().expect("a count");
    assert_eq!((count("total"), count("people"), count("bots")), (21, 20, 1), "{body}");
    assert_eq!(count("stored") + count("pending"), 21, "{body}");
}

fn clicks_move_from_pending_to_stored_and_none_is_counted_twice(carom: &Carom) {
    let link = carom.link_to("https://example.com/");
    for _ in 0..50 {
        assert_eq!(follow(carom, &link.code).0, 302);
    }
    assert_eq!(carom.clicks(&link).total, 50);
    let stored = carom.stored_clicks(&link, SOON);
    assert_eq!((stored.total, stored.stored), (50, 50));
}

fn a_renamed_link_keeps_its_clicks(carom: &Carom) {
    let link = carom.link_to("https://example.com/");
    assert_eq!(follow(carom, &link.code).0, 302);
    let renamed = carom.change_link(&link, &serde_json::json!({ "code": "renamed" }));
    assert_eq!(follow(carom, "renamed").0, 302);
    assert_eq!(carom.clicks(&renamed).total, 2);
}
