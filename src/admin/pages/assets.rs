//! The style sheet and the script, in the binary. Their addresses change with what is in them, so
//! that browsers keep them for good.

use std::sync::LazyLock;

use axum::extract::Path;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use sha2::{Digest, Sha256};

const STYLE: &str = include_str!("assets/app.css");
const SCRIPT: &str = include_str!("assets/app.js");
const ICON: &str = include_str!("assets/icon.svg");

const FOR_GOOD: HeaderValue = HeaderValue::from_static("public, max-age=31536000, immutable");

/// The address of the style sheet.
pub(super) static STYLE_AT: LazyLock<String> = LazyLock::new(|| address(STYLE, "app.css"));

/// The address of the script.
pub(super) static SCRIPT_AT: LazyLock<String> = LazyLock::new(|| address(SCRIPT, "app.js"));

fn address(text: &str, name: &str) -> String {
    let digest = Sha256::digest(text.as_bytes());
    let version: String = digest.iter().take(8).map(|byte| format!("{byte:02x}")).collect();
    format!("/assets/{version}/{name}")
}

/// A file, of whatever version was asked for: there is one.
pub(in crate::admin) async fn file(Path((_, name)): Path<(String, String)>) -> Response {
    let (kind, text) = match name.as_str() {
        "app.css" => ("text/css; charset=utf-8", STYLE),
        "app.js" => ("text/javascript; charset=utf-8", SCRIPT),
        _ => return StatusCode::NOT_FOUND.into_response(),
    };
    let headers =
        [(header::CONTENT_TYPE, HeaderValue::from_static(kind)), (header::CACHE_CONTROL, FOR_GOOD)];
    (headers, text).into_response()
}

/// The icon, which browsers ask for by one address.
pub(in crate::admin) async fn icon() -> Response {
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static("image/svg+xml")),
        (header::CACHE_CONTROL, HeaderValue::from_static("public, max-age=86400")),
    ];
    (headers, ICON).into_response()
}
