//! What a batch of clicks adds to the store: summed a key, in the order of the keys, so that nodes
//! which add to the same rows cannot deadlock.

use std::sync::Arc;

use crate::model::click::{Audience, ClickCount};
use crate::model::dimension::{Dimension, Values};
use crate::model::id::{DomainId, LinkId, StreamId, SubjectId, WorkspaceId};
use crate::model::time::Millis;

/// Clicks of one subject in one quarter hour.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ClickSum {
    /// What they are summed for.
    pub subject: SubjectId,
    /// The workspace that owned it then.
    pub workspace: WorkspaceId,
    /// The start of the quarter hour.
    pub quarter: Millis,
    /// How often.
    pub count: ClickCount,
}

/// Clicks of one subject in one hour that have one value of a dimension.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ValueSum {
    /// What they are summed for.
    pub subject: SubjectId,
    /// The workspace that owned it then.
    pub workspace: WorkspaceId,
    /// Of what they have a value.
    pub dimension: Dimension,
    /// The start of the hour.
    pub hour: Millis,
    /// The value.
    pub value: Arc<str>,
    /// How often.
    pub count: ClickCount,
}

/// One click, as it is kept while visits are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Visit {
    /// The link that was followed.
    pub link: LinkId,
    /// When.
    pub at: Millis,
    /// The stream it came in.
    pub stream: StreamId,
    /// Its place in the stream.
    pub sequence: u64,
    /// The workspace that owned the link then.
    pub workspace: WorkspaceId,
    /// The domain it was followed under.
    pub domain: DomainId,
    /// Who followed it.
    pub audience: Audience,
    /// A keyed hash that tells visitors of one day apart; 0 for none.
    pub visitor: u64,
    /// What else is known.
    pub values: Values,
}

/// Everything a batch adds.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ClickRows {
    /// By subject and quarter hour.
    pub sums: Vec<ClickSum>,
    /// By subject, dimension, hour and value.
    pub values: Vec<ValueSum>,
    /// By link, time and place in the stream.
    pub visits: Vec<Visit>,
}

impl ClickRows {
    /// Rows that are written, about: a sum stands in the totals as well.
    #[must_use]
    pub fn len(&self) -> usize {
        2 * self.sums.len() + self.values.len() + self.visits.len()
    }

    /// Whether nothing is added.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.sums.is_empty() && self.values.is_empty() && self.visits.is_empty()
    }
}
