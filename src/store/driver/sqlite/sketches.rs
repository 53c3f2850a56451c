//! Merging visitor sketches on SQLite: row by row, since only one transaction writes at a time.

use rusqlite::{Connection, OptionalExtension, Result};

use crate::store::sketches::{SketchKey, SketchRow, Union};

/// Merges rows and returns the keys of those whose stored sketch cannot be read.
pub(super) fn merge(
    connection: &Connection,
    rows: &[SketchRow],
    union: Union,
) -> Result<Vec<SketchKey>> {
    let mut read = connection
        .prepare_cached("SELECT sketch FROM visitor_sketches WHERE link_id = ?1 AND day = ?2")?;
    let mut insert = connection.prepare_cached(
        "INSERT INTO visitor_sketches (link_id, day, workspace_id, sketch)
         VALUES (?1, ?2, ?3, ?4)",
    )?;
    let mut update = connection.prepare_cached(
        "UPDATE visitor_sketches SET sketch = ?3 WHERE link_id = ?1 AND day = ?2",
    )?;
    let mut left_alone = Vec::new();
    for SketchRow { key, workspace, sketch } in rows {
        let (link, day) = (key.link.get(), key.day.get());
        let stored: Option<Vec<u8>> = read.query_row((link, day), |row| row.get(0)).optional()?;
        let Some(stored) = stored else {
            insert.execute((link, day, workspace.get(), sketch))?;
            continue;
        };
        match union(&stored, sketch) {
            Some(merged) if merged == stored => {}
            Some(merged) => {
                update.execute((link, day, merged))?;
            }
            None => left_alone.push(*key),
        }
    }
    Ok(left_alone)
}
