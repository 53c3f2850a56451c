//! Which visits are meant.

use crate::model::click::Audience;
use crate::model::dimension::{Dimension, Values};
use crate::model::id::{DomainId, LinkId, WorkspaceId};
use crate::store::Value;
use crate::store::stats::Tagged;

/// Whose visits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Scope {
    /// Those of one link.
    Link(LinkId),
    /// Those of all links of a workspace.
    Workspace(WorkspaceId),
    /// Those of the links that have a tag now.
    Tag(Tagged),
}

/// What visits must have, all of it at once. The default is met by all.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Filter {
    /// Made by these.
    pub audience: Option<Audience>,
    /// Made under this domain.
    pub domain: Option<DomainId>,
    /// With these values; an empty text stands for "not known".
    pub values: Values,
}

impl Filter {
    /// Whether it asks for values of dimensions.
    #[must_use]
    pub fn has_values(&self) -> bool {
        self.values.known().next().is_some()
    }

    /// The parameters `$4` to `$18` of every statement that matches visits.
    pub(super) fn params(&self) -> impl Iterator<Item = Value> {
        let audience = self.audience.map(|audience| i64::from(audience == Audience::Bots));
        let value = |dimension| self.values.get(dimension).map(ToString::to_string);
        let values = Dimension::ALL.into_iter().map(move |dimension| Value::from(value(dimension)));
        [Value::from(audience), Value::from(self.domain)].into_iter().chain(values)
    }
}
