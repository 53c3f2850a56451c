//! A worker of the edge over a SQLite store with links in it, without a socket.

use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use arc_swap::ArcSwap;
use carom::cache::domains::Domains;
use carom::cache::load::{Background, Loader};
use carom::cache::{CacheSettings, LinkCache};
use carom::clicks::Clicks;
use carom::clicks::capture::Capture;
use carom::clicks::journal::directory::Directory;
use carom::clicks::journal::keeper::{Feed, Keeper, Owner};
use carom::clicks::journal::lane::{Appender, Lane};
use carom::clicks::replay::stream::Stream;
use carom::clicks::visitors::Salts;
use carom::edge::crowd::Networks;
use carom::edge::deadline::Timeouts;
use carom::edge::worker::{Worker, WorkerSeed};
use carom::edge::{EdgeLimits, EdgeSettings, FrontSize};
use carom::forwarded::TrustedProxies;
use carom::hashing::Hashing;
use carom::health::Health;
use carom::metrics::{CacheMetrics, EdgeMetrics};
use carom::model::code::Code;
use carom::model::id::{DomainId, NodeId, StoreId};
use carom::model::link::{Conduct, RedirectStatus};
use carom::model::tag::Tags;
use carom::store::links::{self, CodeChoice, NewLink};
use carom::store::{Limits, Location, Store, facts};

/// A journal of one lane whose clicks are thrown away.
pub(crate) struct Journal {
    lane: Arc<Lane>,
    salts: Arc<Salts>,
    _keeper: Keeper,
    stop: Arc<AtomicBool>,
    thread: Option<std::thread::JoinHandle<()>>,
}

impl Journal {
    /// A journal in this directory.
    pub(crate) fn open(directory: &std::path::Path) -> Self {
        let store = StoreId::random();
        let salts = Arc::new(Salts::open(directory, store));
        let directory = Directory::open(&directory.join("journal")).expect("a directory");
        let owner = Owner { store, node: NodeId::random(), bytes_max: 1 << 30 };
        let (keeper, mut lanes, feed) = Keeper::start(Some(directory), owner, 1).expect("a keeper");
        let stop = Arc::new(AtomicBool::new(false));
        let stopped = Arc::clone(&stop);
        let thread = std::thread::spawn(move || discard(feed, &stopped));
        let lane = lanes.remove(0);
        Self { lane, salts, _keeper: keeper, stop, thread: Some(thread) }
    }

    /// A capture into it.
    pub(crate) fn capture(&self) -> Capture {
        Capture::new(Arc::clone(&self.lane), Arc::clone(&self.salts))
    }

    /// An appender to it.
    pub(crate) fn appender(&self) -> Appender {
        Appender::new(Arc::clone(&self.lane))
    }
}

impl Drop for Journal {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take() {
            thread.join().expect("the reader ended");
        }
    }
}

/// Reads what is journaled and gives its files back at once.
fn discard(mut feed: Feed, stop: &AtomicBool) {
    let mut streams: Vec<_> = feed.lanes.drain(..).map(Stream::live).collect();
    let mut done = Vec::new();
    while !stop.load(Ordering::Relaxed) {
        for stream in &mut streams {
            stream.poll(&mut done);
            stream.read(|_| true);
            stream.settle(stream.last_read());
            stream.release(Some(Instant::now()), &mut done);
        }
        done.drain(..).for_each(|file| drop(feed.done.send(file)));
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// Everything a bench needs; dropped last, it removes the store.
pub(crate) struct Bench {
    /// A worker, as an edge thread has it.
    pub(crate) worker: Rc<Worker>,
    /// The cache it answers from.
    pub(crate) cache: Arc<LinkCache>,
    /// The domain of all links.
    pub(crate) domain: DomainId,
    /// Where loads run.
    pub(crate) runtime: tokio::runtime::Runtime,
    _journal: Journal,
    _directory: tempfile::TempDir,
}

/// A worker whose store holds the links `link0`, `link1`, …
pub(crate) fn bench(count: usize) -> Bench {
    let directory = tempfile::tempdir().expect("a temporary directory");
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let (store, domains) = runtime.block_on(filled_store(directory.path(), count));
    let journal = Journal::open(directory.path());
    let settings = CacheSettings {
        links_max: 1_000_000,
        absent_max: 1_000,
        absent_ttl: Duration::from_secs(3600),
        soft_age: Duration::from_secs(3600),
        hard_age: Duration::from_secs(3600),
        loads_max: 64,
        at_store_max: 2,
        loads_per_second_max: 0,
        load_budget: Duration::from_secs(5),
    };
    let domains = Arc::new(domains);
    let loader = Loader::new(
        store.clone(),
        Arc::clone(&domains),
        Arc::new(Clicks::default()),
        Arc::new(Health::default()),
        Arc::new(CacheMetrics::default()),
        Background { tasks: runtime.handle().clone(), hashing: Hashing::start() },
        settings,
    );
    let cache = Arc::new(LinkCache::new(settings, loader, None));
    let domain = domains.table().default_domain().id;
    let hour = Duration::from_secs(3600);
    let seed = WorkerSeed {
        cache: Arc::clone(&cache),
        domains,
        settings: Arc::new(ArcSwap::from_pointee(EdgeSettings {
            limits: EdgeLimits {
                connections_max: 1,
                connections_per_address_max: 0,
                misses_per_address_per_second_max: 0,
                timeouts: Timeouts {
                    header: hour,
                    idle: hour,
                    write: hour,
                    request: hour,
                    age: hour,
                },
            },
            proxies: TrustedProxies::default(),
        })),
        front: FrontSize { links_max: settings.links_max, bytes: 4 * 1024 * 1024 },
        networks: Arc::new(Networks::default()),
        misses: None,
        attempts: Arc::default(),
        metrics: Arc::new(EdgeMetrics::default()),
        capture: journal.capture(),
        is_first: true,
    };
    let worker = Rc::new(Worker::new(seed));
    Bench { worker, cache, domain, runtime, _journal: journal, _directory: directory }
}

async fn filled_store(directory: &std::path::Path, count: usize) -> (Store, Domains) {
    let limits = Limits {
        redirect_connections: 2,
        admin_connections: 1,
        redirect_wait: Duration::from_secs(1),
        admin_wait: Duration::from_secs(1),
        statement_timeout: Duration::from_secs(5),
    };
    let location = Location::Sqlite { file: "bench.db".into() };
    let store = Store::open(&location, directory, limits).expect("a store");
    store.migrate().await.expect("a schema");
    facts::found(&store, None).await.expect("a workspace");
    let domains = Domains::load(&store, Vec::new()).await.expect("a domain");
    let (workspace, domain) = {
        let table = domains.table();
        (table.default_domain().workspace, table.default_domain().id)
    };
    for place in 0..count {
        let link = NewLink {
            workspace,
            domain,
            code: CodeChoice::Chosen(Code::parse(&format!("link{place}")).expect("a code")),
            url: format!("https://example.com/a/page/with/a/path/of/sixty/bytes/{place:06}"),
            status: RedirectStatus::Found,
            title: None,
            expires_at: None,
            max_clicks: None,
            conduct: Conduct::default(),
            note: None,
            tags: Tags::default(),
        };
        links::create(&store, link, None).await.expect("a link");
    }
    (store, domains)
}
