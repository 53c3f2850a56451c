//! The rooms of a server, built from its configuration and its store.

use std::sync::Arc;

use tokio::runtime::Handle;
use url::Url;

use super::cores_or;
use super::counting::{Counting, Place, Shared};
use super::ports::Addresses;
use crate::admin::serve::Limits as AdminLimits;
use crate::admin::state::AdminState;
use crate::backup::{Plan, Scheduled};
use crate::cache::domains::Domains;
use crate::cache::follower::Follower;
use crate::cache::load::Loader;
use crate::cache::{CacheSettings, LinkCache};
use crate::clicks::Clicks;
use crate::config::{BackupConfig, CacheConfig, Config, EdgeConfig};
use crate::edge::deadline::Timeouts;
use crate::edge::{EdgeLimits, EdgeParts, FrontSize};
use crate::health::{Health, StoreHealth};
use crate::links::ShortUrls;
use crate::metrics::{BackupMetrics, CacheMetrics, ClickMetrics, EdgeMetrics, Gauge, Metrics};
use crate::model::id::{NodeId, StoreId};
use crate::store::Store;

/// Whose rooms they are.
#[derive(Clone, Copy)]
pub(super) struct Owner {
    pub(super) node: NodeId,
    pub(super) store_id: StoreId,
}

/// Everything that is not running yet.
pub(super) struct Rooms {
    pub(super) edge: EdgeParts,
    pub(super) edge_metrics: Vec<Arc<EdgeMetrics>>,
    pub(super) admin: Arc<AdminState>,
    pub(super) admin_limits: AdminLimits,
    pub(super) follower: Follower,
    pub(super) counting: Counting,
    pub(super) backups: Scheduled,
    pub(super) health: Arc<Health>,
}

impl Rooms {
    /// Builds them.
    pub(super) async fn build(
        config: &Config,
        store: &Store,
        owner: Owner,
        addresses: Addresses,
    ) -> anyhow::Result<Self> {
        let health = Arc::new(Health::default());
        let clicks = Arc::new(Clicks::default());
        let cache_metrics = Arc::new(CacheMetrics::default());
        let click_metrics = Arc::new(ClickMetrics::default());
        let threads = cores_or(config.edge.threads);
        let edge_metrics: Vec<_> = (0..threads).map(|_| Arc::new(EdgeMetrics::default())).collect();

        let domains = Arc::new(Domains::load(store).await?);
        let settings = cache_settings(&config.cache);
        let loader = Loader::new(
            store.clone(),
            Arc::clone(&clicks),
            Arc::clone(&health),
            Arc::clone(&cache_metrics),
            Handle::current(),
            settings,
        );
        let cache = Arc::new(LinkCache::new(settings, loader));
        let follower = Follower::begin(
            store.clone(),
            Arc::clone(&cache),
            Arc::clone(&domains),
            Arc::clone(&health),
            Arc::clone(&cache_metrics),
        )
        .await?;
        let place = Place {
            data_dir: &config.data.dir,
            node: owner.node,
            store_id: owner.store_id,
            threads,
        };
        let shared = Shared { store, clicks: &clicks, health: &health, metrics: &click_metrics };
        let counting = Counting::build(&config.clicks, &place, &shared).await?;
        let backup_metrics = Arc::new(BackupMetrics::default());
        let backups = Scheduled::new(
            backup_plan(config),
            store.clone(),
            owner.store_id,
            owner.node,
            Arc::clone(&backup_metrics),
        );
        let metrics = Metrics::new(
            edge_metrics.clone(),
            cache_metrics,
            click_metrics,
            backup_metrics,
            gauges(&cache, &clicks, &health),
        );
        let admin = AdminState {
            store: store.clone(),
            cache: Arc::clone(&cache),
            clicks,
            clicks_kept: config.clicks.kept,
            domains: Arc::clone(&domains),
            short_urls: ShortUrls::new(public_url(config, addresses)?),
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
            },
            edge_metrics,
            admin: Arc::new(admin),
            admin_limits: AdminLimits {
                body_bytes_max: config.admin.body_bytes_max,
                request_timeout: config.admin.request_timeout,
            },
            follower,
            counting,
            backups,
            health,
        })
    }
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

fn backup_plan(config: &Config) -> Plan {
    let BackupConfig { every, directory, kept } = config.backup.clone();
    let directory = directory.unwrap_or_else(|| config.data.dir.join("backups"));
    Plan { every, directory, kept }
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

fn public_url(config: &Config, addresses: Addresses) -> Result<Url, url::ParseError> {
    match &config.links.public_url {
        Some(url) => Ok(url.clone()),
        None => Url::parse(&format!("http://{}", addresses.edge)),
    }
}
