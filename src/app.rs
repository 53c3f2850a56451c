//! The whole server, put together: reads as a list.

use std::time::Duration;

use anyhow::Context;

use crate::config::Config;
use crate::shutdown::{Signals, Told};
use crate::store::Store;
use crate::{node, priority, telemetry};

mod announce;
mod counting;
mod descriptors;
mod opening;
mod people;
mod ports;
mod reload;
mod rooms;
mod running;
pub mod set_up;

pub use reload::Reread;

/// Runs the server until it is told to leave. `reread` is asked for the configuration at each
/// `SIGHUP`.
///
/// # Errors
/// Something it needs cannot be had, or clicks could not be written at the end.
pub fn serve(config: &Config, reread: Reread<'_>) -> anyhow::Result<()> {
    let filter = telemetry::start(telemetry::filter(&config.log.level)?, config.log.format);
    let allowed = descriptors::raise();
    let within = descriptors::within(config, allowed);
    let reloads = reload::Reloads::new(reread, config.clone(), &within, allowed, filter);
    let background = tokio::runtime::Builder::new_multi_thread()
        .thread_name("background")
        .worker_threads(cores_or(config.admin.threads))
        // Edge threads come from the main thread, and go first.
        .on_thread_start(priority::stand_back)
        .enable_all()
        .build()
        .context("cannot start the background threads")?;
    let served = background.block_on(run(&within, reloads));
    // Tasks that still wait for a database must not hold the exit up.
    background.shutdown_timeout(Duration::from_millis(100));
    served
}

async fn run(config: &Config, mut reloads: reload::Reloads<'_>) -> anyhow::Result<()> {
    let mut signals = Signals::listen().context("cannot listen for signals")?;
    let ports = ports::Ports::open(config).await?;
    let addresses = ports.addresses;

    let data_dir = &config.data.dir;
    node::prepare(data_dir)?;
    let node = node::identity(data_dir)?;
    let journal = counting::directory(data_dir)?;
    let snapshot = rooms::left_behind(config);
    let store = Store::open(&config.store.location, data_dir, config.store.limits())?;
    let role = config.node.role;
    let opened = opening::open(store, snapshot, config.store.start_wait, role).await?;
    let opening::Opened { store, store_id, given, snapshot, away } = opened;
    tracing::info!(%node, store = %store_id, is_away = away.is_some(), "starting");

    let owner = rooms::Owner { node, store_id };
    let links = rooms::Left { snapshot, is_away: away.is_some() };
    let edge = reloads.edge();
    let rooms = rooms::Rooms::build(config, &store, owner, addresses, journal, links, edge).await?;
    let running = running::Running::start(config, ports, rooms, store.clone())?;
    announce::announce(config, addresses, &store, away.is_some(), &given)?;

    let mut failure = std::pin::pin!(opening::failure(away));
    let failed = loop {
        tokio::select! {
            told = signals.next() => match told {
                Told::Reload => reloads.reload(),
                Told::Leave(signal, _) => {
                    tracing::info!(grace = ?reloads.grace(), "{signal}: leaving");
                    break Ok(());
                }
            },
            error = &mut failure => break Err(error),
        }
    };
    signals.hurry();
    running.leave(reloads.grace()).await?;
    failed
}

/// This many threads, or for 0 one a core.
fn cores_or(threads: usize) -> usize {
    if threads > 0 {
        return threads;
    }
    std::thread::available_parallelism().map_or(1, usize::from)
}
