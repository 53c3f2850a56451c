//! The rooms of a server, built from its configuration and its store.

use std::sync::Arc;

use anyhow::Context;
use arc_swap::ArcSwap;
use tokio::runtime::Handle;
use tokio::sync::Mutex;

use super::counting::{Counting, Place, Shared};
use super::people;
use super::ports::{Addresses, edge_threads};
use crate::accounts::attempts::Attempts;
use crate::accounts::password::Passwords;
use crate::admin::live::Live;
use crate::admin::rate::RateLimits;
use crate::admin::serve::Limits as AdminLimits;
use crate::admin::sign_in::SignIn;
use crate::admin::state::AdminState;
use crate::backup::{Plan, Scheduled};
use crate::cache::domains::Domains;
use crate::cache::follower::{Follower, FollowerParts};
use crate::cache::load::{Background, Loader};
use crate::cache::snapshot::keeper::SnapshotSettings;
use crate::cache::snapshot::{self, Snapshot, SnapshotKeeper};
use crate::cache::{CacheSettings, LinkCache};
use crate::clicks::Clicks;
use crate::clicks::journal::directory::Directory;
use crate::config::{BackupConfig, CacheConfig, Config, EdgeConfig};
use crate::dns::Dns;
use crate::edge::deadline::Timeouts;
use crate::edge::{EdgeLimits, EdgeParts, EdgeSettings, FrontSize};
use crate::forwarded::TrustedProxies;
use crate::hashing::Hashing;
use crate::health::{Health, StoreHealth};
use crate::links::ShortUrls;
use crate::metrics::{BackupMetrics, CacheMetrics, ClickMetrics, EdgeMetrics, Gauge, Metrics};
use crate::model::id::{NodeId, StoreId};
use crate::store::Store;
use crate::store::doorbell::Doorbell;

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
    pub(super) backups: Scheduled,
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
        edge: Arc<ArcSwap<EdgeSettings>>,
    ) -> anyhow::Result<Self> {
        let health = Arc::new(Health::default());
        let clicks = Arc::new(Clicks::default());
        let cache_metrics = Arc::new(CacheMetrics::default());
        let click_metrics = Arc::new(ClickMetrics::default());
        let threads = edge_threads(config);
        let edge_metrics: Vec<_> = (0..threads).map(|_| Arc::new(EdgeMetrics::default())).collect();

        let data_dir = &config.data.dir;
        let short_urls = short_urls(config, addresses);
        let domains = match &left.snapshot {
            Some(snapshot) if left.is_away => {
                Domains::of(snapshot.domains(), short_urls.bases())
                    .context("the snapshot of links has no default domain")?
            }
            _ => Domains::load(store, short_urls.bases()).await?,
        };
        let domains = Arc::new(domains);
        let settings = cache_settings(&config.cache, config.store.redirect_connections);
        let hashing = Hashing::start();
        let loader = Loader::new(
            store.clone(),
            Arc::clone(&domains),
            Arc::clone(&clicks),
            Arc::clone(&health),
            Arc::clone(&cache_metrics),
            Background { tasks: Handle::current(), hashing: hashing.clone() },
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
            gauges(&cache, &clicks, &health, &follower.doorbell()),
        );
        let public_url = config.admin.public_url_or(addresses.admin);
        let admin = AdminState {
            store: store.clone(),
            cache: Arc::clone(&cache),
            clicks,
            clicks_kept: config.clicks.kept,
            domains: Arc::clone(&domains),
            short_urls,
            code_length: config.links.code_length,
            dns: Dns::new(config.domains.resolver),
            provider: people::provider(config, &public_url),
            mailer: people::mailer(config),
            sign_in: SignIn {
                passwords: Passwords::new(hashing),
                attempts: Attempts::default(),
                set_up: Mutex::new(()),
                public_url,
            },
            live: Live::default(),
            health: Arc::clone(&health),
            node: owner.node,
            metrics: Arc::new(metrics),
        };
        Ok(Self {
            edge: EdgeParts {
                cache,
                domains,
                front: FrontSize { links_max: settings.links_max, bytes: config.cache.front_bytes },
                settings: edge,
            },
            edge_metrics,
            admin: Arc::new(admin),
            admin_limits: AdminLimits {
                connections_max: config.admin.connections_max,
                body_bytes_max: config.admin.body_bytes_max,
                request_timeout: config.admin.request_timeout,
                has_api: config.node.role.administers(),
                rates: RateLimits {
                    reads: config.admin.reads_per_minute_max,
                    writes: config.admin.writes_per_minute_max,
                    network: config.admin.network_requests_per_minute_max,
                },
                proxies: TrustedProxies {
                    networks: config.admin.trusted_proxies.clone(),
                    header: config.admin.forwarded_header,
                },
            },
            follower,
            counting,
            backups,
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
    if let Err(error) = follower.read(None).await {
        health.store_failed(&error);
    }
    tracing::info!(links, %cursor, "links of the last snapshot are in the cache");
    Ok(follower)
}

fn cache_settings(cache: &CacheConfig, at_store_max: usize) -> CacheSettings {
    CacheSettings {
        links_max: cache.links_max as u64,
        absent_max: cache.absent_max as u64,
        absent_ttl: cache.absent_ttl,
        soft_age: cache.soft_age,
        hard_age: cache.hard_age,
        loads_max: cache.loads_max,
        at_store_max,
        loads_per_second_max: cache.loads_per_second_max,
        load_budget: cache.load_budget,
    }
}

/// What the edge goes by.
pub(super) fn edge_settings(config: &Config) -> EdgeSettings {
    EdgeSettings {
        limits: edge_limits(&config.edge, edge_threads(config)),
        proxies: TrustedProxies {
            networks: config.edge.trusted_proxies.clone(),
            header: config.edge.forwarded_header,
        },
    }
}

fn backup_plan(config: &Config) -> Plan {
    let BackupConfig { every, directory, kept } = config.backup.clone();
    let directory = directory.unwrap_or_else(|| config.data.dir.join("backups"));
    Plan { every, directory, kept }
}

fn edge_limits(edge: &EdgeConfig, threads: usize) -> EdgeLimits {
    EdgeLimits {
        connections_max: edge.connections_max.div_ceil(threads.max(1)),
        connections_per_address_max: edge.connections_per_address_max,
        misses_per_address_per_second_max: edge.misses_per_address_per_second_max,
        timeouts: Timeouts {
            header: edge.header_timeout,
            idle: edge.idle_timeout,
            write: edge.write_timeout,
            request: edge.request_timeout,
            age: edge.connection_age_max,
        },
    }
}

fn gauges(
    cache: &Arc<LinkCache>,
    clicks: &Arc<Clicks>,
    health: &Arc<Health>,
    doorbell: &Arc<Doorbell>,
) -> Vec<Gauge> {
    let (cache, clicks, health) = (Arc::clone(cache), Arc::clone(clicks), Arc::clone(health));
    let (changes, doorbell) = (Arc::clone(&health), Arc::clone(doorbell));
    let loading = Arc::clone(&cache);
    let is_up = move || f64::from(u8::from(health.store() == StoreHealth::Up));
    vec![
        Gauge {
            name: "cached_links",
            help: "Links in the cache",
            read: Box::new(move || cache.len() as f64),
        },
        Gauge {
            name: "loads_under_way",
            help: "Lookups under way",
            read: Box::new(move || loading.loads_under_way() as f64),
        },
        Gauge {
            name: "click_counters",
            help: "Links whose clicks are counted",
            read: Box::new(move || clicks.len() as f64),
        },
        Gauge {
            name: "change_lag_seconds",
            help: "Age of the last reading of the change log: what is older is known here",
            read: Box::new(move || changes.change_lag().as_secs_f64()),
        },
        Gauge {
            name: "change_doorbell_up",
            help: "1 while changes ring here; else the change log is read every second",
            read: Box::new(move || f64::from(u8::from(doorbell.is_heard()))),
        },
        Gauge { name: "store_up", help: "1 while the store answers", read: Box::new(is_up) },
    ]
}

fn short_urls(config: &Config, addresses: Addresses) -> ShortUrls {
    at(config, addresses).answering_for(&config.domains.default_hosts)
}

fn at(config: &Config, addresses: Addresses) -> ShortUrls {
    let Some(edge) = addresses.edge else {
        if config.links.public_url.is_none() {
            tracing::warn!(edge = %config.edge.listen, "short URLs begin with this node's `edge.listen`, where it does not answer: set `links.public_url`");
        }
        return ShortUrls::new(config.links.public_url_or(config.edge.listen));
    };
    ShortUrls::new(config.links.public_url_or(edge)).listening_on(edge)
}
