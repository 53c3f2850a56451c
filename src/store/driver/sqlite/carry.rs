//! Whole tables on SQLite: a connection of its own for as long as it takes, rows in a prepared loop.
//!
//! A snapshot is one reading transaction rather than a copy by `VACUUM INTO`: the copy would hold the
//! salts of visitors, on a disk that is meant for backups, and need the room of the store once more.
//! While it is read the write-ahead log cannot be given back, and grows by what others write.

use std::path::PathBuf;
use std::time::Duration;

use rusqlite::{Connection, Result};
use tokio::runtime::Handle;

use super::session::{Access, Session};
use crate::store::driver::{Alone, OnceWork};
use crate::store::tables::Shape;
use crate::store::{Error, Row};

/// Longest run of one statement: counting or emptying a large table on a slow disk.
const STATEMENT_TIMEOUT: Duration = Duration::from_secs(3600);

/// Runs `work` in a transaction on a thread and a connection of its own.
pub(super) async fn alone(file: PathBuf, purpose: Alone, work: OnceWork) -> Result<(), Error> {
    let runtime = Handle::current();
    let running = tokio::task::spawn_blocking(move || {
        let (access, begin) = match purpose {
            // The first read decides which moment it is; all others see the same.
            Alone::Snapshot => (Access::Read, "BEGIN"),
            Alone::Write => (Access::Write, "BEGIN IMMEDIATE"),
        };
        let mut session = Session::open(&file, access, STATEMENT_TIMEOUT)?;
        session.batch(begin)?;
        // Left by an error, the connection closes and SQLite rolls back.
        runtime.block_on(work(&mut session))?;
        session.batch("COMMIT")
    });
    running.await.map_err(Error::unavailable)?
}

/// Adds rows to a table.
pub(super) fn insert(connection: &Connection, table: &Shape, rows: &[Row]) -> Result<()> {
    let places: Vec<_> = (1..=table.columns.len()).map(|place| format!("?{place}")).collect();
    let (name, columns, places) = (&table.name, table.column_list(), places.join(", "));
    let mut statement = connection
        .prepare_cached(&format!("INSERT INTO \"{name}\" ({columns}) VALUES ({places})"))?;
    for row in rows {
        statement.execute(rusqlite::params_from_iter(row.fields()))?;
    }
    Ok(())
}
