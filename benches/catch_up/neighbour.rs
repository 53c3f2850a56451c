//! Another client that writes now and then, and how long it waits.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use anyhow::Result;
use carom::model::id::{LinkId, WorkspaceId};
use carom::model::time::{DAY_MS, Millis};
use carom::store::sketches::{self, SketchKey, SketchRow};
use carom::store::{Error, Store};
use hdrhistogram::Histogram;
use tokio::task::JoinHandle;

/// Often enough to meet many transactions, seldom enough not to weigh.
const EVERY: Duration = Duration::from_millis(50);

/// The client.
pub(crate) struct Neighbour {
    stop: Arc<AtomicBool>,
    task: JoinHandle<Result<Histogram<u64>, Error>>,
}

impl Neighbour {
    /// Writes a small row every so often.
    pub(crate) fn start(store: Store, workspace: WorkspaceId) -> Self {
        let stop = Arc::new(AtomicBool::new(false));
        let task = tokio::spawn(write(store, workspace, Arc::clone(&stop)));
        Self { stop, task }
    }

    /// Milliseconds that each write took.
    pub(crate) async fn stop(self) -> Result<Histogram<u64>> {
        self.stop.store(true, Ordering::Relaxed);
        Ok(self.task.await??)
    }
}

async fn write(
    store: Store,
    workspace: WorkspaceId,
    stop: Arc<AtomicBool>,
) -> Result<Histogram<u64>, Error> {
    let mut times = Histogram::new_with_bounds(1, 600_000, 3).expect("valid bounds");
    let mut day = 0;
    while !stop.load(Ordering::Relaxed) {
        tokio::time::sleep(EVERY).await;
        let began = Instant::now();
        // A row of its own each time: a key that nothing else has.
        let key = SketchKey { link: LinkId::from_stored(1), day: Millis::from_epoch(day * DAY_MS) };
        let row = SketchRow { key, workspace, sketch: vec![0] };
        sketches::merge(&store, vec![row], |_, _| None).await?;
        times.saturating_record(began.elapsed().as_millis() as u64);
        day += 1;
    }
    Ok(times)
}
