//! What is asked.

use super::buckets::Interval;
use super::zone::Zone;
use crate::model::dimension::Dimension;
use crate::model::id::SubjectId;
use crate::store::stats::{Filter, Scope, Span};

/// A question about clicks.
#[derive(Debug, Clone)]
pub struct Question {
    /// Whose clicks.
    pub scope: Scope,
    /// When they were made, in whole quarter hours.
    pub span: Span,
    /// Whose days and hours are meant.
    pub zone: Zone,
    /// How the series is cut.
    pub interval: Interval,
    /// Which clicks.
    pub filter: Filter,
    /// Whether all clicks under the filter's domain are the scope's: then their sums answer.
    pub owns_domain: bool,
    /// By what clicks are told apart.
    pub dimensions: Vec<Dimension>,
    /// Values of a dimension at most.
    pub values_max: u32,
}

impl Question {
    /// Whose sums answer it; nothing when only visits can.
    #[must_use]
    pub fn summed_for(&self) -> Option<SubjectId> {
        if self.filter.has_values() {
            return None;
        }
        match self.filter.domain {
            None => Some(self.scope.subject()),
            Some(domain) => self.owns_domain.then(|| domain.into()),
        }
    }
}
