//! The port: one listening socket a worker, and who is let in.

use std::io;
use std::net::{SocketAddr, TcpListener as StdListener};
use std::rc::Rc;
use std::task::{Context, Poll, Waker};

use socket2::{Domain, Protocol, Socket, Type};
use tokio::net::{TcpListener, TcpStream};

use super::connection::{Peer, Served};
use super::deadline::{Timeouts, Watch};
use super::shortage::Shortage;
use super::worker::Worker;
use crate::metrics::ConnectionEvent;

/// Connections that the kernel keeps while a worker is busy.
const BACKLOG: i32 = 4096;

/// How many connections there may be, and how long they may take.
#[derive(Debug, Clone, Copy)]
pub struct EdgeLimits {
    /// Connections of one worker.
    pub connections_max: usize,
    /// Connections of one network on all workers; 0 for no limit.
    pub connections_per_address_max: usize,
    /// Lookups that one network may cause in a second, on all workers; 0 for no limit.
    pub misses_per_address_per_second_max: u32,
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
    let mut shortage = Shortage::new();
    loop {
        match listener.accept().await {
            Ok((socket, peer)) => {
                shortage.is_over();
                if admit(worker, socket, peer) == Admitted::InAnothersPlace {
                    // The other's task closes it in its next turn. Without a pause for that, a burst
                    // would have more connections open than there may be.
                    tokio::task::yield_now().await;
                }
            }
            Err(error) if is_of_one_connection(&error) => {}
            Err(error) => shortage.met(worker, listener, &error).await,
        }
    }
}

/// Takes in what the kernel has accepted already, so that closing the port resets nobody.
pub fn accept_waiting(worker: &Rc<Worker>, listener: &TcpListener) {
    while let Poll::Ready(Ok((socket, peer))) = accepted(listener) {
        admit(worker, socket, peer);
    }
}

/// What the kernel has accepted already, if it has.
pub(super) fn accepted(listener: &TcpListener) -> Poll<io::Result<(TcpStream, SocketAddr)>> {
    listener.poll_accept(&mut Context::from_waker(Waker::noop()))
}

/// What became of somebody at the port.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Admitted {
    /// There was a place.
    InAFreePlace,
    /// The longest idle connection makes room.
    InAnothersPlace,
    /// There was none.
    Not,
}

/// Serves a connection, if there is a place for it.
pub(super) fn admit(worker: &Rc<Worker>, socket: TcpStream, peer: SocketAddr) -> Admitted {
    let address = peer.ip();
    let settings = worker.settings();
    let peer = Peer { address, is_proxy: settings.proxies.networks.contain(address) };
    // A proxy brings everybody's connections.
    let per_address = if peer.is_proxy { 0 } else { settings.limits.connections_per_address_max };
    let Some(seat) = worker.networks.seat(address, per_address) else {
        worker.metrics.connection(ConnectionEvent::Refused);
        return Admitted::Not;
    };
    let mut admitted = Admitted::InAFreePlace;
    if worker.open.get() >= settings.limits.connections_max {
        if !worker.crowd.make_room() {
            // Everybody is busy: the newcomer goes.
            worker.metrics.connection(ConnectionEvent::Refused);
            return Admitted::Not;
        }
        worker.metrics.connection(ConnectionEvent::MadeRoom);
        admitted = Admitted::InAnothersPlace;
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
    admitted
}

/// The client left between its handshake and our `accept`.
fn is_of_one_connection(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::ConnectionAborted | io::ErrorKind::ConnectionReset)
}
