//! A worker of the edge over a SQLite store with links in it, without a socket.

use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use carom::cache::domains::Domains;
use carom::cache::load::Loader;
use carom::cache::{CacheSettings, LinkCache};
use carom::clicks::Clicks;
use carom::edge::crowd::Networks;
use carom::edge::deadline::Timeouts;
use carom::edge::worker::{Worker, WorkerSeed};
use carom::edge::{EdgeLimits, FrontSize};
use carom::health::Health;
use carom::metrics::{CacheMetrics, EdgeMetrics};
use carom::model::code::Code;
use carom::model::id::DomainId;
use carom::model::link::RedirectStatus;
use carom::store::links::{self, CodeChoice, NewLink};
use carom::store::{Limits, Location, Store, facts};

/// Everything a bench needs; dropped last, it removes the store.
pub(crate) struct Bench {
    /// A worker, as an edge thread has it.
    pub(crate) worker: Rc<Worker>,
    /// The cache it answers from.
    pub(crate) cache: Arc<LinkCache>,
    /// The domain of all links.
    pub(crate) domain: DomainId,
    /// The counters behind it.
    pub(crate) clicks: Arc<Clicks>,
    /// The store behind both.
    pub(crate) store: Store,
    /// Where loads run.
    pub(crate) runtime: tokio::runtime::Runtime,
    _directory: tempfile::TempDir,
}

/// A worker whose store holds the links `link0`, `link1`, …
pub(crate) fn bench(count: usize) -> Bench {
    let directory = tempfile::tempdir().expect("a temporary directory");
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let (store, domains) = runtime.block_on(filled_store(directory.path(), count));
    let clicks = Arc::new(Clicks::default());
    let settings = CacheSettings {
        links_max: 1_000_000,
        absent_max: 1_000,
        absent_ttl: Duration::from_secs(3600),
        soft_age: Duration::from_secs(3600),
        hard_age: Duration::from_secs(3600),
        loads_max: 64,
        load_budget: Duration::from_secs(5),
    };
    let loader = Loader::new(
        store.clone(),
        Arc::clone(&clicks),
        Arc::new(Health::default()),
        Arc::new(CacheMetrics::default()),
        runtime.handle().clone(),
        settings,
    );
    let cache = Arc::new(LinkCache::new(settings, loader));
    let domain = domains.table().default_domain().id;
    let hour = Duration::from_secs(3600);
    let seed = WorkerSeed {
        cache: Arc::clone(&cache),
        domains: Arc::new(domains),
        limits: EdgeLimits {
            connections_max: 1,
            connections_per_address_max: 0,
            timeouts: Timeouts { header: hour, idle: hour, write: hour, request: hour, age: hour },
        },
        front: FrontSize { links_max: settings.links_max, bytes: 4 * 1024 * 1024 },
        networks: Arc::new(Networks::default()),
        metrics: Arc::new(EdgeMetrics::default()),
    };
    let worker = Rc::new(Worker::new(seed));
    Bench { worker, cache, domain, clicks, store, runtime, _directory: directory }
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
    let domains = Domains::load(&store).await.expect("a domain");
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
        };
        links::create(&store, link, None).await.expect("a link");
    }
    (store, domains)
}
