//! Clients that count what they asked for and what they got, until they are told to stop.

use std::cell::Cell;
use std::collections::HashSet;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use super::chaos::{self, Figures};
use crate::support::admin::Link;
use crate::support::carom::{Carom, Options};
use crate::support::http::{Connection, get};
use crate::support::postgres::Database;
use crate::support::wait::eventually;

/// Clients at once.
const CLIENTS: usize = 3;

/// For the store to be found again, and to take everything that waits.
const SETTLED: Duration = Duration::from_secs(30);

/// What was asked of one link, over all rounds.
#[derive(Debug, Default)]
pub(super) struct Asked {
    requested: AtomicU64,
    answered: AtomicU64,
}

/// What was asked of one link, and what was counted.
#[derive(Debug, Clone, Copy)]
pub(super) struct Tally {
    pub(super) requested: u64,
    pub(super) answered: u64,
    pub(super) counted: u64,
}

/// Links, and what was asked of each.
pub(super) struct Ledger {
    links: Vec<(Link, Arc<Asked>)>,
    began: Instant,
    /// The longest recovery so far.
    recovery: Cell<Option<Duration>>,
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
        let links = (0..5).map(|place| (link(place), Arc::default())).collect();
        Self { links, began: Instant::now(), recovery: Cell::new(None) }
    }

    /// Lets clients follow the links in turn. A client whose connection ends opens another, and stops
    /// when that is refused.
    pub(super) fn visit(&self, edge: SocketAddr) -> Visitors {
        self.visit_after(Duration::ZERO, edge)
    }

    /// The same with so long between two requests of a client.
    pub(super) fn visit_after(&self, pause: Duration, edge: SocketAddr) -> Visitors {
        let stop = Arc::new(AtomicBool::new(false));
        let client = |_| {
            let stop = Arc::clone(&stop);
            let links =
                self.links.iter().map(|(link, asked)| (link.code.clone(), Arc::clone(asked)));
            let links: Vec<_> = links.collect();
            thread::spawn(move || follow(edge, pause, &links, &stop))
        };
        Visitors { clients: (0..CLIENTS).map(client).collect(), stop }
    }

    /// Redirects that were answered so far.
    pub(super) fn answered(&self) -> u64 {
        self.links.iter().map(|(_, asked)| asked.answered.load(Ordering::SeqCst)).sum()
    }

    /// Requests that got no redirect. All clients must have left.
    pub(super) fn unanswered(&self) -> u64 {
        let requested = |(_, asked): &(Link, Arc<Asked>)| asked.requested.load(Ordering::SeqCst);
        self.links.iter().map(requested).sum::<u64>() - self.answered()
    }

    /// A fault has just ended: waits until the store is well, and has what was answered up to now.
    #[track_caller]
    pub(super) fn recovers(&self, carom: &Carom) {
        let ended = Instant::now();
        let answered: Vec<_> =
            self.links.iter().map(|(_, asked)| asked.answered.load(Ordering::SeqCst)).collect();
        while_it_moves("the store has what was answered", || {
            let stored = self.links.iter().map(|(link, _)| Some(counts(carom, link)?.0));
            let stored = stored.collect::<Option<Vec<_>>>()?;
            let has_all = stored.iter().zip(&answered).all(|(stored, answered)| stored >= answered);
            Some((stored.iter().sum(), has_all.then_some(())))
        });
        self.recovery.set(self.recovery.get().max(Some(ended.elapsed())));
    }

    /// What was counted of each link, once all of it is in the store.
    #[track_caller]
    pub(super) fn tally(&self, caroms: &[&Carom]) -> Vec<Tally> {
        let tally = |(link, asked): &(Link, Arc<Asked>)| {
            let (requested, answered) =
                (asked.requested.load(Ordering::SeqCst), asked.answered.load(Ordering::SeqCst));
            // Each node adds what it has not flushed: the last one is asked when all others have.
            let counted = caroms.iter().fold(0, |_, carom| stored(carom, link));
            Tally { requested, answered, counted }
        };
        self.links.iter().map(tally).collect()
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

    /// The same where damage may have cost so many clicks of each link.
    #[track_caller]
    pub(super) fn assert_counted_but(&self, carom: &Carom, lost: u64) {
        for tally in self.tally(&[carom]) {
            let Tally { requested, answered, counted } = tally;
            let is_exact = answered <= counted + lost && counted <= requested;
            assert!(is_exact, "{tally:?}, {}", captured(carom));
        }
    }

    /// [`Ledger::assert_counted`] on the last of these nodes, at the end of a test that had so many
    /// rounds.
    #[track_caller]
    pub(super) fn close(&self, caroms: &[&Carom], rounds: u64) {
        let tallies = self.tally(caroms);
        chaos::report(&self.figures(rounds, 0), &tallies);
        let captured: String = caroms.iter().map(|carom| captured(carom)).collect();
        for tally in tallies {
            tally.assert_exact(&captured);
        }
    }

    /// What was not counted was reported as lost, to the click, and nothing was counted twice.
    ///
    /// All clients must have left: then what was requested was answered.
    #[track_caller]
    pub(super) fn assert_reported(&self, carom: &Carom) {
        let tallies = self.tally(&[carom]);
        let counted: u64 = tallies.iter().map(|tally| tally.counted).sum();
        let lost = carom.metric("clicks_lost_total");
        assert_eq!(counted + lost, self.answered(), "{lost} reported as lost, {tallies:?}");
        assert!(tallies.iter().all(|tally| tally.counted <= tally.requested), "{tallies:?}");
    }

    fn figures(&self, rounds: u64, reported: u64) -> Figures {
        Figures { rounds, took: self.began.elapsed(), reported, recovery: self.recovery.get() }
    }

    /// [`Ledger::assert_reported`], at the end of a test that had so many rounds.
    #[track_caller]
    pub(super) fn close_reported(&self, carom: &Carom, rounds: u64) {
        let tallies = self.tally(&[carom]);
        chaos::report(&self.figures(rounds, carom.metric("clicks_lost_total")), &tallies);
        self.assert_reported(carom);
    }
}

