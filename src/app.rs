//! The whole server, put together: reads as a list.

use std::time::Duration;

use anyhow::Context;

use crate::accounts::key::{ApiKey, SCOPE_ADMIN};
use crate::config::Config;
use crate::model::id::StoreId;
use crate::shutdown::Signals;
use crate::store::keys::NewKey;
use crate::store::{Store, facts};
use crate::{node, telemetry};

mod announce;
mod counting;
mod descriptors;
mod ports;
mod rooms;
mod running;

/// Runs the server until it is told to leave.
///
/// # Errors
/// Something it needs cannot be had, or clicks could not be written at the end.
pub fn serve(config: &Config) -> anyhow::Result<()> {
    telemetry::start(telemetry::filter(&config.log.level)?, config.log.format);
    let config = &descriptors::within(config, descriptors::raise());
    let background = tokio::runtime::Builder::new_multi_thread()
        .thread_name("background")
        .worker_threads(cores_or(config.admin.threads))
        .enable_all()
        .build()
        .context("cannot start the background threads")?;
    let served = background.block_on(run(config));
    // Tasks that still wait for a database must not hold the exit up.
    background.shutdown_timeout(Duration::from_millis(100));
    served
}

async fn run(config: &Config) -> anyhow::Result<()> {
    let mut signals = Signals::listen().context("cannot listen for signals")?;
    let ports = ports::Ports::open(config).await?;
    let addresses = ports.addresses;

    let data_dir = &config.data.dir;
    node::prepare(data_dir)?;
    let node = node::identity(data_dir)?;
    let store = Store::open(&config.store.location, data_dir, config.store.limits())?;
    let migrated = store.migrate().await.with_context(|| store.describe())?;
    tracing::info!(store = store.describe(), migrated, %node, "the store is open");
    let (store_id, first_key) = found(&store).await?;

    let owner = rooms::Owner { node, store_id };
    let rooms = rooms::Rooms::build(config, &store, owner, addresses).await?;
    let running = running::Running::start(config, ports, rooms, store.clone())?;
    announce::announce(addresses, &store, data_dir, first_key.as_ref())?;

    let (signal, _) = signals.next().await;
    let grace = config.shutdown.grace;
    tracing::info!(?grace, "{signal}: leaving");
    signals.hurry();
    running.leave(grace).await
}

/// Gives an empty store what it needs, and a first key; returns the store's id.
async fn found(store: &Store) -> anyhow::Result<(StoreId, Option<ApiKey>)> {
    let key = ApiKey::random();
    let first = NewKey {
        name: "first key".to_owned(),
        prefix: key.prefix().to_owned(),
        digest: key.digest(),
        scopes: SCOPE_ADMIN.to_owned(),
        expires_at: None,
    };
    let founding = facts::found(store, Some(first)).await?;
    Ok((founding.store, founding.is_new.then_some(key)))
}

/// This many threads, or for 0 one a core.
fn cores_or(threads: usize) -> usize {
    if threads > 0 {
        return threads;
    }
    std::thread::available_parallelism().map_or(1, usize::from)
}
