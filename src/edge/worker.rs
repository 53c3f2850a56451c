//! The edge's threads: what each owns, and how all of them begin and end.

use std::cell::{Cell, Ref, RefCell};
use std::io;
use std::net::IpAddr;
use std::net::TcpListener as StdListener;
use std::rc::Rc;
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use arc_swap::ArcSwap;
use hyper::HeaderMap;
use hyper::server::conn::http1;
use tokio::net::TcpListener;
use tokio::sync::watch;

use super::attempts::Attempts;
use super::clock::WallClock;
use super::connection::{self, Peer};
use super::crowd::{Crowd, Networks};
use super::deadline::{Deadlines, SWEEP, Tick};
use super::listener::{EdgeLimits, accept, accept_waiting};
use super::misses::MissLimit;
use super::socket::Scratch;
use crate::cache::domains::Domains;
use crate::cache::key::LinkKeyRef;
use crate::cache::link::CachedLink;
use crate::cache::{Front, LinkCache};
use crate::clicks::capture::{Capture, Visitor};
use crate::forwarded::TrustedProxies;
use crate::metrics::{ConnectionEvent, EdgeMetrics};
use crate::model::id::LinkId;
use crate::model::time::Millis;

/// Time between two looks whether the last connection has ended.
const DRAIN_STEP: Duration = Duration::from_millis(10);

/// What the edge is made of.
pub struct EdgeParts {
    /// The links.
    pub cache: Arc<LinkCache>,
    /// The domains they are on.
    pub domains: Arc<Domains>,
    /// How large each thread's front may be.
    pub front: FrontSize,
    /// What can be changed while it runs.
    pub settings: Arc<ArcSwap<EdgeSettings>>,
}

/// What an edge goes by until it is told otherwise.
#[derive(Debug, Clone)]
pub struct EdgeSettings {
    /// Who may connect, and for how long.
    pub limits: EdgeLimits,
    /// Who is believed about others.
    pub proxies: TrustedProxies,
}

/// How large a front may be.
#[derive(Debug, Clone, Copy)]
pub struct FrontSize {
    /// Links that the shared cache holds at most.
    pub links_max: u64,
    /// Bytes of the table at most.
    pub bytes: usize,
}

/// What one edge thread owns. Nothing in it is shared with another thread except through `Arc`s
/// that are only read, or counted by atomics.
pub struct Worker {
    pub(super) cache: Arc<LinkCache>,
    pub(super) front: RefCell<Front>,
    pub(super) domains: Arc<Domains>,
    capture: RefCell<Capture>,
    /// As they were at the last sweep.
    settings: RefCell<Arc<EdgeSettings>>,
    live_settings: Arc<ArcSwap<EdgeSettings>>,
    pub(super) networks: Arc<Networks>,
    misses: Option<Arc<MissLimit>>,
    attempts: Arc<Attempts>,
    pub(super) metrics: Arc<EdgeMetrics>,
    pub(super) http: http1::Builder,
    pub(super) scratch: Rc<Scratch>,
    pub(super) crowd: Crowd,
    /// Connections that have not ended.
    pub(super) open: Cell<usize>,
    pub(super) tick: Rc<Cell<Tick>>,
    clock: RefCell<WallClock>,
    coarse_now: Cell<Millis>,
    /// One thread speaks for all: they read the same clock.
    is_first: bool,
}

impl Worker {
    /// What a thread makes of its seed.
    #[must_use]
    pub fn new(seed: WorkerSeed) -> Self {
        let front = Front::new(Arc::clone(&seed.cache), seed.front.links_max, seed.front.bytes);
        let wall = Millis::now();
        Self {
            cache: seed.cache,
            front: RefCell::new(front),
            domains: seed.domains,
            capture: RefCell::new(seed.capture),
            settings: RefCell::new(seed.settings.load_full()),
            live_settings: seed.settings,
            networks: seed.networks,
            misses: seed.misses,
            attempts: seed.attempts,
            metrics: seed.metrics,
            http: connection::http(),
            scratch: Rc::default(),
            crowd: Crowd::default(),
            open: Cell::new(0),
            tick: Rc::new(Cell::new(0)),
            clock: RefCell::new(WallClock::new(wall, Instant::now())),
            coarse_now: Cell::new(wall),
            is_first: seed.is_first,
        }
    }

