//! One connection: the shared dialect in SQLite's spelling, statements that end in time, and
//! transactions that run whole.

use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use futures_util::FutureExt;
use futures_util::future::{BoxFuture, ready};
use refinery::Target;
use rusqlite::types::ValueRef;
use rusqlite::{Connection, ErrorCode};

use super::{carry, clicks, links, sketches};
use crate::model::id::LinkId;
use crate::model::time::Millis;
use crate::store::clicks::ClickRows;
use crate::store::driver::{Tx, Work};
use crate::store::links::LinkRow;
use crate::store::migrate::MigrateError;
use crate::store::sketches::{SketchKey, SketchRow, Union};
use crate::store::tables::Shape;
use crate::store::{Error, Row, Value};

mod embedded {
    refinery::embed_migrations!("migrations/sqlite");
}

/// The number of the newest migration.
#[must_use]
pub fn newest_migration() -> i32 {
    let runner = embedded::migrations::runner();
    runner.get_migrations().iter().map(refinery::Migration::version).max().unwrap_or(0)
}

/// Steps of SQLite's machine between two looks at the statement's clock: a few microseconds.
const PROGRESS_OPS: i32 = 1000;

/// How long to wait for another process (the command line beside a server) to end its transaction.
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);

/// What a connection may do.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Access {
    Read,
    Write,
}

/// A connection and the statements it has met, in SQLite's spelling.
pub(super) struct Session {
    connection: Connection,
    spelled: HashMap<&'static str, String>,
    clock: StatementClock,
    statement_timeout: Duration,
}

/// When the running statement must end, as its connection's progress handler asks. 0: never.
#[derive(Clone)]
struct StatementClock {
    began: Instant,
    end_ms: Arc<AtomicU64>,
}

impl StatementClock {
    fn new() -> Self {
        Self { began: Instant::now(), end_ms: Arc::new(AtomicU64::new(0)) }
    }

    fn start(&self, time: Duration) {
        let end = self.began.elapsed() + time;
        self.end_ms.store(end.as_millis() as u64, Ordering::Relaxed);
    }

    fn stop(&self) {
        self.end_ms.store(0, Ordering::Relaxed);
    }

    fn is_late(&self) -> bool {
        let end_ms = self.end_ms.load(Ordering::Relaxed);
        end_ms != 0 && self.began.elapsed().as_millis() as u64 > end_ms
    }
}

impl Session {
    pub(super) fn open(
        file: &Path,
        access: Access,
        statement_timeout: Duration,
    ) -> Result<Self, Error> {
        let clock = StatementClock::new();
        let handler = clock.clone();
        let opened = || -> rusqlite::Result<Connection> {
            let connection = Connection::open(file)?;
            connection.busy_timeout(BUSY_TIMEOUT)?;
            connection.set_prepared_statement_cache_capacity(128);
            connection.pragma_update(None, "journal_mode", "WAL")?;
            connection.pragma_update(None, "synchronous", "FULL")?;
            // A flush touches many pages, and the next one most of them again: moved into the file
            // more rarely, each is moved once.
            connection.pragma_update(None, "wal_autocheckpoint", 8_000)?;
            connection.pragma_update(None, "cache_size", -16_000)?;
            connection.progress_handler(PROGRESS_OPS, Some(move || handler.is_late()))?;
            if access == Access::Read {
                connection.pragma_update(None, "query_only", "ON")?;
            }
            Ok(connection)
        };
        let connection = opened().map_err(|e| {
            Error::unavailable(format!("cannot open the SQLite file {}: {e}", file.display()))
        })?;
        Ok(Self { connection, spelled: HashMap::new(), clock, statement_timeout })
    }

    /// Runs a statement to its end and returns its rows.
    pub(super) fn rows(&mut self, sql: &'static str, params: &[Value]) -> Result<Vec<Row>, Error> {
        self.try_rows(sql, params).map_err(refused)
    }

    /// The same of a question that may turn out to be too long.
    pub(super) fn answer(
        &mut self,
        sql: &'static str,
        params: &[Value],
    ) -> Result<Vec<Row>, Error> {
        let limit = self.statement_timeout;
        self.try_rows(sql, params).map_err(|error| match error.sqlite_error_code() {
            Some(ErrorCode::OperationInterrupted) => {
                Error::TooLong { limit, cause: Box::new(error) }
            }
            _ => refused(error),
        })
    }

    fn try_rows(&mut self, sql: &'static str, params: &[Value]) -> rusqlite::Result<Vec<Row>> {
        let spelled = self.spelled.entry(sql).or_insert_with(|| spell(sql));
        let run = || -> rusqlite::Result<Vec<Row>> {
            let mut statement = self.connection.prepare_cached(spelled)?;
            let columns = statement.column_count();
            let mut rows = statement.query(rusqlite::params_from_iter(params))?;
            let mut answer = Vec::new();
            while let Some(row) = rows.next()? {
                let fields = (0..columns).map(|place| row.get_ref(place).and_then(read));
                answer.push(Row::new(fields.collect::<rusqlite::Result<_>>()?));
            }
            Ok(answer)
        };
        self.clock.start(self.statement_timeout);
        let rows = run();
        self.clock.stop();
        rows
    }

    /// Applies the migrations that are missing.
    pub(super) fn migrate(&mut self, up_to: Option<i32>) -> Result<usize, MigrateError> {
        embedded::migrations::runner()
            .set_target(up_to.map_or(Target::Latest, Target::Version))
            .run(&mut self.connection)
            .map(|report| report.applied_migrations().len())
            .map_err(MigrateError::from_refinery)
    }

