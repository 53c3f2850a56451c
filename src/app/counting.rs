//! A click's way, put together: the journal's directory, its keeper, the captures and the flusher.

use std::path::Path;
use std::sync::Arc;

use anyhow::Context;

use crate::clicks::Clicks;
use crate::clicks::backlog::Backlog;
use crate::clicks::capture::Capture;
use crate::clicks::enrich::EnrichSettings;
use crate::clicks::flush::FlusherParts;
use crate::clicks::journal::directory::{Directory, DirectoryError, JOURNAL};
use crate::clicks::journal::keeper::{Keeper, Owner};
use crate::clicks::journal::leftover::{self, Leftovers};
use crate::clicks::visitors::Salts;
use crate::config::ClicksConfig;
use crate::health::Health;
use crate::metrics::ClickMetrics;
use crate::model::id::{NodeId, StoreId};
use crate::store::Store;

/// Whose clicks are counted, and where.
pub(super) struct Place<'p> {
    pub(super) data_dir: &'p Path,
    /// The journal's directory; none if it cannot be used.
    pub(super) journal: Option<Directory>,
    pub(super) node: NodeId,
    pub(super) store_id: StoreId,
    pub(super) threads: usize,
}

/// What the clicks of other rooms need of this one.
pub(super) struct Shared<'s> {
    pub(super) store: &'s Store,
    pub(super) clicks: &'s Arc<Clicks>,
    pub(super) health: &'s Arc<Health>,
    pub(super) metrics: &'s Arc<ClickMetrics>,
}

/// The parts of a click's way, not running yet.
pub(super) struct Counting {
    pub(super) captures: Vec<Capture>,
    pub(super) flusher: FlusherParts,
    pub(super) keeper: Keeper,
    /// Whether there is a directory for it.
    pub(super) is_journaled: bool,
    pub(super) salts: Arc<Salts>,
}

impl Counting {
    /// Puts them together.
    pub(super) async fn build(
        config: &ClicksConfig,
        place: Place<'_>,
        shared: &Shared<'_>,
    ) -> anyhow::Result<Self> {
        let directory = place.journal;
        let owner = Owner {
            store: place.store_id,
            node: place.node,
            bytes_max: bytes_max(config.journal_bytes_max, directory.as_ref()),
        };
        let is_journaled = directory.is_some();
        let left = leftovers(directory.as_ref(), &owner);
        let (keeper, lanes, feed) = Keeper::start(directory, owner, place.threads)
            .context("cannot start the journal's thread")?;
        let salts = Arc::new(Salts::open(place.data_dir, place.store_id));
        if let Err(error) = salts.renew(shared.store).await {
            let why = crate::telemetry::in_full(&error);
            tracing::warn!(%why, "visitors are not told apart until the store gives a salt");
        }
        let capture = |lane| Capture::new(lane, Arc::clone(&salts));
        Ok(Self {
            captures: lanes.into_iter().map(capture).collect(),
            flusher: FlusherParts {
                store: shared.store.clone(),
                clicks: Arc::clone(shared.clicks),
                settling: shared.clicks.settle().await,
                health: Arc::clone(shared.health),
                metrics: Arc::clone(shared.metrics),
                node: place.node,
                enrich: EnrichSettings {
                    geo_database: config.geo_database.clone(),
                    agents_per_second_max: config.user_agents_per_second_max,
                },
                backlog: Backlog::new(left, feed, config.journal_kept),
            },
            keeper,
            is_journaled,
            salts,
        })
    }
}

/// Locks the journal's directory. If it cannot be used, that is said once: clicks keep only their
/// totals then.
///
/// # Errors
/// [`DirectoryError::Locked`]: another process works on the same data directory.
pub(super) fn directory(data_dir: &Path) -> Result<Option<Directory>, DirectoryError> {
    match Directory::open(&data_dir.join(JOURNAL)) {
        Ok(directory) => Ok(Some(directory)),
        Err(error @ DirectoryError::Locked(_)) => Err(error),
        Err(error) => {
            let why = crate::telemetry::in_full(&error);
            tracing::error!(%why, "there is no journal: clicks keep only their totals, and a crash costs the last second");
            Ok(None)
        }
    }
}

/// What was configured, or a tenth of the disk if that is less.
fn bytes_max(configured: u64, directory: Option<&Directory>) -> u64 {
    match directory.map(Directory::tenth_of_the_disk) {
        Some(Ok(tenth)) => configured.min(tenth),
        _ => configured,
    }
}

fn leftovers(directory: Option<&Directory>, owner: &Owner) -> Leftovers {
    let Some(directory) = directory else { return Leftovers::default() };
    leftover::sort(directory, owner).unwrap_or_else(|error| {
        tracing::error!(%error, "what an earlier process has left in the journal cannot be read");
        Leftovers::default()
    })
}
