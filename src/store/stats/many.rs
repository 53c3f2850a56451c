//! Sums of many links over time.

use super::series::{Grid, Point, point};
use super::span::Span;
use crate::model::id::LinkId;
use crate::params;
use crate::store::links::{AT_ONCE, repeated};
use crate::store::{Error, Row, Store};

/// The clicks of each of these links in each piece of a span, in no order; pieces without any are
/// left out. The caller sees to it that links and pieces are not too many.
///
/// # Errors
/// [`Error::Unavailable`].
pub async fn series_of_many(
    store: &Store,
    links: &[LinkId],
    span: Span,
    grid: Grid,
) -> Result<Vec<(LinkId, Point)>, Error> {
    let mut points = Vec::new();
    for some in links.chunks(AT_ONCE) {
        let asked = params![span.from, span.to, grid.offset_ms, grid.width_ms];
        let rows = store
            .query(
                "SELECT MIN(quarter), CAST(SUM(people) AS BIGINT), CAST(SUM(bots) AS BIGINT),
                        subject_id
                 FROM click_quarters
                 WHERE quarter >= $1 AND quarter < $2
                   AND subject_id IN ($5, $6, $7, $8, $9, $10, $11, $12, $13, $14,
                                      $15, $16, $17, $18, $19, $20, $21, $22, $23, $24,
                                      $25, $26, $27, $28, $29, $30, $31, $32, $33, $34,
                                      $35, $36, $37, $38, $39, $40, $41, $42, $43, $44,
                                      $45, $46, $47, $48, $49, $50, $51, $52, $53, $54)
                 GROUP BY subject_id, (quarter + $3) / $4",
                asked.into_iter().chain(repeated(some)).collect(),
            )
            .await?;
        let read = |row: &Row| Ok((LinkId::from_stored(row.int(3)?), point(row)?));
        points.extend(rows.iter().map(read).collect::<Result<Vec<_>, Error>>()?);
    }
    Ok(points)
}
