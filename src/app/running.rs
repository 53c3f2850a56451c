//! The rooms at work, and how they are left: in order, each with its share of the grace time.

use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context, bail};
use tokio::runtime::Handle;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use super::counting::Counting;
use super::ports::Ports;
use super::rooms::Rooms;
use crate::cache::snapshot::SnapshotKeeper;
use crate::clicks::flush::Flusher;
use crate::clicks::journal::keeper::Keeper;
use crate::config::Config;
use crate::edge::Edge;
use crate::health::Health;
use crate::store::Store;
use crate::{admin, priority, upkeep};

/// Of the grace time, the share that open requests may use; the last flush has the rest.
const DRAIN_SHARE: f64 = 0.7;

/// A running server.
pub(super) struct Running {
    store: Store,
    health: Arc<Health>,
    edge: Edge,
    admin: Stoppable<()>,
    /// Returns how many clicks the store has not got.
    flushes: Stoppable<u64>,
    /// Ends after the flushes: it takes back what they are done with.
    keeper: Keeper,
    /// Whether what the store has not got is on this machine's disk.
    is_journaled: bool,
    following: JoinHandle<()>,
    keeping: JoinHandle<()>,
    salting: JoinHandle<()>,
    saving: Option<JoinHandle<()>>,
    snapshots: Option<Arc<SnapshotKeeper>>,
    backing_up: JoinHandle<()>,
}

/// A task that ends after it was told to.
struct Stoppable<T> {
    task: JoinHandle<T>,
    stop: oneshot::Sender<()>,
}

impl<T: Send + 'static> Stoppable<T> {
    fn spawn<F: Future<Output = T> + Send + 'static>(work: impl FnOnce(StopSignal) -> F) -> Self {
        let (stop, stopped) = oneshot::channel();
        Self { task: tokio::spawn(work(StopSignal(stopped))), stop }
    }

    fn spawn_blocking(work: impl FnOnce(StopSignal) -> T + Send + 'static) -> Self {
        let (stop, stopped) = oneshot::channel();
        Self { task: tokio::task::spawn_blocking(move || work(StopSignal(stopped))), stop }
    }

    fn stop(self) -> JoinHandle<T> {
        // It may have ended by itself.
        let _ = self.stop.send(());
        self.task
    }
}

struct StopSignal(oneshot::Receiver<()>);

impl StopSignal {
    async fn wait(self) {
        let _ = self.0.await;
    }
}

impl Running {
    /// Sets everything to work.
    pub(super) fn start(
        config: &Config,
        ports: Ports,
        rooms: Rooms,
        store: Store,
    ) -> anyhow::Result<Self> {
        let Rooms {
            edge,
            edge_metrics,
            admin,
            admin_limits,
            follower,
            counting,
            backups,
            health,
            snapshots,
        } = rooms;
        let Counting { captures, flusher, keeper, is_journaled, salts } = counting;
        let runtime = Handle::current();
        let interval = config.clicks.flush_interval;
        let listener = ports.admin;
        Ok(Self {
            // A thread of its own: parsing user agents must hold nobody else up.
            flushes: Stoppable::spawn_blocking(move |stop| {
                priority::stand_back();
                runtime.block_on(Flusher::new(flusher).run(interval, stop.wait()))
            }),
            keeper,
            is_journaled,
            following: tokio::spawn(follower.run()),
            keeping: tokio::spawn(upkeep::run(store.clone(), config.clicks.kept)),
            salting: tokio::spawn(salts.run(store.clone())),
            saving: snapshots.clone().map(|keeper| tokio::spawn(keeper.run())),
            snapshots,
            backing_up: tokio::spawn(backups.run()),
            edge: Edge::start(ports.edge, &edge_metrics, captures, &edge)
                .context("cannot start the edge threads")?,
            admin: Stoppable::spawn(|stop| {
                admin::serve::serve(listener, admin, admin_limits, stop.wait())
            }),
            store,
            health,
        })
    }

    /// Leaves within `grace`: first open requests end, then the last clicks are written.
    pub(super) async fn leave(self, grace: Duration) -> anyhow::Result<()> {
        let began = Instant::now();
        let (drained, end) = (began + grace.mul_f64(DRAIN_SHARE), began + grace);
        self.health.drain();
        let admin = self.admin.stop();
        let cut_off = tokio::task::spawn_blocking(move || self.edge.drain(drained)).await?;
        if cut_off > 0 {
            tracing::warn!(cut_off, "connections were still busy at the end of their time");
        }
        if tokio::time::timeout_at(drained.into(), admin).await.is_err() {
            tracing::warn!("the admin listener was still busy at the end of its time");
        }
        self.following.abort();
        self.keeping.abort();
        self.salting.abort();
        if let Some(saving) = self.saving {
            saving.abort();
        }
        let saved = self.snapshots.map(|keeper| tokio::spawn(async move { keeper.save().await }));
        self.backing_up.abort();
        match tokio::time::timeout_at(end.into(), self.flushes.stop()).await {
            Ok(Ok(0)) => {}
            Ok(Ok(clicks)) if !self.is_journaled => {
                bail!("{clicks} clicks could not be written to the store and are lost")
            }
            Ok(Ok(clicks)) => {
                tracing::warn!(
                    clicks,
                    "clicks wait in the journal and are counted at the next start"
                );
            }
            _ if !self.is_journaled => {
                bail!("the last clicks could not be written to the store in time and are lost")
            }
            _ => tracing::warn!(
                "the last clicks wait in the journal and are counted at the next start"
            ),
        }
        drop(self.keeper);
        if let Some(saved) = saved
            && tokio::time::timeout_at(end.into(), saved).await.is_err()
        {
            tracing::warn!(
                "the last snapshot of links was not written in time: the one before stays"
            );
        }
        self.store.close().await;
        tracing::info!(took = ?began.elapsed(), "left");
        Ok(())
    }
}
