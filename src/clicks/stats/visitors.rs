//! How many visitors there were: each is counted once a UTC day, since the key that tells them apart
//! changes with the day.

use super::question::Question;
use super::sums::VISITS_MAX;
use crate::store::stats::Span;
use crate::store::stats::matching::Matching;
use crate::store::{Error, Store};

/// Visitors of a question that asks for no more than an audience. Nothing when their visits are gone
/// or too many to be looked at for this alone.
pub(super) async fn of_all(
    store: &Store,
    question: &Question,
    clicks: u64,
    has_visits: bool,
) -> Result<Option<u64>, Error> {
    if !has_visits || clicks > VISITS_MAX {
        return Ok(None);
    }
    of_visits(store, question, &[question.span]).await.map(Some)
}

/// Visitors of the visits that are meant, slice by slice. Slices end at midnights of UTC.
pub(super) async fn of_visits(
    store: &Store,
    question: &Question,
    slices: &[Span],
) -> Result<u64, Error> {
    let mut visitors = 0;
    for &span in slices {
        let matching = Matching { scope: question.scope, span, filter: &question.filter };
        visitors += matching.visitors(store).await?;
    }
    Ok(visitors)
}
