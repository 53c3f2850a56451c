//! Merging visitor sketches on Postgres: three statements, whatever the number of rows.
//!
//! New rows are inserted first, which waits for whoever inserts the same ones; then all rows are
//! locked as they are by now, and what differs is written back. All of it in the order of the keys,
//! so that two nodes wait for each other instead of losing visitors or deadlocking.

use std::collections::{BTreeMap, BTreeSet};

use tokio_postgres::Error;
use tokio_postgres::types::ToSql;

use super::session::Session;
use crate::model::id::LinkId;
use crate::model::time::Millis;
use crate::store::sketches::{SketchKey, SketchRow, Union};

/// Merges rows and returns the keys of those whose stored sketch cannot be read.
pub(super) async fn merge(
    session: &mut Session,
    rows: &[SketchRow],
    union: Union,
) -> Result<Vec<SketchKey>, Error> {
    insert_new(session, rows).await?;
    let stored = lock(session, rows).await?;
    let mut merged: BTreeMap<SketchKey, Vec<u8>> = BTreeMap::new();
    let mut left_alone = BTreeSet::new();
    for SketchRow { key, sketch, .. } in rows {
        let Some(present) = merged.get(key).or_else(|| stored.get(key)) else { continue };
        // Most often because it was inserted just now.
        if present == sketch {
            continue;
        }
        match union(present, sketch) {
            Some(both) if both == *present => {}
            Some(both) => {
                merged.insert(*key, both);
            }
            None => {
                left_alone.insert(*key);
            }
        }
    }
    write(session, &merged).await?;
    Ok(left_alone.into_iter().collect())
}

async fn insert_new(session: &mut Session, rows: &[SketchRow]) -> Result<(), Error> {
    let column = |field: fn(&SketchRow) -> i64| rows.iter().map(field).collect::<Vec<i64>>();
    let link = column(|row| row.key.link.get());
    let day = column(|row| row.key.day.get());
    let workspace = column(|row| row.workspace.get());
    let sketch: Vec<&[u8]> = rows.iter().map(|row| row.sketch.as_slice()).collect();
    let params: [&(dyn ToSql + Sync); 4] = [&link, &day, &workspace, &sketch];
    session
        .run(
            "INSERT INTO visitor_sketches (link_id, day, workspace_id, sketch)
             SELECT link, day, workspace, sketch
             FROM UNNEST($1::bigint[], $2::bigint[], $3::bigint[], $4::bytea[])
                  AS r (link, day, workspace, sketch)
             ON CONFLICT DO NOTHING",
            &params,
        )
        .await
        .map(drop)
}

async fn lock(
    session: &mut Session,
    rows: &[SketchRow],
) -> Result<BTreeMap<SketchKey, Vec<u8>>, Error> {
    let link: Vec<i64> = rows.iter().map(|row| row.key.link.get()).collect();
    let day: Vec<i64> = rows.iter().map(|row| row.key.day.get()).collect();
    let stored = session
        .fetch(
            "SELECT s.link_id, s.day, s.sketch
             FROM visitor_sketches AS s
             JOIN UNNEST($1::bigint[], $2::bigint[]) AS r (link, day)
                  ON s.link_id = r.link AND s.day = r.day
             ORDER BY s.link_id, s.day FOR UPDATE OF s",
            &[&link, &day],
        )
        .await?;
    let read = |row: &tokio_postgres::Row| {
        let link = LinkId::from_stored(row.try_get(0)?);
        let day = Millis::from_epoch(row.try_get(1)?);
        Ok((SketchKey { link, day }, row.try_get(2)?))
    };
    stored.iter().map(read).collect()
}

async fn write(session: &mut Session, merged: &BTreeMap<SketchKey, Vec<u8>>) -> Result<(), Error> {
    if merged.is_empty() {
        return Ok(());
    }
    let link: Vec<i64> = merged.keys().map(|key| key.link.get()).collect();
    let day: Vec<i64> = merged.keys().map(|key| key.day.get()).collect();
    let sketch: Vec<&[u8]> = merged.values().map(Vec::as_slice).collect();
    session
        .run(
            "UPDATE visitor_sketches AS s SET sketch = r.sketch
             FROM UNNEST($1::bigint[], $2::bigint[], $3::bytea[]) AS r (link, day, sketch)
             WHERE s.link_id = r.link AND s.day = r.day",
            &[&link, &day, &sketch],
        )
        .await
        .map(drop)
}
