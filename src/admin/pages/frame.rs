//! What stands around every page, and its policy.

use askama::Template;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};

use super::assets::{SCRIPT_AT, STYLE_AT};

/// Nothing comes from elsewhere, nothing stands in the page that runs, and nobody frames it.
const POLICY: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; \
     form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
);

/// No other site learns which page somebody came from.
const REFERRER: HeaderValue = HeaderValue::from_static("same-origin");

/// What every page shows.
pub(super) struct Frame {
    /// What the page is.
    pub(super) title: &'static str,
    /// Who has signed in.
    pub(super) who: Option<Who>,
    /// The address of the style sheet.
    pub(super) style: &'static str,
    /// The address of the script.
    pub(super) script: &'static str,
}

/// Who has signed in, and where they are.
pub(super) struct Who {
    /// Their name.
    pub(super) name: String,
    /// The workspace's.
    pub(super) workspace: String,
}

impl Frame {
    pub(super) fn new(title: &'static str, who: Option<Who>) -> Self {
        Self { title, who, style: &STYLE_AT, script: &SCRIPT_AT }
    }
}

/// A page, with its headers.
pub(super) fn page(status: StatusCode, template: &impl Template) -> Response {
    let html = template.render().expect("a page is rendered into memory");
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8")),
        (header::CONTENT_SECURITY_POLICY, POLICY),
        (header::REFERRER_POLICY, REFERRER),
    ];
    (status, headers, html).into_response()
}