    /// What this thread goes by.
    pub(super) fn settings(&self) -> Ref<'_, EdgeSettings> {
        Ref::map(self.settings.borrow(), |settings| &**settings)
    }

    /// Who asks: this peer, or whom it speaks for.
    pub(super) fn client(&self, peer: Peer, headers: &HeaderMap) -> IpAddr {
        if peer.is_proxy {
            self.settings().proxies.client(peer.address, headers)
        } else {
            peer.address
        }
    }

    /// The wall clock as it is believed, up to a sweep ago: enough for ages, and no system call.
    pub(super) fn coarse_now(&self) -> Millis {
        self.coarse_now.get()
    }

    fn read_clocks(&self) {
        let reading = self.clock.borrow_mut().read(Millis::now(), Instant::now());
        self.coarse_now.set(reading.now);
        if let Some(jumped_ms) = reading.jumped_ms
            && self.is_first
        {
            tracing::warn!(
                jumped_ms,
                "the wall clock has jumped and stayed there: clicks go by it from now on"
            );
        }
    }

    /// Whether `address` may ask for a code that is not in memory. Only what the store is asked counts:
    /// a crowd behind one address may come to a new link all at once, and in an outage each is told
    /// that it is one.
    pub(super) fn may_miss(&self, key: LinkKeyRef<'_>, address: IpAddr) -> bool {
        self.misses
            .as_ref()
            .is_none_or(|limit| !self.cache.would_ask(key) || limit.allows(address, Instant::now()))
    }

    /// Whether `address` may cause one more lookup of what is never kept.
    pub(super) fn may_ask(&self, address: IpAddr) -> bool {
        self.misses.as_ref().is_none_or(|limit| limit.allows(address, Instant::now()))
    }

    /// Whether `address` may try a password of this link.
    pub(super) fn may_try(&self, address: IpAddr, link: LinkId) -> bool {
        self.attempts.allow(address, link, Instant::now())
    }

    /// Captures a click that is about to be answered.
    pub(super) fn capture(&self, link: &CachedLink, visitor: &Visitor<'_>) {
        let mut capture = self.capture.borrow_mut();
        let journaled = capture.redirect(self.coarse_now(), &link.clicks, link.domain(), visitor);
        self.metrics.captured(journaled);
    }
}

/// The running edge.
pub struct Edge {
    threads: Vec<JoinHandle<usize>>,
    leave: watch::Sender<Option<Instant>>,
}

impl Edge {
    /// Starts one thread a listener. `metrics` and `captures` have one for each.
    ///
    /// # Errors
    /// A thread or its runtime cannot be made.
    pub fn start(
        listeners: Vec<StdListener>,
        metrics: &[Arc<EdgeMetrics>],
        captures: Vec<Capture>,
        parts: &EdgeParts,
    ) -> io::Result<Self> {
        let networks = Arc::new(Networks::default());
        let misses = MissLimit::new(parts.settings.load().limits.misses_per_address_per_second_max)
            .map(Arc::new);
        let attempts = Arc::<Attempts>::default();
        let (leave, leaving) = watch::channel(None);
        let mut threads = Vec::with_capacity(listeners.len());
        let threads_with = listeners.into_iter().zip(metrics).zip(captures);
        for (place, ((listener, metrics), capture)) in threads_with.enumerate() {
            let seed = WorkerSeed {
                cache: Arc::clone(&parts.cache),
                domains: Arc::clone(&parts.domains),
                settings: Arc::clone(&parts.settings),
                front: parts.front,
                networks: Arc::clone(&networks),
                misses: misses.clone(),
                attempts: Arc::clone(&attempts),
                metrics: Arc::clone(metrics),
                capture,
                is_first: place == 0,
            };
            let leaving = leaving.clone();
            let thread = std::thread::Builder::new()
                .name(format!("edge-{place}"))
                .spawn(move || run(seed, listener, leaving))?;
            threads.push(thread);
        }
        Ok(Self { threads, leave })
    }

