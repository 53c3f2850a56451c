//! Whatever comes on a connection, in whatever pieces: hyper reads it with the edge's settings, and
//! each request that it finds is refused, or asks for a code that could be stored. After a refusal
//! that closes, no further request is seen.
#![no_main]

use std::cell::Cell;
use std::convert::Infallible;
use std::future::ready;
use std::io;
use std::net::{IpAddr, Ipv4Addr};
use std::pin::pin;
use std::pin::Pin;
use std::task::{Context, Poll, Waker};

use carom::cache::domains::Domains;
use carom::edge::connection;
use carom::edge::head::Head;
use carom::edge::respond::{not_found, refused};
use carom::edge::route::{self, Refusal};
use carom::model::domain::CaseRule;
use carom::model::id::{DomainId, WorkspaceId};
use carom::store::domains::{Domain, Settings};
use hyper::Request;
use hyper::body::Incoming;
use hyper::rt::{Read, ReadBufCursor, Write};
use hyper::service::service_fn;
use libfuzzer_sys::fuzz_target;

/// A client that sends pieces and takes every answer.
struct Client<'i> {
    unsent: &'i [u8],
    piece: usize,
}

impl Read for Client<'_> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
        mut buffer: ReadBufCursor<'_>,
    ) -> Poll<io::Result<()>> {
        let length = self.piece.min(self.unsent.len()).min(buffer.remaining());
        let (sent, unsent) = self.unsent.split_at(length);
        buffer.put_slice(sent);
        self.unsent = unsent;
        Poll::Ready(Ok(()))
    }
}

impl Write for Client<'_> {
    fn poll_write(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Poll::Ready(Ok(bytes.len()))
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}

fn domains() -> Domains {
    let domain = |id, host: &str| {
        Domain::new(DomainId::from_stored(id), WorkspaceId::from_stored(1), host)
    };
    let folded = Settings { case_rule: CaseRule::Folded, ..Settings::default() };
    let other = Domain { settings: folded, ..domain(2, "go.example") };
    Domains::of([domain(1, ""), other], Vec::new()).expect("a default domain")
}

fuzz_target!(|input: (u8, &[u8])| {
    let (piece, bytes) = input;
    let domains = domains();
    let is_over = Cell::new(false);
    let service = service_fn(|request: Request<Incoming>| {
        assert!(!is_over.get(), "a request after the last one");
        let table = domains.table();
        let head = Head::read(request.headers());
        // Who asks never fails, whatever the headers hold.
        let _ = head.visitor(&request, IpAddr::V4(Ipv4Addr::LOCALHOST));
        let reply = match route::read(&request, &head, &table) {
            Ok(route) => {
                assert!(!route.code.is_empty());
                assert!(!route.code.contains(|c: char| c == '/' || c.is_control()));
                assert!([1, 2].contains(&route.domain.get()));
                assert!(!head.has_body && head.hosts <= 1);
                not_found()
            }
            Err(refusal) => {
                let is_answered = matches!(
                    refusal,
                    Refusal::NoCode(_) | Refusal::Root(_) | Refusal::UnknownHost
                );
                is_over.set(!is_answered);
                refused(refusal)
            }
        };
        ready(Ok::<_, Infallible>(reply))
    });
    let client = Client { unsent: bytes, piece: usize::from(piece) + 1 };
    let mut serving = pin!(connection::http().serve_connection(client, service));
    // The client never waits: whatever stays pending waits for nothing, and hyper wakes itself now
    // and then to let others have a turn.
    let mut context = Context::from_waker(Waker::noop());
    for _ in 0..bytes.len() + 64 {
        if serving.as_mut().poll(&mut context).is_ready() {
            return;
        }
    }
    panic!("the connection has no end");
});
