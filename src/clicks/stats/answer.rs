//! The answer, and what makes it approximate.

use super::breakdown::Breakdown;
use super::buckets::{Bucket, Buckets, TooManyBuckets};
use super::question::Question;
use super::{slices, sums};
use crate::model::click::ClickCount;
use crate::model::dimension::Dimension;
use crate::model::time::Millis;
use crate::store::stats::Kept;
use crate::store::{self, Store};

/// What was found out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// Clicks of the whole period.
    pub total: ClickCount,
    /// Visitors, each once a UTC day, the days summed; nothing where they are not known.
    pub visitors: Option<u64>,
    /// The period bucket by bucket, empty ones included.
    pub series: Vec<Bucket>,
    /// The dimensions that were asked for.
    pub dimensions: Vec<(Dimension, Breakdown)>,
    /// What should be known about the figures.
    pub notes: Vec<Note>,
}

/// Something that should be known about an answer's figures.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Note {
    /// The filter looks at visits, and those from before this moment are gone.
    VisitsSince(Millis),
    /// The period begins or ends within an hour, or within a day that has been folded: at its edges,
    /// dimensions count those whole.
    WholeHours,
    /// A dimension has so many values that rare ones may be among the others.
    ManyValues,
}

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub enum StatsError {
    /// Ask for a longer interval or a shorter period.
    #[error(transparent)]
    TooManyBuckets(#[from] TooManyBuckets),
    /// Ask for a shorter period.
    #[error(
        "a filter looks at each visit, and the period has {clicks} clicks: {max} can be looked at"
    )]
    TooManyVisits {
        /// Clicks of the period.
        clicks: u64,
        /// As many can be looked at.
        max: u64,
    },
    /// The store did not answer.
    #[error("the store did not answer")]
    Store(#[from] store::Error),
}

/// Answers a question as of `now`.
///
/// # Errors
/// The question asks for too much, or the store does not answer.
pub async fn answer(
    store: &Store,
    question: &Question,
    kept: Kept,
    now: Millis,
) -> Result<Answer, StatsError> {
    let buckets = Buckets::of(&question.zone, question.interval, question.span)?;
    match question.summed_for() {
        Some(summed) => Ok(sums::answer(store, question, &summed, buckets, kept, now).await?),
        None => slices::answer(store, question, buckets, kept, now).await,
    }
}

impl Answer {
    /// Whether figures may be off at the edges of the period.
    #[must_use]
    pub fn is_approximate(&self) -> bool {
        !self.notes.is_empty()
    }
}