    /// Stops accepting, lets open requests end until `deadline`, and waits for the threads.
    ///
    /// Returns how many connections were cut off. Blocks.
    #[must_use]
    pub fn drain(self, deadline: Instant) -> usize {
        self.leave.send_replace(Some(deadline));
        self.threads
            .into_iter()
            .map(|thread| {
                thread.join().unwrap_or_else(|_| {
                    tracing::error!("an edge thread had panicked");
                    0
                })
            })
            .sum()
    }
}

/// What crosses into a new thread.
pub struct WorkerSeed {
    /// The links.
    pub cache: Arc<LinkCache>,
    /// The domains they are on.
    pub domains: Arc<Domains>,
    /// What can be changed while it runs.
    pub settings: Arc<ArcSwap<EdgeSettings>>,
    /// How large this thread's front may be.
    pub front: FrontSize,
    /// How many connections each network has.
    pub networks: Arc<Networks>,
    /// How many lookups each network may cause, if there is a limit.
    pub misses: Option<Arc<MissLimit>>,
    /// How many passwords were tried lately.
    pub attempts: Arc<Attempts>,
    /// The counts of this thread.
    pub metrics: Arc<EdgeMetrics>,
    /// Where its clicks are journaled.
    pub capture: Capture,
    /// Whether it speaks for all of them.
    pub is_first: bool,
}

fn run(
    seed: WorkerSeed,
    listener: StdListener,
    leaving: watch::Receiver<Option<Instant>>,
) -> usize {
    let runtime = match tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build_local(tokio::runtime::LocalOptions::default())
    {
        Ok(runtime) => runtime,
        Err(error) => {
            tracing::error!(%error, "an edge thread cannot make its runtime");
            return 0;
        }
    };
    runtime.block_on(async move {
        let worker = Rc::new(Worker::new(seed));
        match TcpListener::from_std(listener) {
            Ok(listener) => serve(&worker, listener, leaving).await,
            Err(error) => {
                tracing::error!(%error, "an edge thread cannot use its listener");
                0
            }
        }
    })
}

/// Serves until told to leave; returns how many connections were cut off.
async fn serve(
    worker: &Rc<Worker>,
    listener: TcpListener,
    mut leaving: watch::Receiver<Option<Instant>>,
) -> usize {
    let sweeping = tokio::task::spawn_local(sweep(Rc::clone(worker)));
    let deadline = tokio::select! {
        () = accept(worker, &listener) => Instant::now(),
        told = leaving.wait_for(Option::is_some) => match told {
            Ok(deadline) => deadline.unwrap_or_else(Instant::now),
            Err(_) => Instant::now(),
        },
    };
    accept_waiting(worker, &listener);
    drop(listener);
    // One turn for what was just accepted to be read, before idle connections are closed.
    tokio::time::sleep(DRAIN_STEP).await;
    while worker.open.get() > 0 && Instant::now() < deadline {
        worker.crowd.leave();
        tokio::time::sleep(DRAIN_STEP).await;
    }
    sweeping.abort();
    worker.open.get()
}

/// Four times a second: the clock, and connections that are late.
async fn sweep(worker: Rc<Worker>) {
    let mut sweeps = tokio::time::interval(SWEEP);
    loop {
        sweeps.tick().await;
        worker.tick.set(worker.tick.get().wrapping_add(1));
        worker.read_clocks();
        worker.capture.borrow_mut().sweep();
        worker.settings.replace(worker.live_settings.load_full());
        let deadlines = Deadlines::from(worker.settings().limits.timeouts);
        for _ in 0..worker.crowd.sweep(&deadlines) {
            worker.metrics.connection(ConnectionEvent::TimedOut);
        }
    }
}
