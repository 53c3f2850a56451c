//! A store opened for one command, its schema up to date.

use anyhow::Context;

use super::acting::Acting;
use crate::cache::domains::{DomainTable, Domains};
use crate::config::Config;
use crate::dns::Dns;
use crate::links::{Rules, ShortUrls};
use crate::model::id::{StoreId, WorkspaceId};
use crate::model::time::Millis;
use crate::store::{Store, facts};

/// What a command works with.
pub(super) struct Opened {
    pub(super) store: Store,
    pub(super) store_id: StoreId,
    /// The workspace to act in.
    pub(super) workspace: WorkspaceId,
    /// Whether it was named, so that others are out of sight.
    pub(super) is_confined: bool,
    pub(super) domains: Domains,
    pub(super) short_urls: ShortUrls,
    /// The store's clock.
    pub(super) now: Millis,
    /// Migrations that were applied on the way.
    pub(super) applied: usize,
    /// Proves domains.
    pub(super) dns: Dns,
    code_length: usize,
}

impl Opened {
    async fn prepare(store: &Store, config: &Config) -> anyhow::Result<Self> {
        let applied = store.migrate().await?;
        let founding = facts::found(store, None).await?;
        let public_url = config.links.public_url_or(config.edge.listen);
        let short_urls = ShortUrls::new(public_url)
            .listening_on(config.edge.listen)
            .answering_for(&config.domains.default_hosts);
        Ok(Self {
            store: store.clone(),
            store_id: founding.store,
            workspace: facts::default_workspace(store).await?,
            is_confined: false,
            domains: Domains::load(store, short_urls.bases()).await?,
            short_urls,
            now: facts::now(store).await?,
            applied,
            dns: Dns::new(config.domains.resolver),
            code_length: config.links.code_length,
        })
    }

    /// What links are checked against.
    pub(super) fn rules<'a>(&'a self, domains: &'a DomainTable) -> Rules<'a> {
        Rules {
            workspace: self.workspace,
            short_urls: &self.short_urls,
            domains,
            code_length: self.code_length,
            now: self.now,
        }
    }
}

/// Opens the configured store, does `work` with it and closes it.
pub(super) fn with_store(
    config: &Config,
    work: impl AsyncFnOnce(&Opened) -> anyhow::Result<()>,
) -> anyhow::Result<()> {
    with_workspace(config, &Acting::default(), work)
}

/// The same for a command that can be told in which workspace it acts.
pub(super) fn with_workspace(
    config: &Config,
    acting: &Acting,
    work: impl AsyncFnOnce(&Opened) -> anyhow::Result<()>,
) -> anyhow::Result<()> {
    with_bare_store(config, async |store| {
        let prepared = Opened::prepare(store, config).await;
        let mut opened = prepared.with_context(|| format!("cannot use {}", store.describe()))?;
        if let Some(named) = acting.named(store).await? {
            (opened.workspace, opened.is_confined) = (named.id, true);
        }
        work(&opened).await
    })
}

/// The same for a command that needs neither schema nor founding.
pub(super) fn with_bare_store(
    config: &Config,
    work: impl AsyncFnOnce(&Store) -> anyhow::Result<()>,
) -> anyhow::Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .context("cannot start a runtime")?;
    runtime.block_on(async {
        let store = Store::open(&config.store.location, &config.data.dir, config.store.limits())
            .context("cannot open the store")?;
        let done = work(&store).await;
        store.close().await;
        done
    })
}
