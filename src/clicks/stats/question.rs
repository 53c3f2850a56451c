//! What is asked.

use super::buckets::Interval;
use super::zone::Zone;
use crate::model::click::Audience;
use crate::model::dimension::Dimension;
use crate::model::id::SubjectId;
use crate::store::stats::{Filter, Grid, Point, Scope, Span, Tagged, TopValues, series, values};
use crate::store::{Error, Store};

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
    /// Which sums answer it; nothing when only visits can.
    #[must_use]
    pub fn summed_for(&self) -> Option<Summed> {
        if self.filter.has_values() {
            return None;
        }
        match (self.filter.domain, &self.scope) {
            (None, scope) => Some(scope.into()),
            (Some(domain), Scope::Link(_) | Scope::Workspace(_)) => {
                self.owns_domain.then(|| Summed::Subject(domain.into()))
            }
            (Some(_), Scope::Tag(_)) => None,
        }
    }
}

/// What clicks were summed for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Summed {
    /// A link, a domain or a workspace.
    Subject(SubjectId),
    /// Each of the links that have a tag.
    Tag(Tagged),
}

impl From<&Scope> for Summed {
    fn from(scope: &Scope) -> Self {
        match scope {
            Scope::Link(link) => Self::Subject((*link).into()),
            Scope::Workspace(workspace) => Self::Subject((*workspace).into()),
            Scope::Tag(tagged) => Self::Tag(tagged.clone()),
        }
    }
}

impl Summed {
    /// Clicks in each piece of a span, in no order; empty pieces are left out.
    pub(super) async fn series(
        &self,
        store: &Store,
        span: Span,
        grid: Grid,
    ) -> Result<Vec<Point>, Error> {
        match self {
            Self::Subject(subject) => series(store, *subject, span, grid).await,
            Self::Tag(tagged) => tagged.series(store, span, grid).await,
        }
    }

    /// The most frequent values of a dimension.
    pub(super) async fn values(
        &self,
        store: &Store,
        dimension: Dimension,
        span: Span,
        audience: Option<Audience>,
        limit: u32,
    ) -> Result<TopValues, Error> {
        match self {
            Self::Subject(subject) => {
                values(store, *subject, dimension, span, audience, limit).await
            }
            Self::Tag(tagged) => tagged.values(store, dimension, span, audience, limit).await,
        }
    }
}
