//! The answers: a redirect from the cached link's own headers, and short pages for the rest.

use bytes::Bytes;
use http_body_util::Full;
use hyper::header::{
    ALLOW, CACHE_CONTROL, CONNECTION, CONTENT_SECURITY_POLICY, CONTENT_TYPE, HeaderValue, LOCATION,
    RETRY_AFTER, X_CONTENT_TYPE_OPTIONS,
};
use hyper::{HeaderMap, Response, StatusCode};

use super::route::Refusal;
use crate::cache::link::CachedLink;

/// A whole answer of the edge.
pub type Reply = Response<Full<Bytes>>;

/// Headers of a redirect, those that hyper adds included: one allocation, never grown.
const REDIRECT_HEADERS: usize = 4;

/// The redirect of a link. Copies nothing: every value was built when the link was loaded.
#[must_use]
pub fn redirect(link: &CachedLink) -> Reply {
    let mut headers = HeaderMap::with_capacity(REDIRECT_HEADERS);
    headers.insert(LOCATION, link.location.clone());
    headers.insert(CACHE_CONTROL, link.cache_control());
    let mut reply = Response::new(Full::default());
    *reply.status_mut() = link.status;
    *reply.headers_mut() = headers;
    reply
}

/// The redirect of a link whose password was typed: with `GET`, whatever its status, and never to be
/// remembered.
#[must_use]
pub fn see_other(link: &CachedLink) -> Reply {
    let mut reply = found(link.location.clone());
    *reply.status_mut() = StatusCode::SEE_OTHER;
    reply
}

/// A redirect for this once: what it is now is no promise for the next time.
#[must_use]
pub fn found(location: HeaderValue) -> Reply {
    let mut headers = HeaderMap::with_capacity(REDIRECT_HEADERS);
    headers.insert(LOCATION, location);
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("private, no-store"));
    let mut reply = Response::new(Full::default());
    *reply.status_mut() = StatusCode::FOUND;
    *reply.headers_mut() = headers;
    reply
}

/// Sends a redirect elsewhere.
pub fn relocate(reply: &mut Reply, location: HeaderValue) {
    reply.headers_mut().insert(LOCATION, location);
}

/// No such link.
#[must_use]
pub fn not_found() -> Reply {
    page(StatusCode::NOT_FOUND, NOT_FOUND)
}

/// A link that was, and is no more.
#[must_use]
pub fn gone() -> Reply {
    page(StatusCode::GONE, GONE)
}

/// The store cannot be asked just now.
#[must_use]
pub fn unavailable() -> Reply {
    let mut reply = page(StatusCode::SERVICE_UNAVAILABLE, UNAVAILABLE);
    reply.headers_mut().insert(RETRY_AFTER, HeaderValue::from_static("1"));
    reply
}

/// The client has asked for too many codes that had to be looked up.
#[must_use]
pub fn too_many() -> Reply {
    let mut reply = page(StatusCode::TOO_MANY_REQUESTS, TOO_MANY);
    reply.headers_mut().insert(RETRY_AFTER, HeaderValue::from_static("1"));
    reply
}

/// A request that is not answered with a link.
#[must_use]
pub fn refused(refusal: Refusal) -> Reply {
    let (mut reply, closes) = match refusal {
        Refusal::NoCode(_) | Refusal::Root(_) | Refusal::UnknownHost => return not_found(),
        Refusal::Framing => (page(StatusCode::BAD_REQUEST, BAD_REQUEST), true),
        Refusal::TargetTooLong => (page(StatusCode::URI_TOO_LONG, TOO_LONG), true),
        // Its body may still be on the way: reading it would cost more than a new connection.
        Refusal::Method => (page(StatusCode::METHOD_NOT_ALLOWED, WRONG_METHOD), true),
    };
    if refusal == Refusal::Method {
        reply.headers_mut().insert(ALLOW, HeaderValue::from_static("GET, HEAD"));
    }
    if closes {
        reply.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
    }
    reply
}

/// A page of HTML.
pub(super) fn page(status: StatusCode, body: impl Into<Bytes>) -> Reply {
    let mut reply = Response::new(Full::new(body.into()));
    *reply.status_mut() = status;
    let headers = reply.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(
        CONTENT_SECURITY_POLICY,
        HeaderValue::from_static("default-src 'none'; style-src 'unsafe-inline'"),
    );
    reply
}

/// A page of one heading and one sentence.
macro_rules! short_page {
    ($title:literal, $sentence:literal) => {
        concat!(
            "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\">",
            "<meta name=\"viewport\" content=\"width=device-width\"><title>",
            $title,
            "</title><style>body{font:1.1em/1.5 system-ui,sans-serif;max-width:32em;",
            "margin:20vh auto;padding:0 1em;color-scheme:light dark}</style></head><body><h1>",
            $title,
            "</h1><p>",
            $sentence,
            "</p></body></html>\n"
        )
    };
}

const NOT_FOUND: &str = short_page!(
    "Link not found",
    "There is no link at this address. Check that it was copied whole; capital letters matter."
);
const GONE: &str =
    short_page!("Link no longer active", "This link has ended or was switched off by its owner.");
const UNAVAILABLE: &str = short_page!(
    "Please try again",
    "This link could not be looked up just now. It should work again in a moment."
);
const TOO_MANY: &str = short_page!(
    "Too many requests",
    "Too many links were asked for from this network. Please try again in a moment."
);
const BAD_REQUEST: &str =
    short_page!("Bad request", "The request could not be understood, so it was not answered.");
const TOO_LONG: &str =
    short_page!("Address too long", "The address of this request is longer than 8 kilobytes.");
const WRONG_METHOD: &str =
    short_page!("Method not allowed", "A short link can only be followed: with GET or HEAD.");
