//! How much one caller may ask for.

use super::fixture::{DRAFT, JSON, ask, patient, problem};
use crate::support::carom::{Carom, Options};
use crate::support::http::{get, request};

fn limited(name: &str, a_minute: u32) -> Carom {
    Carom::start(patient(Options::sqlite()).set(name, a_minute))
}

#[test]
fn a_key_that_reads_too_much_is_told_when_to_go_on() {
    let carom = limited("CAROM_ADMIN__READS_PER_MINUTE_MAX", 5);
    for left in (0..5).rev() {
        let response = ask(&carom, "GET", "/api/v1/links", &[], "");
        assert_eq!(response.status, 200);
        let said = response.header("ratelimit").expect("what is left");
        assert!(said.starts_with(&format!("\"read\";r={left};t=")), "{said}");
        assert_eq!(response.header("ratelimit-policy"), Some("\"read\";q=5;w=60"));
    }
    let refused = ask(&carom, "GET", "/api/v1/links", &[], "");
    problem(&refused, 429, "too-many-requests");
    let wait: u64 = refused.header("retry-after").expect("a time").parse().expect("seconds");
    assert!((1..=12).contains(&wait), "{wait}");
    // Writes are counted apart, and health is never refused.
    assert_eq!(ask(&carom, "POST", "/api/v1/links", &[JSON], DRAFT).status, 201);
    assert_eq!(get(carom.admin(), "/healthz").status, 200);
}

#[test]
fn made_up_keys_do_not_get_around_the_limit_of_a_network() {
    let carom = limited("CAROM_ADMIN__NETWORK_REQUESTS_PER_MINUTE_MAX", 10);
    let statuses: Vec<u16> = (0..12)
        .map(|place| {
            let made_up = format!("Bearer carom_{place}");
            let headers = [("authorization", made_up.as_str())];
            request(carom.admin(), "GET", "/api/v1/links", &headers, b"").status
        })
        .collect();
    assert_eq!(statuses.iter().filter(|status| **status == 401).count(), 10, "{statuses:?}");
    assert_eq!(statuses[10..], [429, 429]);
}
