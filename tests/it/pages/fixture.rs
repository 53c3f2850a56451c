//! A browser without scripts: it sends forms, and follows where it is led.

use crate::people::fixture::Browser;
use crate::support::http::{Response, request};

/// Sends a form as a page of the same site does.
#[track_caller]
pub(super) fn send(browser: &mut Browser<'_>, path: &str, fields: &[(&str, &str)]) -> Response {
    send_from(browser, path, fields, "same-origin")
}

/// Sends a form from a page of this site, or of another.
#[track_caller]
pub(super) fn send_from(
    browser: &mut Browser<'_>,
    path: &str,
    fields: &[(&str, &str)],
    site: &str,
) -> Response {
    let cookie = browser.cookie.clone();
    let mut headers =
        vec![("sec-fetch-site", site), ("content-type", "application/x-www-form-urlencoded")];
    headers.extend(cookie.as_deref().map(|cookie| ("cookie", cookie)));
    let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
    let response = request(browser.carom.admin(), "POST", path, &headers, body.as_bytes());
    if let Some(set) = response.header("set-cookie") {
        let pair = set.split(';').next().expect("a pair").to_owned();
        browser.cookie = (!pair.ends_with('=')).then_some(pair);
    }
    response
}

/// Where an answer leads.
#[track_caller]
pub(super) fn led_to(response: &Response) -> String {
    assert_eq!(response.status, 303, "{}", response.text());
    response.header("location").expect("a place").to_owned()
}
