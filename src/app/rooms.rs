//! The rooms of a server, built from its configuration and its store.

use std::sync::Arc;

use anyhow::Context;
use tokio::runtime::Handle;

use super::cores_or;
use super::counting::{Counting, Place, Shared};
use super::ports::Addresses;
use crate::admin::serve::Limits as AdminLimits;
use crate::admin::state::AdminState;
use crate::cache::domains::Domains;
use crate::cache::follower::{Follower, FollowerParts};
use crate::cache::load::Loader;
use crate::cache::snapshot::keeper::SnapshotSettings;
use crate::cache::snapshot::{self, Snapshot, SnapshotKeeper};
use crate::cache::{CacheSettings, LinkCache};
use crate::clicks::Clicks;
use crate::clicks::journal::directory::Directory;
use crate::config::{CacheConfig, Config, EdgeConfig};
use crate::edge::deadline::Timeouts;
use crate::edge::forwarded::TrustedProxies;
use crate::edge::{EdgeLimits, EdgeParts, FrontSize};
use crate::health::{Health, StoreHealth};
use crate::links::ShortUrls;
use crate::metrics::{CacheMetrics, ClickMetrics, EdgeMetrics, Gauge, Metrics};
use crate::model::id::{NodeId, StoreId};
use crate::store::Store;

/// Whose rooms they are.
#[derive(Clone, Copy)]
pub(super) struct Owner {
    pub(super) node: NodeId,
    pub(super) store_id: StoreId,
}

/// What earlier processes have left of the links.
pub(super) struct Left {
    /// The hottest of them.
    pub(super) snapshot: Option<Snapshot>,
    /// Whether the store was not reached yet, so that nothing else is known.
    pub(super) is_away: bool,
}

/// What an earlier process has left, if it is wanted.
pub(super) fn left_behind(config: &Config) -> Option<Snapshot> {
    let is_wanted = config.cache.snapshot_links_max > 0;
    is_wanted.then(|| snapshot::keeper::left_behind(&config.data.dir)).flatten()
}

/// Everything that is not running yet.
pub(super) struct Rooms {
    pub(super) edge: EdgeParts,
    pub(super) edge_metrics: Vec<Arc<EdgeMetrics>>,
    pub(super) admin: Arc<AdminState>,
    pub(super) admin_limits: AdminLimits,
    pub(super) follower: Follower,
    pub(super) counting: Counting,
    pub(super) health: Arc<Health>,
    /// Writes the hottest links down; none where that is not wanted.
    pub(super) snapshots: Option<Arc<SnapshotKeeper>>,
}

