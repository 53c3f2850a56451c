//! Everything counted for a subject.

use std::collections::HashMap;

use crate::model::click::ClickCount;
use crate::model::id::{LinkId, SubjectId};
use crate::params;
use crate::store::links::{AT_ONCE, repeated};
use crate::store::{Error, Store};

/// Everything the store has counted for a link, a domain or a workspace.
///
/// # Errors
/// [`Error::Unavailable`].
pub async fn total(store: &Store, subject: impl Into<SubjectId>) -> Result<ClickCount, Error> {
    let rows = store
        .query(
            "SELECT people, bots FROM click_totals WHERE subject_id = $1",
            params![subject.into()],
        )
        .await?;
    rows.first().map_or(Ok(ClickCount::default()), |row| {
        Ok(ClickCount { people: row.count(0)?, bots: row.count(1)? })
    })
}

/// Everything the store has counted for each of these links, for those of which it has counted any.
///
/// # Errors
/// [`Error::Unavailable`].
pub async fn totals(store: &Store, links: &[LinkId]) -> Result<HashMap<LinkId, ClickCount>, Error> {
    let mut totals = HashMap::with_capacity(links.len());
    for some in links.chunks(AT_ONCE) {
        let rows = store
            .query(
                "SELECT subject_id, people, bots FROM click_totals
                 WHERE subject_id IN ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10,
                                      $11, $12, $13, $14, $15, $16, $17, $18, $19, $20,
                                      $21, $22, $23, $24, $25, $26, $27, $28, $29, $30,
                                      $31, $32, $33, $34, $35, $36, $37, $38, $39, $40,
                                      $41, $42, $43, $44, $45, $46, $47, $48, $49, $50)",
                repeated(some).collect(),
            )
            .await?;
        for row in &rows {
            let count = ClickCount { people: row.count(1)?, bots: row.count(2)? };
            totals.insert(LinkId::from_stored(row.int(0)?), count);
        }
    }
    Ok(totals)
}
