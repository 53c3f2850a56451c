//! When the snapshot is written: every so often, and at the end.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use super::{Forgotten, Snapshot};
use crate::cache::LinkCache;
use crate::cache::domains::Domains;
use crate::model::id::StoreId;
use crate::telemetry::in_full;

/// The snapshot's file, in the data directory.
const FILE: &str = "link-snapshot";

/// The file of what was forgotten since.
const FORGOTTEN_FILE: &str = "forgotten-links";

/// How many links are kept for a start without the store, and how often.
#[derive(Debug, Clone, Copy)]
pub struct SnapshotSettings {
    /// Links at most; 0 for no snapshot.
    pub links_max: usize,
    /// Time between two snapshots.
    pub interval: Duration,
}

/// Writes snapshots of a cache.
pub struct SnapshotKeeper {
    cache: Arc<LinkCache>,
    domains: Arc<Domains>,
    forgotten: Arc<Forgotten>,
    store: StoreId,
    path: PathBuf,
    settings: SnapshotSettings,
    /// Held while the file is written: an aborted save goes on to its end.
    writing: Mutex<()>,
}

/// What an earlier process has left: its snapshot without what was changed since.
///
/// One that cannot be used is said once and left alone until the next one takes its place. Blocks.
#[must_use]
pub fn left_behind(data_dir: &Path) -> Option<Snapshot> {
    let path = data_dir.join(FILE);
    match Snapshot::read(&path) {
        Ok(mut snapshot) => {
            if let Some(snapshot) = &mut snapshot {
                forgotten(data_dir, snapshot.store()).leave_out(snapshot);
            }
            snapshot
        }
        Err(error) => {
            let (path, why) = (path.display(), in_full(&error));
            tracing::warn!(%path, %why, "the snapshot of links is not used");
            None
        }
    }
}

/// What was changed since this store's snapshot was written. Blocks.
#[must_use]
pub fn forgotten(data_dir: &Path, store: StoreId) -> Forgotten {
    Forgotten::open(data_dir.join(FORGOTTEN_FILE), store)
}

impl SnapshotKeeper {
    /// A keeper of this cache's links.
    #[must_use]
    pub fn new(
        cache: Arc<LinkCache>,
        domains: Arc<Domains>,
        forgotten: Arc<Forgotten>,
        store: StoreId,
        data_dir: &Path,
        settings: SnapshotSettings,
    ) -> Self {
        let path = data_dir.join(FILE);
        Self { cache, domains, forgotten, store, path, settings, writing: Mutex::new(()) }
    }

    /// Writes one every interval, for ever.
    pub async fn run(self: Arc<Self>) {
        let mut ticks = tokio::time::interval(self.settings.interval);
        ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        // The first tick is now, when nothing was asked for yet.
        ticks.tick().await;
        loop {
            ticks.tick().await;
            self.save().await;
        }
    }

    /// Writes one. A failure is said, and the older one stays.
    pub async fn save(self: &Arc<Self>) {
        // Both before the links are looked at: what changes meanwhile is forgotten once more.
        let (mark, cursor) = (self.forgotten.mark(), self.cache.cursor());
        let keeper = Arc::clone(self);
        let written = tokio::task::spawn_blocking(move || {
            let _writing = keeper.writing.lock().unwrap_or_else(PoisonError::into_inner);
            // Before the links are looked at, as well.
            let seen = keeper.cache.seen.ids();
            let links = keeper.cache.hottest(keeper.settings.links_max);
            let rows = links.iter().map(|link| link.row()).collect();
            let table = keeper.domains.table();
            let domains = table.others().chain([table.default_domain()]);
            Snapshot::new(keeper.store, cursor, &seen, domains, rows).write(&keeper.path)?;
            keeper.forgotten.keep_since(mark)
        });
        match written.await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => self.warn(&error),
            Err(error) => self.warn(&error),
        }
    }

    fn warn(&self, error: &(dyn std::error::Error + 'static)) {
        let (path, why) = (self.path.display(), in_full(error));
        tracing::warn!(%path, %why, "no snapshot of links could be written");
    }
}
