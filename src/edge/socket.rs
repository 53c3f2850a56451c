//! A connection's socket, which tells the connection's watch what passes.

use std::cell::RefCell;
use std::io;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, ready};

use hyper::rt::{Read, ReadBufCursor, Write};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;

use super::deadline::Watch;

/// Where a worker's reads land before hyper gets them: the socket looks at their end.
pub struct Scratch(RefCell<Box<[u8]>>);

/// Bytes read at once; hyper keeps no more of a request's head.
const SCRATCH_BYTES: usize = 16 * 1024;

impl Default for Scratch {
    fn default() -> Self {
        Self(RefCell::new(vec![0; SCRATCH_BYTES].into_boxed_slice()))
    }
}

/// A socket and its watch.
pub struct WatchedSocket {
    socket: TcpStream,
    watch: Rc<Watch>,
    scratch: Rc<Scratch>,
}

impl WatchedSocket {
    /// Watches this socket.
    #[must_use]
    pub fn new(socket: TcpStream, watch: Rc<Watch>, scratch: Rc<Scratch>) -> Self {
        Self { socket, watch, scratch }
    }
}

impl Read for WatchedSocket {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        mut buffer: ReadBufCursor<'_>,
    ) -> Poll<io::Result<()>> {
        let this = &mut *self;
        let mut scratch = this.scratch.0.borrow_mut();
        let room = buffer.remaining().min(scratch.len());
        let mut read = ReadBuf::new(&mut scratch[..room]);
        ready!(Pin::new(&mut this.socket).poll_read(cx, &mut read))?;
        this.watch.read(ends_request(read.filled()));
        buffer.put_slice(read.filled());
        Poll::Ready(Ok(()))
    }
}

/// Whether a request without a body ends with these bytes. A bare line feed ends a line too
/// (RFC 9112 §2.2).
fn ends_request(bytes: &[u8]) -> bool {
    bytes.ends_with(b"\n\r\n") || bytes.ends_with(b"\n\n")
}

impl Write for WatchedSocket {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.socket).poll_write(cx, bytes);
        self.watch.wrote(written.is_pending());
        written
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.socket).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.socket).poll_shutdown(cx)
    }
}
