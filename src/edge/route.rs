//! What a request asks for: domain and code; or why it is refused.

use std::borrow::Cow;

use hyper::header::HeaderValue;
use hyper::http::uri::Authority;
use hyper::{Method, Request, Version};
use percent_encoding::percent_decode_str;
use unicode_normalization::{IsNormalized, UnicodeNormalization, is_nfc_quick};

use super::head::Head;
use crate::cache::domains::{DomainTable, Named};
use crate::model::id::DomainId;

/// Bytes of a request's target at most: path and query.
const TARGET_BYTES_MAX: usize = 8 * 1024;

/// A request that asks for a code.
#[derive(Debug)]
pub struct Route<'r> {
    /// The domain it was sent to.
    pub domain: DomainId,
    /// The code, decoded, in NFC and as its domain keeps codes.
    pub code: Cow<'r, str>,
}

/// Why a request is not answered with a link.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// Its framing could be read in two ways (RFC 9112 §6): answered, and the connection closed.
    Framing,
    /// A method that redirects nothing.
    Method,
    /// Its target is too long.
    TargetTooLong,
    /// Its path can be no code of this domain.
    NoCode(DomainId),
    /// It asks for the root of this domain.
    Root(DomainId),
    /// Its host is none of ours.
    UnknownHost,
}

/// Reads a request, whose headers are `head`.
///
/// # Errors
/// Says why it is refused.
pub fn read<'r, B>(
    request: &'r Request<B>,
    head: &Head<'_>,
    domains: &DomainTable,
) -> Result<Route<'r>, Refusal> {
    if !matches!(*request.method(), Method::GET | Method::HEAD) {
        return Err(Refusal::Method);
    }
    // A `GET` or `HEAD` with a body is how requests are smuggled.
    if head.has_body || !has_one_host(head, request.version()) {
        return Err(Refusal::Framing);
    }
    place(request, head, domains)
}

/// Reads a request whose method and body are somebody else's to judge.
///
/// # Errors
/// Says why it is refused.
pub(super) fn read_posted<'r, B>(
    request: &'r Request<B>,
    head: &Head<'_>,
    domains: &DomainTable,
) -> Result<Route<'r>, Refusal> {
    if !has_one_host(head, request.version()) {
        return Err(Refusal::Framing);
    }
    place(request, head, domains)
}

#[inline]
fn place<'r, B>(
    request: &'r Request<B>,
    head: &Head<'_>,
    domains: &DomainTable,
) -> Result<Route<'r>, Refusal> {
    let target = request.uri();
    let path = target.path();
    if path.len() + target.query().map_or(0, str::len) > TARGET_BYTES_MAX {
        return Err(Refusal::TargetTooLong);
    }
    let host = host(target.authority(), head.host).ok_or(Refusal::Framing)?;
    let Named { domain, case_rule } = domains.of_authority(host).ok_or(Refusal::UnknownHost)?;
    match code(path) {
        Some(code) => Ok(Route { domain, code: case_rule.read(code) }),
        None if path == "/" => Err(Refusal::Root(domain)),
        None => Err(Refusal::NoCode(domain)),
    }
}

/// Exactly one `Host` (RFC 9112 §3.2); HTTP/1.0 knew none.
fn has_one_host(head: &Head<'_>, version: Version) -> bool {
    head.hosts == 1 || (head.hosts == 0 && version == Version::HTTP_10)
}

/// The authority of an absolute target wins over `Host` (RFC 9112 §3.2.2).
fn host<'r>(authority: Option<&'r Authority>, host: Option<&'r HeaderValue>) -> Option<&'r str> {
    match (authority, host) {
        (Some(authority), _) => Some(authority.as_str()),
        (None, Some(host)) => host.to_str().ok(),
        (None, None) => Some(""),
    }
}

/// The code of a path: its one segment, percent-decoded, in NFC.
///
/// `None` for whatever no stored code can look like: no segment, several, no UTF-8, a control
/// character (which Postgres would refuse).
#[must_use]
pub fn code(path: &str) -> Option<Cow<'_, str>> {
    let segment = path.strip_prefix('/')?;
    let is_plain =
        |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b'~');
    if segment.bytes().all(is_plain) {
        return (!segment.is_empty()).then_some(Cow::Borrowed(segment));
    }
    // A broken escape stays as it is: no stored code holds a `%`.
    let decoded = percent_decode_str(segment).decode_utf8().ok()?;
    if decoded.contains(|c: char| c == '/' || c.is_control()) {
        return None;
    }
    Some(Cow::Owned(match is_nfc_quick(decoded.chars()) {
        IsNormalized::Yes => decoded.into_owned(),
        _ => decoded.nfc().collect(),
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_codes_are_borrowed() {
        assert!(matches!(code("/aB3-_.~"), Some(Cow::Borrowed("aB3-_.~"))));
    }

    #[test]
    fn encoded_codes_are_decoded_and_composed() {
        assert_eq!(code("/caf%C3%A9").as_deref(), Some("café"));
        assert_eq!(code("/cafe%CC%81").as_deref(), Some("café"));
        assert_eq!(code("/%61bc").as_deref(), Some("abc"));
    }

    #[test]
    fn what_no_code_can_be_is_none() {
        for path in
            ["", "/", "//evil", "/a/b", "/a/", "/a%2Fb", "/%ff", "/%c0%af", "/%00", "/a%0Ab", "abc"]
        {
            assert_eq!(code(path), None, "{path}");
        }
    }
}
