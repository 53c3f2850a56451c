//! Statistics with a filter over all visits of a workspace.

use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::Result;
use carom::model::dimension::{Dimension, Values};
use carom::model::id::WorkspaceId;
use carom::model::time::{DAY_MS, Millis};
use carom::store::Store;
use carom::store::stats::matching::Matching;
use carom::store::stats::{Filter, Grid, Scope, Span};

const ROUNDS: usize = 3;

/// Asks for a series, the values of a dimension and the visitors, with one filter and with two.
pub(crate) async fn ask(store: &Store, workspace: WorkspaceId, visits: u64) -> Result<()> {
    let until = Millis::from_epoch(1_790_000_100_000 + DAY_MS);
    let span = Span { from: Millis::from_epoch(until.get() - 30 * DAY_MS), to: until };
    let scope = Scope::Workspace(workspace);
    let mut values = Values::default();
    for (dimension, value) in
        [(Dimension::UtmSource, "newsletter"), (Dimension::UtmCampaign, "campaign-3")]
    {
        values.set(dimension, Some(Arc::from(value)));
        let filter = Filter { values: values.clone(), ..Filter::default() };
        let matching = Matching { scope: &scope, span, filter: &filter };
        let grid = Grid { offset_ms: 0, width_ms: DAY_MS };
        let mut times = [Duration::MAX; 3];
        let mut found = 0;
        for _ in 0..ROUNDS {
            let began = Instant::now();
            let points = matching.series(store, grid).await?;
            times[0] = times[0].min(began.elapsed());
            found = points.iter().map(|point| point.count.total()).sum::<u64>();
            let began = Instant::now();
            matching.values(store, Dimension::Browser, 100).await?;
            times[1] = times[1].min(began.elapsed());
            let began = Instant::now();
            matching.visitors(store).await?;
            times[2] = times[2].min(began.elapsed());
        }
        let million = |time: Duration| time.as_secs_f64() * 1e3 * 1e6 / visits as f64;
        println!(
            "{} filters, {found} of {visits} visits, ms a million in range: series {:.0}, values \
             of a dimension {:.0}, visitors {:.0}",
            filter.values.known().count(),
            million(times[0]),
            million(times[1]),
            million(times[2]),
        );
    }
    Ok(())
}
