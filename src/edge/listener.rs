//! The port: one listening socket a worker, and who is let in.

use std::io;
use std::net::{SocketAddr, TcpListener as StdListener};
use std::rc::Rc;
use std::time::Duration;

use socket2::{Domain, Protocol, Socket, Type};
use tokio::net::{TcpListener, TcpStream};

use super::connection::{Peer, Served};
use super::deadline::{Timeouts, Watch};
use super::worker::Worker;
use crate::metrics::ConnectionEvent;

/// Connections that the kernel keeps while a worker is busy.
const BACKLOG: i32 = 4096;

/// Pause after an error of `accept` that the next call would meet again, such as no descriptors.
const PAUSE: Duration = Duration::from_millis(50);

/// How many connections there may be, and how long they may take.
#[derive(Debug, Clone, Copy)]
pub struct EdgeLimits {
    /// Connections of one worker.
    pub connections_max: usize,
    /// Connections of one network on all workers; 0 for no limit.
    pub connections_per_address_max: usize,
    /// How long they may take.
    pub timeouts: Timeouts,
}

/// Opens one listening socket a worker, all on one port. Port 0 takes a free one.
///
/// # Errors
/// The address cannot be listened on.
pub fn bind(address: SocketAddr, workers: usize) -> io::Result<Vec<StdListener>> {
    let first = open(address)?;
    // The others share the port that the first one got.
    let address = first.local_addr()?;
    let others = (1..workers).map(|_| open(address));
    std::iter::once(Ok(first)).chain(others).collect()
}

fn open(address: SocketAddr) -> io::Result<StdListener> {
    let socket = Socket::new(Domain::for_address(address), Type::STREAM, Some(Protocol::TCP))?;
    socket.set_reuse_address(true)?;
    socket.set_reuse_port(true)?;
    socket.set_nonblocking(true)?;
    // Inherited by every accepted socket: an answer goes out at once.
    socket.set_tcp_nodelay(true)?;
    socket.bind(&address.into())?;
    socket.listen(BACKLOG)?;
    Ok(socket.into())
}

/// Accepts connections until it is dropped.
pub async fn accept(worker: &Rc<Worker>, listener: &TcpListener) {
    loop {
        match listener.accept().await {
            Ok((socket, peer)) => admit(worker, socket, peer),
            Err(error) => not_accepted(&error).await,
        }
    }
}

/// Takes in what the kernel has accepted already, so that closing the port resets nobody.
pub fn accept_waiting(worker: &Rc<Worker>, listener: &TcpListener) {
    let waker = std::task::Waker::noop();
    let mut context = std::task::Context::from_waker(waker);
    while let std::task::Poll::Ready(Ok((socket, peer))) = listener.poll_accept(&mut context) {
        admit(worker, socket, peer);
    }
}

fn admit(worker: &Rc<Worker>, socket: TcpStream, peer: SocketAddr) {
    let address = peer.ip();
    let peer = Peer { address, is_proxy: worker.proxies.networks.contain(address) };
    // A proxy brings everybody's connections.
    let per_address = if peer.is_proxy { 0 } else { worker.limits.connections_per_address_max };
    let Some(seat) = worker.networks.seat(address, per_address) else {
        worker.metrics.connection(ConnectionEvent::Refused);
        return;
    };
    if worker.open.get() >= worker.limits.connections_max {
        if !worker.crowd.make_room() {
            // Everybody is busy: the newcomer goes.
            worker.metrics.connection(ConnectionEvent::Refused);
            return;
        }
        worker.metrics.connection(ConnectionEvent::MadeRoom);
    }
    worker.metrics.connection(ConnectionEvent::Accepted);
    worker.open.set(worker.open.get() + 1);
    let watch = Watch::new(&worker.tick);
    worker.crowd.add(Rc::clone(&watch));
    let served = Served::new(worker, socket, peer, watch);
    let worker = Rc::clone(worker);
    tokio::task::spawn_local(async move {
        served.await;
        drop(seat);
        worker.open.set(worker.open.get() - 1);
        worker.metrics.connection(ConnectionEvent::Closed);
    });
}

async fn not_accepted(error: &io::Error) {
    match error.kind() {
        // The client left between its handshake and our `accept`.
        io::ErrorKind::ConnectionAborted | io::ErrorKind::ConnectionReset => {}
        _ => {
            tracing::warn!(%error, "cannot accept a connection");
            tokio::time::sleep(PAUSE).await;
        }
    }
}
