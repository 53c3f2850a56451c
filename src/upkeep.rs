//! Upkeep, once an hour: what is kept for a while is forgotten or folded afterwards.

use std::time::Duration;

use crate::model::time::Millis;
use crate::store::stats::{self, Kept};
use crate::store::{
    Error, Store, changes, claims, clicks, facts, idempotency, invitations, sessions,
};

const INTERVAL: Duration = Duration::from_secs(3600);

/// How long first answers to idempotent requests are kept.
const ANSWERS_KEPT: Duration = Duration::from_secs(24 * 3600);

/// How long the claims on links with a limit are kept: far longer than anybody tries one again.
const CLAIMS_KEPT: Duration = Duration::from_secs(24 * 3600);

/// How long invitations are kept after their end.
const INVITATIONS_KEPT: Duration = Duration::from_secs(30 * 24 * 3600);

/// How long the position of a stream is kept after it last moved. Longer than any node rests: clicks
/// of a stream that was forgotten count again if they are still in its journal.
const STREAMS_KEPT: Duration = Duration::from_secs(400 * 24 * 3600);

/// Runs for ever.
pub async fn run(store: Store, kept: Kept) {
    let mut interval = tokio::time::interval(INTERVAL);
    interval.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    let mut folded = None;
    loop {
        interval.tick().await;
        if let Err(error) = once(&store, kept, &mut folded).await {
            let why = crate::telemetry::in_full(&error);
            tracing::warn!(%why, "upkeep of the store failed and is tried again in an hour");
        }
    }
}

/// Forgets and folds what is older than it has to be kept, by the store's clock. `folded` remembers
/// from call to call up to which day hours have been folded: there is something to do once a day.
///
/// # Errors
/// [`Error::Unavailable`].
pub async fn once(store: &Store, kept: Kept, folded: &mut Option<Millis>) -> Result<(), Error> {
    let now: Millis = facts::now(store).await?;
    changes::forget(store, now.before(changes::KEPT)).await?;
    idempotency::forget(store, now.before(ANSWERS_KEPT)).await?;
    claims::forget(store, now.before(CLAIMS_KEPT)).await?;
    sessions::forget(store).await?;
    invitations::forget(store, now.before(INVITATIONS_KEPT)).await?;
    clicks::forget_streams(store, now.before(STREAMS_KEPT)).await?;
    stats::forget_visits(store, now.before(kept.visits)).await?;
    let hours_since = kept.hours_since(now);
    if *folded != Some(hours_since) {
        stats::fold_hours(store, hours_since).await?;
        *folded = Some(hours_since);
    }
    Ok(())
}
