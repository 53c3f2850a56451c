//! Clients that count what they asked for and what they got, until they are told to stop.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread::{self, JoinHandle};

use crate::support::admin::Link;
use crate::support::carom::{Carom, Options};
use crate::support::http::Connection;
use crate::support::postgres::Database;
use crate::support::wait::SOON;

/// Clients at once.
const CLIENTS: usize = 3;

/// What was asked of one link, over all rounds.
#[derive(Debug, Default)]
pub(super) struct Asked {
    requested: AtomicU64,
    answered: AtomicU64,
}

/// Links, and what was asked of each.
pub(super) struct Ledger {
    links: Vec<(Link, Arc<Asked>)>,
}

/// Clients at work.
pub(super) struct Visitors {
    stop: Arc<AtomicBool>,
    clients: Vec<JoinHandle<()>>,
}

impl Ledger {
    /// A few new links.
    pub(super) fn new(carom: &Carom) -> Self {
        let link = |place| carom.link_to(&format!("https://example.com/{place}"));
        Self { links: (0..5).map(|place| (link(place), Arc::default())).collect() }
    }

    /// Lets clients follow the links in turn. A client whose connection ends opens another, and stops
    /// when that is refused.
    pub(super) fn visit(&self, edge: SocketAddr) -> Visitors {
        let stop = Arc::new(AtomicBool::new(false));
        let client = |_| {
            let stop = Arc::clone(&stop);
            let links =
                self.links.iter().map(|(link, asked)| (link.code.clone(), Arc::clone(asked)));
            let links: Vec<_> = links.collect();
            thread::spawn(move || follow(edge, &links, &stop))
        };
        Visitors { clients: (0..CLIENTS).map(client).collect(), stop }
    }

    /// Redirects that were answered so far.
    pub(super) fn answered(&self) -> u64 {
        self.links.iter().map(|(_, asked)| asked.answered.load(Ordering::SeqCst)).sum()
    }

    /// Every answered redirect was counted, and none twice: *answered ≤ counted ≤ requested*.
    #[track_caller]
    pub(super) fn assert_counted(&self, carom: &Carom) {
        self.assert_counted_but(carom, 0);
    }

    /// Whether the store has all answered redirects now.
    pub(super) fn is_counted(&self, carom: &Carom) -> bool {
        self.links
            .iter()
            .all(|(link, asked)| carom.clicks(link).total >= asked.answered.load(Ordering::SeqCst))
    }

    /// The same where damage may have cost so many clicks.
    #[track_caller]
    pub(super) fn assert_counted_but(&self, carom: &Carom, lost: u64) {
        for (link, asked) in &self.links {
            let (requested, answered) =
                (asked.requested.load(Ordering::SeqCst), asked.answered.load(Ordering::SeqCst));
            let counted = carom.stored_clicks(link, SOON).total;
            assert!(
                answered <= counted + lost && counted <= requested,
                "{answered} answered, {counted} counted, {requested} requested of {link:?}"
            );
        }
    }
}

impl Visitors {
    /// Ends the clients, each after the answer it waits for.
    pub(super) fn leave(self) {
        self.stop.store(true, Ordering::SeqCst);
        self.wait();
    }

    /// Waits until the server has left the clients.
    pub(super) fn wait(self) {
        for client in self.clients {
            client.join().expect("a client");
        }
    }
}

fn follow(edge: SocketAddr, links: &[(String, Arc<Asked>)], stop: &AtomicBool) {
    let mut turn = links.iter().cycle();
    while let Ok(mut connection) = Connection::try_open(edge) {
        for (code, asked) in turn.by_ref() {
            if stop.load(Ordering::SeqCst) {
                return;
            }
            asked.requested.fetch_add(1, Ordering::SeqCst);
            if connection.try_send("GET", &format!("/{code}"), &[], b"").is_err() {
                break;
            }
            let Ok(response) = connection.try_read_response() else { break };
            assert_eq!(response.status, 302);
            asked.answered.fetch_add(1, Ordering::SeqCst);
        }
    }
}

/// A server with one edge thread that flushes often.
pub(super) fn options(database: Option<&Database>) -> Options {
    let options = match database {
        None => Options::sqlite(),
        Some(database) => Options::postgres(&database.url),
    };
    options.set("CAROM_EDGE__THREADS", 1).set("CAROM_CLICKS__FLUSH_INTERVAL_MS", 100)
}
