//! Sums of a subject over time.

use super::span::Span;
use crate::model::click::ClickCount;
use crate::model::id::SubjectId;
use crate::model::time::Millis;
use crate::params;
use crate::store::{Error, Row, Store};

/// How a series is cut: into pieces of `width_ms`, the first of which begins `offset_ms` before the
/// epoch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Grid {
    /// What the clocks of a time zone are ahead of UTC.
    pub offset_ms: i64,
    /// The length of a piece.
    pub width_ms: i64,
}

/// Clicks of one piece.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Point {
    /// A moment in the piece: that of its first clicks.
    pub at: Millis,
    /// How many.
    pub count: ClickCount,
}

/// The clicks of a subject in each piece of a span, in no order; pieces without any are left out.
///
/// A quarter hour belongs to the piece that it begins in. The caller sees to it that the pieces are
/// not too many.
///
/// # Errors
/// [`Error::Unavailable`].
pub async fn series(
    store: &Store,
    subject: SubjectId,
    span: Span,
    grid: Grid,
) -> Result<Vec<Point>, Error> {
    let rows = store
        .query(
            "SELECT MIN(quarter), CAST(SUM(people) AS BIGINT), CAST(SUM(bots) AS BIGINT)
             FROM click_quarters WHERE subject_id = $1 AND quarter >= $2 AND quarter < $3
             GROUP BY (quarter + $4) / $5",
            params![subject, span.from, span.to, grid.offset_ms, grid.width_ms],
        )
        .await?;
    rows.iter().map(point).collect()
}

/// Reads a moment, people and bots.
pub(super) fn point(row: &Row) -> Result<Point, Error> {
    let count = ClickCount { people: row.count(1)?, bots: row.count(2)? };
    Ok(Point { at: Millis::from_epoch(row.int(0)?), count })
}
