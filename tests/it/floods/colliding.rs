//! Codes that are chosen to collide. Whoever knows the hash can choose them; the cache's has a seed.

use std::collections::HashMap;
use std::hash::BuildHasher;
use std::sync::Arc;
use std::time::{Duration, Instant};

use carom::cache::domains::Domains;
use carom::cache::key::{LinkKey, LinkKeyRef};
use carom::cache::load::{Background, Loader};
use carom::cache::{CacheSettings, Front, LinkCache, Peek};
use carom::clicks::Clicks;
use carom::hashing::Hashing;
use carom::health::Health;
use carom::metrics::CacheMetrics;
use carom::model::id::DomainId;
use carom::model::time::Millis;
use carom::store::{Limits, Location, Store, facts};
use foldhash::fast::FixedState;

use crate::support::rust_source::sources;

/// Keys of each kind.
const KEYS: usize = 384;

/// Low bits of their hash that the chosen ones have in common: those that find a place in a table.
const BITS: u32 = 13;

/// Rounds of a measurement; the best one counts, since others were disturbed.
const ROUNDS: usize = 40;

/// A cache on a store without links, which remembers what is absent.
struct Place {
    _directory: tempfile::TempDir,
    runtime: tokio::runtime::Runtime,
    cache: Arc<LinkCache>,
    domain: DomainId,
}

impl Place {
    fn new() -> Self {
        let directory = tempfile::tempdir().expect("a temporary directory");
        let runtime = tokio::runtime::Runtime::new().expect("a runtime");
        let limits = Limits {
            redirect_connections: 1,
            admin_connections: 1,
            redirect_wait: Duration::from_secs(1),
            admin_wait: Duration::from_secs(1),
            statement_timeout: Duration::from_secs(5),
        };
        let settings = CacheSettings {
            links_max: 10_000,
            absent_max: 10_000,
            absent_ttl: Duration::from_secs(3600),
            soft_age: Duration::from_secs(3600),
            hard_age: Duration::from_secs(3600),
            loads_max: 64,
            at_store_max: 1,
            loads_per_second_max: 0,
            load_budget: Duration::from_secs(5),
        };
        let (cache, domain) = runtime.block_on(async {
            let location = Location::Sqlite { file: "carom.db".into() };
            let store = Store::open(&location, directory.path(), limits).expect("a store");
            store.migrate().await.expect("a schema");
            facts::found(&store, None).await.expect("a founded store");
            let domains = Domains::load(&store, Vec::new()).await.expect("the domains");
            let domain = domains.table().default_domain().id;
            let loader = Loader::new(
                store,
                Arc::new(domains),
                Arc::new(Clicks::default()),
                Arc::new(Health::default()),
                Arc::new(CacheMetrics::default()),
                Background { tasks: tokio::runtime::Handle::current(), hashing: Hashing::start() },
                settings,
            );
            (Arc::new(LinkCache::new(settings, loader, None)), domain)
        });
        Self { _directory: directory, runtime, cache, domain }
    }

    /// Asks the store for all of them, so that the cache has them.
    fn remember(&self, codes: &[String]) {
        self.runtime.block_on(async {
            for code in codes {
                self.cache.load(LinkKeyRef { domain: self.domain, code }).await;
            }
        });
    }

    /// Finds all of them, the way a request does.
    fn find(&self, codes: &[String]) -> Duration {
        let mut front = Front::new(Arc::clone(&self.cache), 10_000, 64 * 1024);
        let now = Millis::now();
        let began = Instant::now();
        for code in codes {
            let key = LinkKeyRef { domain: self.domain, code };
            assert!(matches!(front.peek(key, now), Peek::Absent));
        }
        began.elapsed()
    }
}

/// The best of many rounds of each, taken in turns.
fn best_of<const N: usize>(measures: [&dyn Fn() -> Duration; N]) -> [Duration; N] {
    let mut best = [Duration::MAX; N];
    for _ in 0..ROUNDS {
        for (best, measure) in best.iter_mut().zip(measures) {
            *best = (*best).min(measure());
        }
    }
    best
}

#[test]
fn codes_that_collide_under_a_known_hash_cost_what_others_do() {
    let place = Place::new();
    let known = FixedState::default();
    let key = |code: &String| LinkKeyRef { domain: place.domain, code }.to_key();
    let chosen = |code: &String| known.hash_one(key(code)) % (1 << BITS) == 0;
    let colliding: Vec<_> =
        (0..).map(|number| format!("c{number}")).filter(chosen).take(KEYS).collect();
    let others: Vec<_> = (0..KEYS).map(|number| format!("o{number}")).collect();

    // They are what they seem: a table with the hash that they were chosen for suffers.
    let table = |codes: &[String]| -> HashMap<LinkKey, (), FixedState> {
        let mut table = HashMap::with_capacity_and_hasher(1 << (BITS - 1), known.clone());
        table.extend(codes.iter().map(|code| (key(code), ())));
        table
    };
    let find_in = |table: &HashMap<LinkKey, (), FixedState>| {
        let keys: Vec<_> = table.keys().cloned().collect();
        let began = Instant::now();
        assert!(keys.iter().all(|key| table.contains_key(key)));
        began.elapsed()
    };
    let (bad, good) = (table(&colliding), table(&others));
    let [bad, good] = best_of([&|| find_in(&bad), &|| find_in(&good)]);
    assert!(bad > good * 2, "{bad:?} for those that collide, {good:?} for others: they do not");

    place.remember(&colliding);
    place.remember(&others);
    let [bad, good] = best_of([&|| place.find(&colliding), &|| place.find(&others)]);
    assert!(bad < good * 3 / 2, "{bad:?} for those that collide, {good:?} for others");
}

#[test]
fn no_table_has_a_hash_that_is_known_beforehand() {
    let fixed = ["FixedState", "FxHash", "BuildHasherDefault", "with_seed"];
    let named = sources("src").into_iter().filter(|source| {
        let code = source.code_without_tests();
        fixed.iter().any(|word| code.contains(word))
    });
    let named: Vec<_> = named.map(|source| source.path).collect();
    assert!(named.is_empty(), "use foldhash's RandomState: {named:?}");
}
