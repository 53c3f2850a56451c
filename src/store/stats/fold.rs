//! Old hours of dimensions become days: what is looked at by the day need not be kept by the hour.

use std::collections::BTreeMap;

use futures_util::future::BoxFuture;

use crate::model::click::ClickCount;
use crate::model::id::{SubjectId, WorkspaceId};
use crate::model::time::Millis;
use crate::params;
use crate::store::driver::{Lane, Tx};
use crate::store::{Error, Row, Store};

/// Hours that one transaction folds: some ten milliseconds of SQLite's only writer.
const CHUNK_ROWS: i64 = 500;

/// Folds the hours of all UTC days that end by `before`, and returns how many rows those were.
///
/// No sum changes, however many nodes fold at once and whatever is flushed meanwhile: an hour leaves
/// its table and enters its day in one transaction, with the count that it had when it left. An
/// hour that a late flush brings back is folded by the next call.
///
/// # Errors
/// [`Error::Unavailable`]; what was folded until then stays so.
pub async fn fold_hours(store: &Store, before: Millis) -> Result<u64, Error> {
    let before = before.day();
    let mut folded = 0;
    let mut subject = SubjectId::from_stored(0);
    // A subject at a time: without an index on time alone, the key leads to each one's oldest hours.
    while let Some(next) = next_subject(store, subject).await? {
        subject = next;
        if !has_old_hours(store, subject, before).await? {
            continue;
        }
        loop {
            let chunk = store.write(Lane::Background, (subject, before), fold_chunk).await?;
            if chunk == 0 {
                break;
            }
            folded += chunk;
        }
    }
    Ok(folded)
}

async fn next_subject(store: &Store, after: SubjectId) -> Result<Option<SubjectId>, Error> {
    let rows = store
        .query_for(
            Lane::Background,
            "SELECT MIN(subject_id) FROM dimension_hours WHERE subject_id > $1",
            params![after],
        )
        .await?;
    let id = rows.first().map_or(Ok(None), |row| row.opt_int(0))?;
    Ok(id.map(SubjectId::from_stored))
}

async fn has_old_hours(store: &Store, subject: SubjectId, before: Millis) -> Result<bool, Error> {
    let rows = store
        .query_for(
            Lane::Background,
            // All dimensions are named, so that each is one step into the key.
            "SELECT dimension FROM dimension_hours
             WHERE subject_id = $1 AND dimension IN (1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13)
               AND hour < $2 LIMIT 1",
            params![subject, before],
        )
        .await?;
    Ok(!rows.is_empty())
}

/// One value of one day.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct DayKey {
    dimension: i64,
    day: Millis,
    value: String,
}

fn fold_chunk(
    tx: &mut dyn Tx,
    (subject, before): (SubjectId, Millis),
) -> BoxFuture<'_, Result<u64, Error>> {
    Box::pin(async move {
        let rows = take_hours(tx, subject, before).await?;
        // Sorted, so two nodes folding the same days cannot deadlock.
        let mut days: BTreeMap<DayKey, (WorkspaceId, ClickCount)> = BTreeMap::new();
        for row in &rows {
            let (key, workspace, count) = read(row)?;
            days.entry(key).or_insert((workspace, ClickCount::default())).1.add(count);
        }
        for (key, (workspace, count)) in days {
            add_day(tx, subject, key, workspace, count).await?;
        }
        Ok(rows.len() as u64)
    })
}

/// Removes hours and returns them. Summing first and removing afterwards would lose what a flush
/// adds to an hour in between, and count twice what another node folds meanwhile.
async fn take_hours(
    tx: &mut dyn Tx,
    subject: SubjectId,
    before: Millis,
) -> Result<Vec<Row>, Error> {
    tx.query(
        "DELETE FROM dimension_hours
         WHERE subject_id = $1 AND (dimension, hour, value) IN (
             SELECT dimension, hour, value FROM dimension_hours
             WHERE subject_id = $1 AND dimension IN (1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13)
               AND hour < $2
             LIMIT $3)
         RETURNING dimension, hour, value, workspace_id, people, bots",
        params![subject, before, CHUNK_ROWS],
    )
    .await
}

fn read(row: &Row) -> Result<(DayKey, WorkspaceId, ClickCount), Error> {
    let day = Millis::from_epoch(row.int(1)?).day();
    let key = DayKey { dimension: row.int(0)?, day, value: row.text(2)? };
    let count = ClickCount { people: row.count(4)?, bots: row.count(5)? };
    Ok((key, WorkspaceId::from_stored(row.int(3)?), count))
}

async fn add_day(
    tx: &mut dyn Tx,
    subject: SubjectId,
    key: DayKey,
    workspace: WorkspaceId,
    count: ClickCount,
) -> Result<(), Error> {
    let stored = |count: u64| i64::try_from(count).unwrap_or(i64::MAX);
    tx.execute(
        "INSERT INTO dimension_days
             (subject_id, dimension, day, value, workspace_id, people, bots)
         VALUES ($1, $2, $3, $4, $5, $6, $7)
         ON CONFLICT (subject_id, dimension, day, value) DO UPDATE
         SET people = dimension_days.people + excluded.people,
             bots = dimension_days.bots + excluded.bots",
        params![
            subject,
            key.dimension,
            key.day,
            key.value,
            workspace,
            stored(count.people),
            stored(count.bots)
        ],
    )
    .await
    .map(drop)
}

#[cfg(test)]
mod tests {
    use crate::model::dimension::Dimension;

    #[test]
    fn every_dimension_is_named_in_the_statements() {
        let all = Dimension::ALL.map(|dimension| dimension.number().to_string()).join(", ");
        let named = format!("dimension IN ({all})");
        assert!(include_str!("fold.rs").matches(&named).count() >= 2, "{named}");
    }
}
