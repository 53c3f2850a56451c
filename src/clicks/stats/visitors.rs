//! How many visitors there were: each is counted once a UTC day, since the key that tells them apart
//! changes with the day.

use super::question::Question;
use super::sums::VISITS_MAX;
use crate::clicks::visitors::estimate;
use crate::model::click::Audience;

use crate::store::stats::matching::Matching;
use crate::store::stats::{Scope, Span};
use crate::store::{Error, Store, sketches};

/// Visitors of a question that asks for no more than an audience: those of its visits while they are
/// kept and few enough to be looked at for this alone; else, for a link, what its sketches estimate
/// of the UTC days that the period touches. Nothing where neither can say.
pub(super) async fn of_all(
    store: &Store,
    question: &Question,
    clicks: u64,
    has_visits: bool,
) -> Result<Option<u64>, Error> {
    if has_visits && clicks <= VISITS_MAX {
        return of_visits(store, question, &[question.span]).await.map(Some);
    }
    match (&question.scope, question.filter.audience) {
        // Programs are in no sketch.
        (Scope::Link(link), None | Some(Audience::People)) => {
            let Span { from, to } = question.span;
            let days = sketches::daily(store, *link, from.day(), to).await?;
            let known = days.iter().filter_map(|day| estimate(&day.sketch));
            Ok((!days.is_empty()).then(|| known.sum()))
        }
        _ => Ok(None),
    }
}

/// Visitors of the visits that are meant, slice by slice. Slices end at midnights of UTC.
pub(super) async fn of_visits(
    store: &Store,
    question: &Question,
    slices: &[Span],
) -> Result<u64, Error> {
    let mut visitors = 0;
    for &span in slices {
        let matching = Matching { scope: &question.scope, span, filter: &question.filter };
        visitors += matching.visitors(store).await?;
    }
    Ok(visitors)
}
