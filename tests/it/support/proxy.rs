//! A TCP proxy before Postgres that can do what networks do: cut, swallow, delay, and cut at the
//! worst moment.

use std::io::{self, Read as _, Write as _};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

use url::Url;

/// The simple query by which a transaction is committed: type, length and text of the message.
const COMMIT: &[u8] = b"Q\0\0\0\x0bCOMMIT\0";

/// What happens to what passes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fault {
    /// Nothing.
    None,
    /// It is accepted and swallowed, in both directions.
    BlackHole,
    /// The server's answers wait this long.
    Delay(Duration),
    /// The connection ends after so many more bytes from the server, counted over all connections.
    CutAfter(usize),
    /// The connection ends when `COMMIT` should be passed on: nothing was applied.
    CutBeforeCommit,
    /// `COMMIT` is passed on, the server's answer is swallowed, and the connection ends.
    CutAfterCommit,
}

/// A running proxy. Dropping it ends all its connections.
#[derive(Debug)]
pub(crate) struct Proxy {
    address: SocketAddr,
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    server: SocketAddr,
    state: Mutex<State>,
    /// Told when the fault changes.
    changed: Condvar,
}

#[derive(Debug)]
struct State {
    fault: Fault,
    /// How often it strikes before it ends by itself.
    left: usize,
    struck: usize,
    is_over: bool,
    connections: Vec<Arc<Pair>>,
}

/// Both ends of a connection.
#[derive(Debug)]
struct Pair {
    client: TcpStream,
    server: TcpStream,
    /// A message was swallowed: whatever follows would not be understood.
    is_spoilt: AtomicBool,
    /// What the server answers next must not arrive.
    is_doomed: AtomicBool,
    /// Nothing passes any more, whatever the fault, and nobody is told.
    is_lost: AtomicBool,
}

impl Pair {
    fn cut(&self) {
        for end in [&self.client, &self.server] {
            // It may have ended already.
            let _ = end.shutdown(Shutdown::Both);
        }
    }
}

