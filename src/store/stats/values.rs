//! The most frequent values of a dimension.

use super::span::Span;
use crate::model::click::{Audience, ClickCount};
use crate::model::dimension::Dimension;
use crate::model::id::SubjectId;
use crate::params;
use crate::store::{Error, Row, Store, Value};

/// Half an hour: an hour belongs to the span that holds its middle.
const HALF_HOUR_MS: i64 = 30 * 60 * 1000;

/// Half a day: likewise for folded days.
const HALF_DAY_MS: i64 = 12 * 60 * 60 * 1000;

/// One value, and how often it was met.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ValueCount {
    /// The value.
    pub value: String,
    /// How often.
    pub count: ClickCount,
}

/// The most frequent values of a dimension.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TopValues {
    /// Those that were asked for, the most frequent first.
    pub values: Vec<ValueCount>,
    /// Clicks that have any value. The rest of all clicks have none that is known.
    pub known: ClickCount,
}

/// The `limit` most frequent values of a dimension in a span, by the clicks of `audience` or of
/// everybody.
///
/// Hours and folded days are counted whole, in the span that holds their middle.
///
/// # Errors
/// [`Error::Unavailable`].
pub async fn values(
    store: &Store,
    subject: SubjectId,
    dimension: Dimension,
    span: Span,
    audience: Option<Audience>,
    limit: u32,
) -> Result<TopValues, Error> {
    let mut params = params![subject];
    params.extend(asked(dimension, span, audience, limit));
    let rows = store
        .query(
            // No index: what is looked through is the inner answer, which both keys lead to.
            "SELECT value, CAST(SUM(people) AS BIGINT), CAST(SUM(bots) AS BIGINT),
                    CAST(SUM(SUM(people)) OVER () AS BIGINT),
                    CAST(SUM(SUM(bots)) OVER () AS BIGINT)
             FROM (SELECT value, people, bots FROM dimension_hours
                   WHERE subject_id = $1 AND dimension = $2 AND hour >= $3 AND hour < $4
                   UNION ALL
                   SELECT value, people, bots FROM dimension_days
                   WHERE subject_id = $1 AND dimension = $2 AND day >= $5 AND day < $6) AS sums
             GROUP BY value ORDER BY SUM(people * $7 + bots * $8) DESC, value LIMIT $9",
            params,
        )
        .await?;
    top(&rows)
}

/// The parameters of a statement that asks for values, behind those that say whose.
pub(super) fn asked(
    dimension: Dimension,
    span: Span,
    audience: Option<Audience>,
    limit: u32,
) -> Vec<Value> {
    let (from, to) = (span.from.get(), span.to.get());
    let weight = |of| i64::from(audience.is_none_or(|audience| audience == of));
    params![
        dimension.number(),
        from - HALF_HOUR_MS,
        to - HALF_HOUR_MS,
        from - HALF_DAY_MS,
        to - HALF_DAY_MS,
        weight(Audience::People),
        weight(Audience::Bots),
        i64::from(limit)
    ]
}

/// Reads rows of a value, its people and bots, and those of all values.
pub(super) fn top(rows: &[Row]) -> Result<TopValues, Error> {
    let Some(first) = rows.first() else { return Ok(TopValues::default()) };
    let count = |row: &Row, place| {
        Ok::<_, Error>(ClickCount { people: row.count(place)?, bots: row.count(place + 1)? })
    };
    let read = |row: &Row| Ok(ValueCount { value: row.text(0)?, count: count(row, 1)? });
    Ok(TopValues {
        values: rows.iter().map(read).collect::<Result<_, Error>>()?,
        known: count(first, 3)?,
    })
}
