//! Everything counted for a subject.

use crate::model::click::ClickCount;
use crate::model::id::SubjectId;
use crate::params;
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