impl Rooms {
    /// Builds them.
    pub(super) async fn build(
        config: &Config,
        store: &Store,
        owner: Owner,
        addresses: Addresses,
        journal: Option<Directory>,
        left: Left,
    ) -> anyhow::Result<Self> {
        let health = Arc::new(Health::default());
        let clicks = Arc::new(Clicks::default());
        let cache_metrics = Arc::new(CacheMetrics::default());
        let click_metrics = Arc::new(ClickMetrics::default());
        let threads = cores_or(config.edge.threads);
        let edge_metrics: Vec<_> = (0..threads).map(|_| Arc::new(EdgeMetrics::default())).collect();

        let data_dir = &config.data.dir;
        let domains = match &left.snapshot {
            Some(snapshot) if left.is_away => Domains::of(snapshot.domains())
                .context("the snapshot of links has no default domain")?,
            _ => Domains::load(store).await?,
        };
        let domains = Arc::new(domains);
        let settings = cache_settings(&config.cache);
        let loader = Loader::new(
            store.clone(),
            Arc::clone(&clicks),
            Arc::clone(&health),
            Arc::clone(&cache_metrics),
            Handle::current(),
            settings,
        );
        let kept = SnapshotSettings {
            links_max: config.cache.snapshot_links_max,
            interval: config.cache.snapshot_interval,
        };
        let forgotten = (kept.links_max > 0)
            .then(|| Arc::new(snapshot::keeper::forgotten(data_dir, owner.store_id)));
        let cache = Arc::new(LinkCache::new(settings, loader, forgotten.clone()));
        let parts = FollowerParts {
            store: store.clone(),
            cache: Arc::clone(&cache),
            domains: Arc::clone(&domains),
            health: Arc::clone(&health),
            metrics: Arc::clone(&cache_metrics),
        };
        let follower = follower(parts, left).await?;
        let snapshots = forgotten.map(|forgotten| {
            let (cache, domains) = (Arc::clone(&cache), Arc::clone(&domains));
            let keeper =
                SnapshotKeeper::new(cache, domains, forgotten, owner.store_id, data_dir, kept);
            Arc::new(keeper)
        });
        let place =
            Place { data_dir, journal, node: owner.node, store_id: owner.store_id, threads };
        let shared = Shared { store, clicks: &clicks, health: &health, metrics: &click_metrics };
        let counting = Counting::build(&config.clicks, place, &shared).await?;
        let metrics = Metrics::new(
            edge_metrics.clone(),
            cache_metrics,
            click_metrics,
            gauges(&cache, &clicks, &health),
        );
        let admin = AdminState {
            store: store.clone(),
            cache: Arc::clone(&cache),
            clicks,
            clicks_kept: config.clicks.kept,
            domains: Arc::clone(&domains),
            short_urls: ShortUrls::new(config.links.public_url_or(addresses.edge))
                .listening_on(addresses.edge),
            code_length: config.links.code_length,
            health: Arc::clone(&health),
            metrics: Arc::new(metrics),
        };
        Ok(Self {
            edge: EdgeParts {
                cache,
                domains,
                limits: edge_limits(&config.edge, threads),
                front: FrontSize { links_max: settings.links_max, bytes: config.cache.front_bytes },
                proxies: Arc::new(TrustedProxies {
                    networks: config.edge.trusted_proxies.clone(),
                    header: config.edge.forwarded_header,
                }),
            },
            edge_metrics,
            admin: Arc::new(admin),
            admin_limits: AdminLimits {
                body_bytes_max: config.admin.body_bytes_max,
                request_timeout: config.admin.request_timeout,
            },
            follower,
            counting,
            health,
            snapshots,
        })
    }
}

/// The follower of the change log, and in the cache what was left of the links, as far as the log
/// lets them stay.
async fn follower(parts: FollowerParts, left: Left) -> anyhow::Result<Follower> {
    let Some(snapshot) = left.snapshot else { return Ok(Follower::begin(parts).await?) };
    let (cursor, links) = (snapshot.cursor(), parts.cache.restore(snapshot));
    let health = Arc::clone(&parts.health);
    let mut follower = Follower::resume(parts, cursor);
    if let Err(error) = follower.read().await {
        health.store_failed(&error);
    }
    tracing::info!(links, %cursor, "links of the last snapshot are in the cache");
    Ok(follower)
}

fn cache_settings(cache: &CacheConfig) -> CacheSettings {
    CacheSettings {
        links_max: cache.links_max as u64,
        absent_max: cache.absent_max as u64,
        absent_ttl: cache.absent_ttl,
        soft_age: cache.soft_age,
        hard_age: cache.hard_age,
        loads_max: cache.loads_max,
        load_budget: cache.load_budget,
    }
}

fn edge_limits(edge: &EdgeConfig, threads: usize) -> EdgeLimits {
    EdgeLimits {
        connections_max: edge.connections_max.div_ceil(threads),
        connections_per_address_max: edge.connections_per_address_max,
        timeouts: Timeouts {
            header: edge.header_timeout,
            idle: edge.idle_timeout,
            write: edge.write_timeout,
            request: edge.request_timeout,
            age: edge.connection_age_max,
        },
    }
}

fn gauges(cache: &Arc<LinkCache>, clicks: &Arc<Clicks>, health: &Arc<Health>) -> Vec<Gauge> {
    let (cache, clicks, health) = (Arc::clone(cache), Arc::clone(clicks), Arc::clone(health));
    let is_up = move || f64::from(u8::from(health.store() == StoreHealth::Up));
    vec![
        Gauge {
            name: "cached_links",
            help: "Links in the cache",
            read: Box::new(move || cache.len() as f64),
        },
        Gauge {
            name: "click_counters",
            help: "Links whose clicks are counted",
            read: Box::new(move || clicks.len() as f64),
        },
        Gauge { name: "store_up", help: "1 while the store answers", read: Box::new(is_up) },
    ]
}
