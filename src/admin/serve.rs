//! The admin listener's connections, from accepting them to the last answer.
//!
//! Not `axum::serve`: it has no deadline for a request's head. What holds here: at most
//! `admin.connections_max` connections, `HEAD_TIMEOUT` for a head and between two requests of a
//! connection, the request's own deadline in the router, and the kernel's for a client that does not
//! take its answer.

use std::io;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use axum::Extension;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::auth::Peer;
use super::rate::{RateLimits, Rates, SWEEP_EVERY};
use super::router::router;
use super::state::AdminState;
use crate::forwarded::TrustedProxies;

/// Time for a request's head, and between two requests of a connection.
const HEAD_TIMEOUT: Duration = Duration::from_secs(10);

/// Bytes of a request's head, and of the buffer that a body is read through.
const HEAD_BYTES_MAX: usize = 64 * 1024;

/// Time for a client to take what was written to it.
const WRITE_TIMEOUT: Duration = Duration::from_secs(30);

/// Pause after a failed `accept`: while file descriptors are short, it would fail again at once.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// What may be asked for, and what a request may take.
#[derive(Debug, Clone)]
pub struct Limits {
    /// Connections. Without a bound, idle ones would use up the process's file descriptors, and
    /// redirects need them.
    pub connections_max: usize,
    /// Largest body.
    pub body_bytes_max: usize,
    /// Time from a request's head to its answer.
    pub request_timeout: Duration,
    /// Whether the API is there; else only health and metrics are.
    pub has_api: bool,
    /// How much one caller may ask for.
    pub rates: RateLimits,
    /// Proxies whose word about a client's address is taken.
    pub proxies: TrustedProxies,
}

/// Answers on `listener` until `shutdown`, then until every connection has got its answer. Whoever
/// has less time than that stops waiting.
pub async fn serve(
    listener: TcpListener,
    state: Arc<AdminState>,
    limits: Limits,
    shutdown: impl Future<Output = ()>,
) {
    let rates = Arc::new(Rates::new(limits.rates));
    let slots = Arc::new(Semaphore::new(limits.connections_max));
    let router = router(state, limits, Arc::clone(&rates));
    let mut sweeps = tokio::time::interval(SWEEP_EVERY);
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new()).header_read_timeout(HEAD_TIMEOUT).max_buf_size(HEAD_BYTES_MAX);
    let open = GracefulShutdown::new();
    let mut shutdown = pin!(shutdown);
    loop {
        let (stream, peer, slot) = tokio::select! {
            accepted = accept(&listener, &slots) => accepted,
            _ = sweeps.tick() => {
                rates.sweep();
                continue;
            }
            () = &mut shutdown => break,
        };
        if let Err(error) = set_up(&stream) {
            tracing::debug!(%error, "an admin connection ended before it began");
            continue;
        }
        let service = TowerToHyperService::new(router.clone().layer(Extension(Peer(peer))));
        let connection = http.serve_connection(TokioIo::new(stream), service);
        let connection = open.watch(connection);
        tokio::spawn(async move {
            let _slot = slot;
            if let Err(error) = connection.await {
                tracing::debug!(%error, "an admin connection ended early");
            }
        });
    }
    drop(listener);
    open.shutdown().await;
}

/// The next connection, once there is room for one.
async fn accept(
    listener: &TcpListener,
    slots: &Arc<Semaphore>,
) -> (TcpStream, SocketAddr, OwnedSemaphorePermit) {
    let slot = Arc::clone(slots).acquire_owned().await.expect("the semaphore is never closed");
    loop {
        match listener.accept().await {
            Ok((stream, peer)) => return (stream, peer, slot),
            Err(error) if is_of_one_connection(&error) => {}
            Err(error) => {
                tracing::warn!(%error, "the admin listener cannot accept a connection");
                tokio::time::sleep(ACCEPT_PAUSE).await;
            }
        }
    }
}

/// Errors that say something about the connection that was to be accepted, not about the listener.
fn is_of_one_connection(error: &io::Error) -> bool {
    use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset};
    matches!(error.kind(), ConnectionAborted | ConnectionRefused | ConnectionReset)
}

fn set_up(stream: &TcpStream) -> io::Result<()> {
    stream.set_nodelay(true)?;
    // Hyper has no deadline for writing: the kernel ends a connection whose client takes nothing.
    socket2::SockRef::from(stream).set_tcp_user_timeout(Some(WRITE_TIMEOUT))
}
