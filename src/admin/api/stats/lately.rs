//! What many links were followed in the last days: enough for a line beside each.

use std::collections::HashMap;

use crate::admin::problem::Problem;
use crate::admin::state::AdminState;
use crate::model::id::LinkId;
use crate::model::time::{DAY_MS, Millis};
use crate::store::stats::{Grid, Span, series_of_many};

/// UTC days, today included.
pub(in crate::admin) const DAYS: usize = 14;

/// Clicks of people a day, the oldest first, of those links that were followed at all.
pub(in crate::admin) async fn lately(
    state: &AdminState,
    links: &[LinkId],
) -> Result<HashMap<LinkId, [u64; DAYS]>, Problem> {
    let tomorrow = Millis::now().day().get() + DAY_MS;
    let begin = tomorrow - DAYS as i64 * DAY_MS;
    let span = Span { from: Millis::from_epoch(begin), to: Millis::from_epoch(tomorrow) };
    let by_day = Grid { offset_ms: 0, width_ms: DAY_MS };
    let points = series_of_many(&state.store, links, span, by_day).await;
    let mut days = HashMap::<LinkId, [u64; DAYS]>::new();
    for (link, point) in points.map_err(|error| state.fault(&error))? {
        let place = usize::try_from((point.at.get() - begin) / DAY_MS).unwrap_or_default();
        if let Some(day) = days.entry(link).or_insert([0; DAYS]).get_mut(place) {
            *day += point.count.people;
        }
    }
    Ok(days)
}