impl Proxy {
    /// A proxy before this server, which passes everything.
    pub(crate) fn to(server: SocketAddr) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let address = listener.local_addr().expect("a bound listener's address");
        let state = State {
            fault: Fault::None,
            left: usize::MAX,
            struck: 0,
            is_over: false,
            connections: Vec::new(),
        };
        let shared = Arc::new(Shared { server, state: Mutex::new(state), changed: Condvar::new() });
        let accepting = Arc::clone(&shared);
        thread::spawn(move || {
            for client in listener.incoming().map_while(Result::ok) {
                if accepting.lock().is_over {
                    return;
                }
                // A server that refuses is one whose client is refused.
                let _ = accepting.connect(client);
            }
        });
        Self { address, shared }
    }

    /// The same database, by way of the proxy.
    pub(crate) fn url(&self, url: &str) -> String {
        let mut url = Url::parse(url).expect("the database's URL");
        url.set_host(Some("127.0.0.1")).expect("a host");
        url.set_port(Some(self.address.port())).expect("a port");
        url.into()
    }

    /// Lets a fault strike until something else is said.
    pub(crate) fn set(&self, fault: Fault) {
        self.strike(fault, usize::MAX);
    }

    /// Lets a fault strike so often; afterwards everything passes.
    pub(crate) fn strike(&self, fault: Fault, times: usize) {
        let mut state = self.shared.lock();
        (state.fault, state.left) = (fault, times);
        state.connections.retain(|pair| {
            let is_lost = pair.is_lost.load(Ordering::SeqCst);
            let is_spoilt = pair.is_spoilt.load(Ordering::SeqCst) && !is_lost;
            if is_spoilt {
                pair.cut();
            }
            !is_spoilt
        });
        self.shared.changed.notify_all();
    }

    /// Swallows for ever what the connections there are say: as behind a router that has forgotten
    /// them. Their ends are not told.
    pub(crate) fn lose_all(&self) {
        for pair in &self.shared.lock().connections {
            pair.is_lost.store(true, Ordering::SeqCst);
        }
    }

    /// Ends every connection there is.
    pub(crate) fn cut_all(&self) {
        for pair in self.shared.lock().connections.drain(..) {
            pair.cut();
        }
    }

    /// How often cuts have struck so far.
    pub(crate) fn struck(&self) -> usize {
        self.shared.lock().struck
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.shared.lock().is_over = true;
        self.set(Fault::None);
        self.cut_all();
        // Wakes whoever accepts.
        let _ = TcpStream::connect(self.address);
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn connect(self: &Arc<Self>, client: TcpStream) -> io::Result<()> {
        let server = TcpStream::connect(self.server)?;
        client.set_nodelay(true)?;
        server.set_nodelay(true)?;
        let (mut from_client, mut from_server) = (client.try_clone()?, server.try_clone()?);
        let pair = Arc::new(Pair {
            client,
            server,
            is_spoilt: AtomicBool::new(false),
            is_doomed: AtomicBool::new(false),
            is_lost: AtomicBool::new(false),
        });
        self.lock().connections.push(Arc::clone(&pair));
        let (there, here) = (Arc::clone(self), Arc::clone(self));
        let (asking, answering) = (Arc::clone(&pair), pair);
        thread::spawn(move || {
            pump(&mut from_client, &asking, |bytes| there.forward(&asking, bytes));
        });
        thread::spawn(move || {
            pump(&mut from_server, &answering, |bytes| here.answer(&answering, bytes));
        });
        Ok(())
    }

    /// Passes what the client says to the server.
    fn forward(&self, pair: &Pair, bytes: &[u8]) -> io::Result<()> {
        // Each statement waits for the answer to the one before, so a commit comes by itself.
        let is_commit = bytes.windows(COMMIT.len()).any(|window| window == COMMIT);
        {
            let mut state = self.lock();
            match state.fault {
                _ if pair.is_lost.load(Ordering::SeqCst) => return Ok(()),
                Fault::BlackHole => {
                    pair.is_spoilt.store(true, Ordering::SeqCst);
                    return Ok(());
                }
                Fault::CutBeforeCommit if is_commit => return state.cut(),
                Fault::CutAfterCommit if is_commit => {
                    pair.is_doomed.store(true, Ordering::SeqCst);
                }
                _ => {}
            }
        }
        (&pair.server).write_all(bytes)
    }

    /// Passes what the server says to the client.
    fn answer(&self, pair: &Pair, mut bytes: &[u8]) -> io::Result<()> {
        let mut state = self.lock();
        if pair.is_doomed.load(Ordering::SeqCst) {
            return state.cut();
        }
        match state.fault {
            _ if pair.is_lost.load(Ordering::SeqCst) => return Ok(()),
            Fault::BlackHole => {
                pair.is_spoilt.store(true, Ordering::SeqCst);
                return Ok(());
            }
            Fault::Delay(span) => {
                let is_same = |state: &mut State| state.fault == Fault::Delay(span);
                drop(
                    self.changed
                        .wait_timeout_while(state, span, is_same)
                        .unwrap_or_else(PoisonError::into_inner),
                );
            }
            Fault::CutAfter(left) if left < bytes.len() => {
                bytes = &bytes[..left];
                let cut = state.cut();
                drop(state);
                (&pair.client).write_all(bytes)?;
                return cut;
            }
            Fault::CutAfter(left) => {
                state.fault = Fault::CutAfter(left - bytes.len());
                drop(state);
            }
            _ => drop(state),
        }
        (&pair.client).write_all(bytes)
    }
}

impl State {
    /// Counts a strike, and is the error that ends the connection.
    fn cut(&mut self) -> io::Result<()> {
        self.struck += 1;
        self.left = self.left.saturating_sub(1);
        if self.left == 0 {
            self.fault = Fault::None;
        }
        Err(io::ErrorKind::ConnectionAborted.into())
    }
}

/// Passes on what comes until either end, or a fault, ends it.
fn pump(from: &mut TcpStream, pair: &Pair, mut pass: impl FnMut(&[u8]) -> io::Result<()>) {
    let mut bytes = vec![0; 64 * 1024];
    while let Ok(read) = from.read(&mut bytes) {
        if read == 0 || pass(&bytes[..read]).is_err() {
            break;
        }
    }
    pair.cut();
}