    fn count(&mut self, sql: &'static str, params: &[Value]) -> Result<u64, Error> {
        let spelled = self.spelled.entry(sql).or_insert_with(|| spell(sql));
        let run = || -> rusqlite::Result<usize> {
            self.connection.prepare_cached(spelled)?.execute(rusqlite::params_from_iter(params))
        };
        self.clock.start(self.statement_timeout);
        let count = run();
        self.clock.stop();
        count.map(|count| count as u64).map_err(refused)
    }

    /// A statement without parameters and rows, however long it takes.
    pub(super) fn batch(&mut self, sql: &str) -> Result<(), Error> {
        self.connection.execute_batch(sql).map_err(refused)
    }

    pub(super) fn transaction(&mut self, work: &Work) -> Result<(), Error> {
        self.connection.execute_batch("BEGIN IMMEDIATE").map_err(refused)?;
        let done = match std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            work(self).now_or_never()
        })) {
            Ok(Some(done)) => done,
            Ok(None) => {
                Err(Error::unavailable("a transaction waited for something that is no statement"))
            }
            Err(_) => Err(Error::unavailable("a transaction panicked")),
        };
        let ended = match done {
            Ok(()) => self.connection.execute_batch("COMMIT").map_err(refused),
            Err(error) => Err(error),
        };
        if ended.is_err() && !self.connection.is_autocommit() {
            // Its own failure would say less than the first one.
            let _ = self.connection.execute_batch("ROLLBACK");
        }
        ended
    }
}

impl Tx for Session {
    fn query<'t>(
        &'t mut self,
        sql: &'static str,
        params: Vec<Value>,
    ) -> BoxFuture<'t, Result<Vec<Row>, Error>> {
        Box::pin(ready(self.rows(sql, &params)))
    }

    fn execute<'t>(
        &'t mut self,
        sql: &'static str,
        params: Vec<Value>,
    ) -> BoxFuture<'t, Result<u64, Error>> {
        Box::pin(ready(self.count(sql, &params)))
    }

    /// Only this process and the command line write to the file: the log is read every second.
    fn ring(&mut self, _since: Millis) {}

    fn insert_links<'t>(
        &'t mut self,
        rows: &'t [LinkRow],
    ) -> BoxFuture<'t, Result<Vec<LinkId>, Error>> {
        Box::pin(ready(links::insert(&self.connection, rows).map_err(refused)))
    }

    fn add_clicks<'t>(&'t mut self, rows: &'t ClickRows) -> BoxFuture<'t, Result<(), Error>> {
        Box::pin(ready(clicks::add(&self.connection, rows).map_err(refused)))
    }

    fn merge_sketches<'t>(
        &'t mut self,
        rows: &'t [SketchRow],
        union: Union,
    ) -> BoxFuture<'t, Result<Vec<SketchKey>, Error>> {
        Box::pin(ready(sketches::merge(&self.connection, rows, union).map_err(refused)))
    }

    fn lock<'t>(&'t mut self, _: &'t [Shape]) -> BoxFuture<'t, Result<(), Error>> {
        // `BEGIN IMMEDIATE` has seen to it.
        Box::pin(ready(Ok(())))
    }

    fn insert_rows<'t>(
        &'t mut self,
        table: &'t Shape,
        rows: &'t [Row],
    ) -> BoxFuture<'t, Result<(), Error>> {
        Box::pin(ready(carry::insert(&self.connection, table, rows).map_err(refused)))
    }
}

/// The shared dialect in SQLite's spelling.
fn spell(sql: &str) -> String {
    sql.replace("{now}", "CAST(unixepoch('subsec') * 1000 AS INTEGER)").replace('$', "?")
}

fn read(field: ValueRef<'_>) -> rusqlite::Result<Value> {
    Ok(match field {
        ValueRef::Null => Value::Null,
        ValueRef::Integer(it) => Value::Int(it),
        ValueRef::Text(it) => Value::Text(std::str::from_utf8(it)?.to_owned()),
        ValueRef::Blob(it) => Value::Bytes(it.to_vec()),
        ValueRef::Real(it) => Value::Text(it.to_string()),
    })
}

impl rusqlite::ToSql for Value {
    fn to_sql(&self) -> rusqlite::Result<rusqlite::types::ToSqlOutput<'_>> {
        let field = match self {
            Self::Null => ValueRef::Null,
            Self::Int(it) => ValueRef::Integer(*it),
            Self::Text(it) => ValueRef::Text(it.as_bytes()),
            Self::Bytes(it) => ValueRef::Blob(it),
        };
        Ok(rusqlite::types::ToSqlOutput::Borrowed(field))
    }
}

/// What SQLite's refusal means for the caller.
fn refused(error: rusqlite::Error) -> Error {
    match error.sqlite_error_code() {
        Some(
            ErrorCode::DatabaseBusy
            | ErrorCode::DatabaseLocked
            | ErrorCode::SystemIoFailure
            | ErrorCode::DiskFull
            | ErrorCode::CannotOpen
            | ErrorCode::OutOfMemory
            | ErrorCode::ReadOnly
            | ErrorCode::DatabaseCorrupt
            | ErrorCode::NotADatabase
            | ErrorCode::OperationInterrupted,
        ) => Error::Unavailable(Box::new(error)),
        _ => Error::Refused(Box::new(error)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_marks_are_spelled_out() {
        assert_eq!(
            spell("SELECT $1, {now}"),
            "SELECT ?1, CAST(unixepoch('subsec') * 1000 AS INTEGER)"
        );
    }
}
