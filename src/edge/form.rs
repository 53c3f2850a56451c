//! A password that was typed: the only body that the edge reads.
//!
//! It is read only for a link that asks for a password, when it is a small form whose length was said
//! beforehand and nothing else was; everything else is refused by its method, as ever. The connection
//! is closed afterwards, so that nothing that follows a body is ever read as a request. A body that
//! comes slowly has the time of its request.

use std::rc::Rc;

use bytes::Bytes;
use http_body_util::{BodyExt, Limited};
use hyper::body::Body;
use hyper::header::{
    CONNECTION, CONTENT_LENGTH, CONTENT_TYPE, EXPECT, HeaderMap, HeaderValue, TRANSFER_ENCODING,
    UPGRADE,
};
use hyper::{Method, Request};

use super::answer::{Answering, counted, over};
use super::connection::Peer;
use super::decide::{Stage, stage};
use super::head::Head;
use super::page;
use super::resolve::{Found, Missed};
use super::respond::{self, Reply};
use super::route::{self, Refusal};
use super::told::{self, Asked};
use super::worker::Worker;
use crate::cache::PasswordChecked;
use crate::cache::plan::Plan;
use crate::metrics::Answer;
use crate::model::password::Password;
use crate::model::time::Millis;

/// Bytes of a form at most.
const BYTES_MAX: usize = 1024;

/// A body that the edge can read.
pub(super) trait Posted: Body<Data = Bytes, Error: Into<BoxError>> + 'static {}

impl<B: Body<Data = Bytes, Error: Into<BoxError>> + 'static> Posted for B {}

type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// The field.
const FIELD: &str = "password";

/// Whether this may be a form with a password.
pub(super) fn is_one<B>(request: &Request<B>) -> bool {
    let headers = request.headers();
    let is_plain = ![TRANSFER_ENCODING, EXPECT, UPGRADE].iter().any(|it| headers.contains_key(it));
    *request.method() == Method::POST && is_plain && is_small(headers) && is_declared(headers)
}

/// Whether one length was said, and it is no larger than a form with a password.
fn is_small(headers: &HeaderMap) -> bool {
    let mut lengths = headers.get_all(CONTENT_LENGTH).iter();
    let (Some(length), None) = (lengths.next(), lengths.next()) else { return false };
    let length = length.to_str().ok().filter(|text| text.bytes().all(|c| c.is_ascii_digit()));
    length.and_then(|text| text.parse().ok()).is_some_and(|it: usize| it <= BYTES_MAX)
}

fn is_declared(headers: &HeaderMap) -> bool {
    let declared = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let media_type = declared.and_then(|text| text.split(';').next()).unwrap_or_default();
    media_type.trim().eq_ignore_ascii_case("application/x-www-form-urlencoded")
}

/// Answers one.
pub(super) fn receive<B: Posted>(
    worker: &Rc<Worker>,
    request: Request<B>,
    peer: Peer,
) -> Answering {
    let (parts, body) = request.into_parts();
    let request = Request::from_parts(parts, ());
    let head = Head::read(request.headers());
    let route = match route::read_posted(&request, &head, &worker.domains.table()) {
        Ok(route) => route,
        Err(_) => return Answering::Ready(Some(refused(worker))),
    };
    let address = worker.client(peer, request.headers());
    let visitor = head.visitor(&request, address);
    let missed = Missed::new(route, &visitor, request.uri().query());
    let worker = Rc::clone(worker);
    Answering::Loading(Box::pin(async move {
        let mut reply = answer(&worker, missed, body).await;
        reply.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
        reply
    }))
}

