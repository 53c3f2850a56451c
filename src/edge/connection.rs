//! One connection: hyper over a watched socket, until it ends or is told to.

use std::future::Future;
use std::net::IpAddr;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};

use hyper::Request;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::Service;
use tokio::net::TcpStream;

use super::answer::{Answering, answer};
use super::deadline::{Order, Watch};
use super::form;
use super::respond::Reply;
use super::socket::WatchedSocket;
use super::worker::Worker;

/// Bytes of a request's line and headers at most; beyond them hyper answers `431`.
const HEAD_BYTES_MAX: usize = 16 * 1024;

/// hyper as the edge uses it. `benches/yardstick` must be set up alike.
#[must_use]
pub fn http() -> http1::Builder {
    let mut http = http1::Builder::new();
    // One `send` instead of a `writev`: 5 % of a request. No timer: see `deadline`.
    http.writev(false).half_close(false).header_read_timeout(None).max_buf_size(HEAD_BYTES_MAX);
    http
}

/// A connection being served. Ends when it is done or told to; never fails, for a client's faults
/// are no news.
pub struct Served {
    hyper: http1::Connection<WatchedSocket, Requests>,
    watch: Rc<Watch>,
    is_finishing: bool,
}

/// What hyper calls for each request.
struct Requests {
    worker: Rc<Worker>,
    watch: Rc<Watch>,
    peer: Peer,
}

/// Who has connected.
#[derive(Debug, Clone, Copy)]
pub struct Peer {
    /// From where.
    pub address: IpAddr,
    /// Whether it is a proxy that says whom it speaks for.
    pub is_proxy: bool,
}

impl Service<Request<Incoming>> for Requests {
    type Response = Reply;
    type Error = std::convert::Infallible;
    type Future = Answering;

    fn call(&self, request: Request<Incoming>) -> Answering {
        self.watch.answering();
        match answer(&self.worker, &request, self.peer) {
            Answering::Posted => form::receive(&self.worker, request, self.peer),
            answering => answering,
        }
    }
}

impl Served {
    /// Serves this socket, which `peer` has opened.
    #[must_use]
    pub fn new(worker: &Rc<Worker>, socket: TcpStream, peer: Peer, watch: Rc<Watch>) -> Self {
        let io = WatchedSocket::new(socket, Rc::clone(&watch), Rc::clone(&worker.scratch));
        let requests = Requests { worker: Rc::clone(worker), watch: Rc::clone(&watch), peer };
        Self { hyper: worker.http.serve_connection(io, requests), watch, is_finishing: false }
    }

    fn finish(&mut self) {
        self.is_finishing = true;
        Pin::new(&mut self.hyper).graceful_shutdown();
    }
}

impl Future for Served {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        self.watch.wakes(cx.waker());
        match self.watch.order() {
            Order::Serve => {}
            Order::Drop => return Poll::Ready(()),
            Order::Finish | Order::Leave if self.is_finishing => {}
            Order::Finish => self.finish(),
            Order::Leave => {
                // A request may wait in the socket: it was sent before anybody could know.
                if Pin::new(&mut self.hyper).poll(cx).is_ready() || self.watch.is_idle() {
                    return Poll::Ready(());
                }
                self.finish();
            }
        }
        Pin::new(&mut self.hyper).poll(cx).map(drop)
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        self.watch.close();
    }
}
