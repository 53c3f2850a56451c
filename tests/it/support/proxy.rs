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

/// What makes a connection the one on which changes ring.
const LISTEN: &[u8] = b"LISTEN carom_changes\0";

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

/// What happens to the connection on which changes ring, and to no other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Listening {
    /// It passes.
    Passes,
    /// It ends as soon as it wants to listen.
    IsCut,
    /// What the server says on it is swallowed, and it stays open.
    IsMute,
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
    /// Clients that have come.
    met: usize,
    is_over: bool,
    listening: Listening,
    /// Answers of the server with these bytes in them wait until there are none.
    held: Option<Vec<u8>>,
    /// How many answers wait.
    waiting: usize,
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
    /// Changes ring on it.
    listens: AtomicBool,
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
            met: 0,
            is_over: false,
            listening: Listening::Passes,
            held: None,
            waiting: 0,
            connections: Vec::new(),
        };
        let shared = Arc::new(Shared { server, state: Mutex::new(state), changed: Condvar::new() });
        let accepting = Arc::clone(&shared);
        thread::spawn(move || {
            for client in listener.incoming().map_while(Result::ok) {
                if accepting.lock().is_over {
                    return;
                }
                accepting.lock().met += 1;
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
            let is_spoilt = pair.is_spoilt.load(Ordering::SeqCst);
            if is_spoilt {
                pair.cut();
            }
            !is_spoilt
        });
        self.shared.changed.notify_all();
    }

    /// Says what happens to the listening connection from now on; one that is to be cut ends at once.
    pub(crate) fn set_listening(&self, listening: Listening) {
        self.shared.lock().listening = listening;
        if listening == Listening::IsCut {
            self.cut_listening();
        }
    }

    /// Ends the listening connection, if there is one.
    pub(crate) fn cut_listening(&self) {
        let state = self.shared.lock();
        for pair in state.connections.iter().filter(|pair| pair.listens.load(Ordering::SeqCst)) {
            pair.cut();
        }
    }

    /// Lets answers with these bytes in them wait, each on its own connection, until they are let go.
    pub(crate) fn hold(&self, bytes: &str) {
        self.shared.lock().held = Some(bytes.as_bytes().to_vec());
    }

    /// How many answers wait.
    pub(crate) fn waiting(&self) -> usize {
        self.shared.lock().waiting
    }

    /// Lets go what waits.
    pub(crate) fn let_go(&self) {
        self.shared.lock().held = None;
        self.shared.changed.notify_all();
    }

    /// Ends every connection there is.
    pub(crate) fn cut_all(&self) {
        for pair in self.shared.lock().connections.drain(..) {
            pair.cut();
        }
    }

    /// How many clients have come so far.
    pub(crate) fn met(&self) -> usize {
        self.shared.lock().met
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
        self.let_go();
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
            listens: AtomicBool::new(false),
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
        let wants_to_listen = bytes.windows(LISTEN.len()).any(|window| window == LISTEN);
        {
            let mut state = self.lock();
            if wants_to_listen {
                pair.listens.store(true, Ordering::SeqCst);
                if state.listening == Listening::IsCut {
                    return Err(io::ErrorKind::ConnectionAborted.into());
                }
            }
            match state.fault {
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
        if pair.listens.load(Ordering::SeqCst) && state.listening == Listening::IsMute {
            return Ok(());
        }
        if state.holds(bytes) {
            state.waiting += 1;
            state = self
                .changed
                .wait_while(state, |state| state.holds(bytes))
                .unwrap_or_else(PoisonError::into_inner);
            state.waiting -= 1;
        }
        if pair.is_doomed.load(Ordering::SeqCst) {
            return state.cut();
        }
        match state.fault {
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
    /// Whether an answer must wait.
    fn holds(&self, answer: &[u8]) -> bool {
        let held = self.held.as_deref();
        held.is_some_and(|held| answer.windows(held.len()).any(|window| window == held))
    }

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