impl Tally {
    #[track_caller]
    fn assert_exact(&self, captured: &str) {
        let Self { requested, answered, counted } = *self;
        assert!(answered <= counted && counted <= requested, "{self:?}, captured now:\n{captured}");
    }
}

/// What was kept of the clicks of this process, for whoever looks for those that are missing.
fn captured(carom: &Carom) -> String {
    let metrics = get(carom.admin(), "/metrics");
    let kept = metrics.text().lines().filter(|line| line.starts_with("carom_clicks_"));
    kept.map(|line| format!("{line}\n")).collect()
}

/// The clicks of a link, once all are in the store and the store answers.
#[track_caller]
fn stored(carom: &Carom, link: &Link) -> u64 {
    while_it_moves("every click is in the store", || {
        let (stored, total) = counts(carom, link)?;
        Some((stored, (stored == total).then_some(total)))
    })
}

/// Clicks of a link in the store, and all of them; none while the store does not answer.
fn counts(carom: &Carom, link: &Link) -> Option<(u64, u64)> {
    let response = carom.call("GET", &format!("/api/v1/links/{}/clicks", link.id), None);
    if response.status != 200 {
        return None;
    }
    let body = response.json();
    let count = |name: &str| body[name].as_u64().expect("a count");
    Some((count("stored"), count("total")))
}

/// Looks until `look` has what it is after, as long as its number goes on growing: what an outage has
/// left takes as long as it takes.
#[track_caller]
fn while_it_moves<T>(what: &str, mut look: impl FnMut() -> Option<(u64, Option<T>)>) -> T {
    let mut most = None;
    loop {
        let (number, done) = eventually(SETTLED, what, || {
            look().filter(|(number, done)| done.is_some() || most.is_none_or(|most| *number > most))
        });
        if let Some(done) = done {
            return done;
        }
        most = Some(number);
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

fn follow(edge: SocketAddr, pause: Duration, links: &[(String, Arc<Asked>)], stop: &AtomicBool) {
    let mut turn = links.iter().cycle();
    // A busy machine may not load a link in time: `503`, and no click. Once it is known, it redirects.
    let mut known = HashSet::new();
    while let Ok(mut connection) = Connection::try_open(edge) {
        for (code, asked) in turn.by_ref() {
            if !pause.is_zero() {
                thread::park_timeout(pause);
            }
            if stop.load(Ordering::SeqCst) {
                return;
            }
            asked.requested.fetch_add(1, Ordering::SeqCst);
            if connection.try_send("GET", &format!("/{code}"), &[], b"").is_err() {
                break;
            }
            let Ok(response) = connection.try_read_response() else { break };
            if response.status == 503 && !known.contains(code) {
                asked.requested.fetch_sub(1, Ordering::SeqCst);
                continue;
            }
            assert_eq!(response.status, 302);
            known.insert(code);
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
