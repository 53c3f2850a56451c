//! What a request's headers say, read in one pass over them: for its routing, and for the click's sake
//! who asks. Each lookup by name would hash that name and search for it.

use std::net::IpAddr;

use hyper::header::{HeaderMap, HeaderValue};
use hyper::{Method, Request};

use crate::clicks::capture::Visitor;
use crate::clicks::journal::record::{Texts, flags};

/// What was found.
#[derive(Debug, Default)]
pub struct Head<'r> {
    /// `Host`: the last one.
    pub host: Option<&'r HeaderValue>,
    /// How many there are.
    pub hosts: usize,
    /// `Transfer-Encoding`, or a `Content-Length` that is not zero.
    pub has_body: bool,
    is_prefetch: bool,
    opted_out: bool,
    texts: Texts<'r>,
}

impl<'r> Head<'r> {
    /// Reads the headers. Of one that may come once and comes twice, the first that says anything
    /// counts.
    #[must_use]
    pub fn read(headers: &'r HeaderMap) -> Self {
        let mut head = Self::default();
        for (name, value) in headers {
            match name.as_str() {
                "host" => {
                    head.hosts += 1;
                    head.host = Some(value);
                }
                "transfer-encoding" => head.has_body = true,
                "content-length" => head.has_body |= value != "0",
                "user-agent" => keep(&mut head.texts.user_agent, value.as_bytes()),
                "referer" => keep(&mut head.texts.referrer, value.as_bytes()),
                "accept-language" => keep(&mut head.texts.language, value.as_bytes()),
                "sec-purpose" => head.is_prefetch = true,
                "dnt" | "sec-gpc" => head.opted_out |= value == "1",
                _ => {}
            }
        }
        head
    }

    /// Who asks, from `address`. It decides nothing about the answer.
    #[must_use]
    pub fn visitor<B>(&self, request: &'r Request<B>, address: IpAddr) -> Visitor<'r> {
        let mut texts = self.texts;
        if let Some(query) = request.uri().query() {
            read_campaign(query.as_bytes(), &mut texts);
        }
        let mut flags = 0;
        if *request.method() == Method::HEAD {
            flags |= flags::HEAD;
        }
        if self.is_prefetch {
            flags |= flags::PREFETCH;
        }
        if self.opted_out {
            flags |= flags::OPTED_OUT;
        }
        Visitor { address, flags, texts }
    }
}

fn keep<'r>(place: &mut &'r [u8], value: &'r [u8]) {
    if place.is_empty() {
        *place = value;
    }
}

/// The first of each `utm_` field that says anything, as it was sent.
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
        keep(place, value);
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
        let visitor =
            Head::read(request.headers()).visitor(&request, IpAddr::V4(Ipv4Addr::LOCALHOST));
        assert_eq!(visitor.flags, flags::HEAD | flags::OPTED_OUT);
        assert_eq!(visitor.texts.user_agent, b"A browser");
        assert_eq!(visitor.texts.utm_source, b"news");
        assert_eq!(visitor.texts.utm_medium, b"e%20m");
        assert_eq!(visitor.texts.utm_term, b"");
        assert_eq!(visitor.texts.referrer, b"");
    }
}
