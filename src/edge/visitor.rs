//! Who asks: what a request says about its visitor, borrowed, for the click's sake. It decides
//! nothing about the answer.

use std::net::IpAddr;

use hyper::header::{ACCEPT_LANGUAGE, HeaderMap, HeaderName, REFERER, USER_AGENT};
use hyper::{Method, Request};

use crate::clicks::capture::Visitor;
use crate::clicks::journal::record::{Texts, flags};

/// Reads a request that came from `address`.
#[must_use]
pub fn read<B>(request: &Request<B>, address: IpAddr) -> Visitor<'_> {
    let headers = request.headers();
    let mut texts = Texts {
        user_agent: text(headers, &USER_AGENT),
        referrer: text(headers, &REFERER),
        language: text(headers, &ACCEPT_LANGUAGE),
        ..Texts::default()
    };
    if let Some(query) = request.uri().query() {
        read_campaign(query.as_bytes(), &mut texts);
    }
    Visitor { address, flags: read_flags(request.method(), headers), texts }
}

fn text<'r>(headers: &'r HeaderMap, name: &HeaderName) -> &'r [u8] {
    headers.get(name).map_or(&[], |value| value.as_bytes())
}

fn read_flags(method: &Method, headers: &HeaderMap) -> u16 {
    let says_one = |name| headers.get(name).is_some_and(|value| value == "1");
    let mut flags = 0;
    if *method == Method::HEAD {
        flags |= flags::HEAD;
    }
    if headers.contains_key("sec-purpose") {
        flags |= flags::PREFETCH;
    }
    if says_one("dnt") || says_one("sec-gpc") {
        flags |= flags::OPTED_OUT;
    }
    flags
}

/// The first of each `utm_` field, as it was sent.
fn read_campaign<'r>(query: &'r [u8], texts: &mut Texts<'r>) {
    for pair in query.split(|byte| *byte == b'&') {
        let Some(field) = pair.strip_prefix(b"utm_") else { continue };
        let at = field.iter().position(|byte| *byte == b'=').unwrap_or(field.len());
        let (name, value) = (&field[..at], field.get(at + 1..).unwrap_or_default());
        let place = match name {
            b"source" => &mut texts.utm_source,
            b"medium" => &mut texts.utm_medium,
            b"campaign" => &mut texts.utm_campaign,
            b"term" => &mut texts.utm_term,
            b"content" => &mut texts.utm_content,
            _ => continue,
        };
        if place.is_empty() {
            *place = value;
        }
    }
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use super::*;

    #[test]
    fn what_a_request_says_is_borrowed_and_the_first_of_each_field_counts() {
        let request =
            Request::head("/code?a=1&utm_source=news&utm_source=x&utm_term&utm_medium=e%20m")
                .header("user-agent", "A browser")
                .header("dnt", "1")
                .header("sec-gpc", "0")
                .body(())
                .expect("a request");
        let visitor = read(&request, IpAddr::V4(Ipv4Addr::LOCALHOST));
        assert_eq!(visitor.flags, flags::HEAD | flags::OPTED_OUT);
        assert_eq!(visitor.texts.user_agent, b"A browser");
        assert_eq!(visitor.texts.utm_source, b"news");
        assert_eq!(visitor.texts.utm_medium, b"e%20m");
        assert_eq!(visitor.texts.utm_term, b"");
        assert_eq!(visitor.texts.referrer, b"");
    }
}
