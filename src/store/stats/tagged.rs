//! Sums of the links that have a tag now.
//!
//! Clicks are summed by link, domain and workspace, and a link's tags change: what a tag's links have
//! is added up when it is asked for, by the keys of each link.

use super::series::{Grid, Point, point};
use super::span::Span;
use super::values::{TopValues, top};
use crate::model::click::Audience;
use crate::model::dimension::Dimension;
use crate::model::id::WorkspaceId;
use crate::model::tag::Tag;
use crate::params;
use crate::store::{Error, Store};

/// The links of a workspace that have a tag.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tagged {
    /// The workspace.
    pub workspace: WorkspaceId,
    /// The tag.
    pub tag: Tag,
}

impl Tagged {
    /// Their clicks in each piece of a span, as [`series`](super::series()) has them of one subject.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn series(&self, store: &Store, span: Span, grid: Grid) -> Result<Vec<Point>, Error> {
        let rows = store
            .query(
                "SELECT MIN(quarter), CAST(SUM(people) AS BIGINT), CAST(SUM(bots) AS BIGINT)
                 FROM click_quarters
                 WHERE subject_id IN
                       (SELECT link_id FROM link_tags WHERE workspace_id = $1 AND tag = $2)
                   AND quarter >= $3 AND quarter < $4
                 GROUP BY (quarter + $5) / $6",
                params![
                    self.workspace,
                    self.tag.as_str(),
                    span.from,
                    span.to,
                    grid.offset_ms,
                    grid.width_ms
                ],
            )
            .await?;
        rows.iter().map(point).collect()
    }

    /// The most frequent values of a dimension, as [`values`](super::values()) has them of one subject.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn values(
        &self,
        store: &Store,
        dimension: Dimension,
        span: Span,
        audience: Option<Audience>,
        limit: u32,
    ) -> Result<TopValues, Error> {
        let mut asked = params![self.workspace, self.tag.as_str()];
        asked.extend(super::values::asked(dimension, span, audience, limit));
        let rows = store
            .query(
                // No index: what is looked through is the inner answer, which keys lead to.
                "SELECT value, CAST(SUM(people) AS BIGINT), CAST(SUM(bots) AS BIGINT),
                        CAST(SUM(SUM(people)) OVER () AS BIGINT),
                        CAST(SUM(SUM(bots)) OVER () AS BIGINT)
                 FROM (SELECT value, people, bots FROM dimension_hours
                       WHERE subject_id IN
                             (SELECT link_id FROM link_tags WHERE workspace_id = $1 AND tag = $2)
                         AND dimension = $3 AND hour >= $4 AND hour < $5
                       UNION ALL
                       SELECT value, people, bots FROM dimension_days
                       WHERE subject_id IN
                             (SELECT link_id FROM link_tags WHERE workspace_id = $1 AND tag = $2)
                         AND dimension = $3 AND day >= $6 AND day < $7) AS sums
                 GROUP BY value ORDER BY SUM(people * $8 + bots * $9) DESC, value LIMIT $10",
                asked,
            )
            .await?;
        top(&rows)
    }
}