async fn answer<B: Posted>(worker: &Rc<Worker>, missed: Missed, body: B) -> Reply {
    let visitor = missed.visitor.get();
    let link = match missed.find(worker).await {
        Found::Link(link) => link,
        Found::Absent => return refused(worker),
        Found::Limited => return counted(worker, Answer::Limited, respond::too_many()),
        Found::Unavailable => return counted(worker, Answer::Unavailable, respond::unavailable()),
    };
    let Plan::Told(terms) = &link.plan else { return refused(worker) };
    let (hash, open) = match stage(terms, Millis::now) {
        Stage::Asks(hash, open) => (hash, open),
        Stage::Ended if terms.password.is_some() => return over(worker, &link, &visitor),
        Stage::Open(_) | Stage::NotYet | Stage::Ended => return refused(worker),
    };
    if !worker.may_try(visitor.address, link.clicks.link()) {
        return counted(worker, Answer::Limited, page::form_later());
    }
    let Some(typed) = typed(body).await else {
        return counted(worker, Answer::Shown, page::form_wrong());
    };
    match worker.cache.check_password(hash, typed).await {
        PasswordChecked::Right => {
            told::opened(worker, &link, open, &visitor, missed.query.clone(), Asked::ByForm).await
        }
        PasswordChecked::Wrong => counted(worker, Answer::Shown, page::form_wrong()),
        PasswordChecked::Busy => counted(worker, Answer::Unavailable, respond::unavailable()),
    }
}

fn refused(worker: &Worker) -> Reply {
    counted(worker, Answer::Refused, respond::refused(Refusal::Method))
}

/// What stands in the form, if it can be a password.
async fn typed<B: Posted>(body: B) -> Option<Password> {
    // A body that ends early is a client that has gone.
    let bytes = Limited::new(body, BYTES_MAX).collect();
    let bytes = Box::pin(bytes).await.ok()?.to_bytes();
    let mut fields = url::form_urlencoded::parse(&bytes);
    let (_, text) = fields.find(|(name, _)| name == FIELD)?;
    Password::parse(&text).ok()
}

#[cfg(test)]
mod tests {
    use http_body_util::Full;

    use super::*;

    const FORM: &str = "application/x-www-form-urlencoded";

    fn request(method: Method, headers: &[(&str, &str)]) -> Request<()> {
        let request = Request::builder().method(method).uri("/a");
        let add = |it: hyper::http::request::Builder, (name, value): &(&str, &str)| {
            it.header(*name, *value)
        };
        headers.iter().fold(request, add).body(()).expect("a request")
    }

    #[test]
    fn a_form_is_small_and_says_so_once() {
        let form = ("content-type", FORM);
        let good: [&[_]; 3] = [
            &[form, ("content-length", "10")],
            &[
                ("content-type", "Application/X-WWW-Form-Urlencoded; charset=utf-8"),
                ("content-length", "1024"),
            ],
            &[form, ("content-length", "0")],
        ];
        for headers in good {
            assert!(is_one(&request(Method::POST, headers)), "{headers:?}");
            assert!(!is_one(&request(Method::PUT, headers)), "{headers:?}");
        }
        let bad: [&[_]; 9] = [
            &[form],
            &[("content-length", "10")],
            &[("content-type", "text/plain"), ("content-length", "10")],
            &[form, ("content-length", "1025")],
            &[form, ("content-length", "+10")],
            &[form, ("content-length", "10"), ("content-length", "10")],
            &[form, ("content-length", "10"), ("transfer-encoding", "chunked")],
            &[form, ("content-length", "10"), ("expect", "100-continue")],
            &[form, ("content-length", "10"), ("upgrade", "h2c")],
        ];
        for headers in bad {
            assert!(!is_one(&request(Method::POST, headers)), "{headers:?}");
        }
    }

    #[tokio::test]
    async fn the_password_is_read_out_of_the_form() {
        for (body, text) in [
            ("password=open", Some("open")),
            ("a=b&password=a+b%26%C3%BC&password=x", Some("a b&ü")),
            ("password=cafe%CC%81", Some("café")),
            ("password=", None),
            ("password=%00", None),
            ("pass=open", None),
            ("", None),
        ] {
            let expected = text.map(|text| Password::parse(text).expect("a password"));
            assert_eq!(typed(Full::from(body)).await, expected, "{body}");
        }
        assert_eq!(typed(Full::from("x".repeat(BYTES_MAX + 1))).await, None);
    }
}
