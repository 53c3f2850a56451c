//! SQLite, embedded: one writing thread, a few reading threads, WAL with full syncing.
//!
//! A transaction's body runs whole on the writing thread: its statements are answered on the spot,
//! so its future never waits and one poll ends it. `synchronous = FULL` because `NORMAL` loses
//! committed transactions in a power cut.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use crossbeam_channel::{Receiver, Sender, TrySendError};
use futures_util::FutureExt;
use futures_util::future::{BoxFuture, ready};
use rusqlite::types::ValueRef;
use rusqlite::{Connection, ErrorCode};
use tokio::sync::oneshot;

use super::super::clicks::ClickSum;
use super::super::migrate::MigrateError;
use super::{Driver, Lane, Tx, Work};
use crate::store::{Error, Limits, Row, Value};

mod embedded {
    refinery::embed_migrations!("migrations/sqlite");
}

/// Work that may wait for one thread; more is refused at once.
const QUEUE_MAX: usize = 4096;

/// Rows in one flush: about 10 ms of the writer on a small disk.
const FLUSH_ROWS_MAX: usize = 2_000;

/// How long to wait for another process (the command line beside a server) to end its transaction.
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);

type Job = Box<dyn FnOnce(&mut Session) + Send>;

/// A SQLite file and the threads that work on it.
pub struct Sqlite {
    file: PathBuf,
    queues: Mutex<Option<Queues>>,
    threads: Mutex<Vec<JoinHandle<()>>>,
}

/// Which threads do a job.
#[derive(Clone, Copy)]
enum Threads {
    Writer,
    Redirect,
    Admin,
}

struct Queues {
    writer: Sender<Job>,
    redirect: Sender<Job>,
    admin: Sender<Job>,
}

impl Sqlite {
    /// Opens the file, making it and its directory (for its owner alone) when they are missing.
    ///
    /// # Errors
    /// [`Error::Unavailable`] with SQLite's words.
    pub fn open(file: &Path, limits: Limits) -> Result<Self, Error> {
        if let Some(directory) = file.parent() {
            make_directory(directory)?;
        }
        // The first connection alone, so that the file is in WAL mode before anybody else looks.
        let writer = Session::open(file, Access::Write)?;
        let mut threads = Vec::new();
        let writer = spawn("store-writer", vec![writer], &mut threads)?;
        let open_readers = |count: usize| {
            (0..count).map(|_| Session::open(file, Access::Read)).collect::<Result<Vec<_>, _>>()
        };
        let redirect =
            spawn("store-redirect", open_readers(limits.redirect_connections)?, &mut threads)?;
        let admin = spawn("store-admin", open_readers(limits.admin_connections)?, &mut threads)?;
        Ok(Self {
            file: file.to_owned(),
            queues: Mutex::new(Some(Queues { writer, redirect, admin })),
            threads: Mutex::new(threads),
        })
    }

    fn queue(&self, threads: Threads) -> Result<Sender<Job>, Error> {
        let queues = self.queues.lock().unwrap_or_else(PoisonError::into_inner);
        let queues = queues.as_ref().ok_or_else(|| Error::unavailable("the store is closed"))?;
        Ok(match threads {
            Threads::Writer => queues.writer.clone(),
            Threads::Redirect => queues.redirect.clone(),
            Threads::Admin => queues.admin.clone(),
        })
    }

    /// Runs `job` on one of these threads and waits for its answer.
    async fn on<T: Send + 'static>(
        &self,
        threads: Threads,
        job: impl FnOnce(&mut Session) -> T + Send + 'static,
    ) -> Result<T, Error> {
        let (answer, answered) = oneshot::channel();
        let job: Job = Box::new(move |session| {
            // Nobody listening: the caller stopped waiting, and what was done stays done.
            let _ = answer.send(job(session));
        });
        match self.queue(threads)?.try_send(job) {
            Ok(()) => {}
            Err(TrySendError::Full(_)) => {
                return Err(Error::unavailable(format!("{QUEUE_MAX} statements wait already")));
            }
            Err(TrySendError::Disconnected(_)) => {
                return Err(Error::unavailable("the store is closed"));
            }
        }
        answered.await.map_err(|_| Error::unavailable("the store was closed meanwhile"))
    }
}

fn make_directory(directory: &Path) -> Result<(), Error> {
    use std::os::unix::fs::DirBuilderExt;
    if directory.as_os_str().is_empty() || directory.is_dir() {
        return Ok(());
    }
    std::fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(directory)
        .map_err(|e| Error::unavailable(format!("cannot make {}: {e}", directory.display())))
}

/// Starts a thread for each session; all of them take jobs from one queue.
fn spawn(
    name: &str,
    sessions: Vec<Session>,
    threads: &mut Vec<JoinHandle<()>>,
) -> Result<Sender<Job>, Error> {
    let (sender, receiver): (Sender<Job>, Receiver<Job>) = crossbeam_channel::bounded(QUEUE_MAX);
    for mut session in sessions {
        let jobs = receiver.clone();
        let thread = std::thread::Builder::new()
            .name(name.to_owned())
            .spawn(move || {
                for job in jobs {
                    job(&mut session);
                }
            })
            .map_err(Error::unavailable)?;
        threads.push(thread);
    }
    Ok(sender)
}

impl Driver for Sqlite {
    fn describe(&self) -> String {
        format!("sqlite {}", self.file.display())
    }

    fn connect(&self) -> BoxFuture<'_, Result<(), Error>> {
        Box::pin(async move { self.query(Lane::Admin, "SELECT 1", vec![]).await.map(drop) })
    }

    fn migrate(&self) -> BoxFuture<'_, Result<usize, MigrateError>> {
        Box::pin(async move {
            self.on(Threads::Writer, |session| {
                embedded::migrations::runner()
                    .run(&mut session.connection)
                    .map(|report| report.applied_migrations().len())
                    .map_err(MigrateError::from_refinery)
            })
            .await?
        })
    }

    fn query(
        &self,
        lane: Lane,
        sql: &'static str,
        params: Vec<Value>,
    ) -> BoxFuture<'_, Result<Vec<Row>, Error>> {
        let threads = match lane {
            Lane::Redirect => Threads::Redirect,
            Lane::Admin | Lane::Background => Threads::Admin,
        };
        Box::pin(async move { self.on(threads, move |session| session.rows(sql, &params)).await? })
    }

    fn transaction(&self, _lane: Lane, work: Work) -> BoxFuture<'_, Result<(), Error>> {
        Box::pin(async move {
            self.on(Threads::Writer, move |session| session.transaction(&work)).await?
        })
    }

    fn flush_rows_max(&self) -> usize {
        FLUSH_ROWS_MAX
    }

    fn close(&self) -> BoxFuture<'_, ()> {
        Box::pin(async move {
            // Without senders the threads end after the jobs that wait.
            drop(self.queues.lock().unwrap_or_else(PoisonError::into_inner).take());
            let threads =
                std::mem::take(&mut *self.threads.lock().unwrap_or_else(PoisonError::into_inner));
            let joined = tokio::task::spawn_blocking(move || {
                threads.into_iter().filter_map(|thread| thread.join().err()).count()
            });
            if joined.await.is_ok_and(|panicked| panicked > 0) {
                tracing::error!("a thread of the store had panicked");
            }
        })
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Access {
    Read,
    Write,
}

/// A connection and the statements it has met, in SQLite's spelling.
struct Session {
    connection: Connection,
    spelled: HashMap<&'static str, String>,
}

impl Session {
    fn open(file: &Path, access: Access) -> Result<Self, Error> {
        let opened = || -> rusqlite::Result<Connection> {
            let connection = Connection::open(file)?;
            connection.busy_timeout(BUSY_TIMEOUT)?;
            connection.set_prepared_statement_cache_capacity(128);
            connection.pragma_update(None, "journal_mode", "WAL")?;
            connection.pragma_update(None, "synchronous", "FULL")?;
            connection.pragma_update(None, "cache_size", -16_000)?;
            if access == Access::Read {
                connection.pragma_update(None, "query_only", "ON")?;
            }
            Ok(connection)
        };
        let connection = opened().map_err(|e| {
            Error::unavailable(format!("cannot open the SQLite file {}: {e}", file.display()))
        })?;
        Ok(Self { connection, spelled: HashMap::new() })
    }

    /// Runs a statement to its end and returns its rows.
    fn rows(&mut self, sql: &'static str, params: &[Value]) -> Result<Vec<Row>, Error> {
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
        run().map_err(refused)
    }

    fn count(&mut self, sql: &'static str, params: &[Value]) -> Result<u64, Error> {
        let spelled = self.spelled.entry(sql).or_insert_with(|| spell(sql));
        let run = || -> rusqlite::Result<usize> {
            self.connection.prepare_cached(spelled)?.execute(rusqlite::params_from_iter(params))
        };
        run().map(|count| count as u64).map_err(refused)
    }

    fn transaction(&mut self, work: &Work) -> Result<(), Error> {
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

    fn add_clicks<'t>(&'t mut self, sums: &'t [ClickSum]) -> BoxFuture<'t, Result<(), Error>> {
        let add = || -> rusqlite::Result<()> {
            let mut total = self.connection.prepare_cached(
                "INSERT INTO click_totals (link_id, workspace_id, people, bots)
                 VALUES (?1, ?2, ?3, ?4)
                 ON CONFLICT (link_id) DO UPDATE
                 SET people = people + excluded.people, bots = bots + excluded.bots",
            )?;
            let mut quarter = self.connection.prepare_cached(
                "INSERT INTO click_quarters (link_id, quarter, workspace_id, people, bots)
                 VALUES (?1, ?2, ?3, ?4, ?5)
                 ON CONFLICT (link_id, quarter) DO UPDATE
                 SET people = people + excluded.people, bots = bots + excluded.bots",
            )?;
            for sum in sums {
                let (link, workspace) = (sum.link.get(), sum.workspace.get());
                let (people, bots) = (stored(sum.count.people), stored(sum.count.bots));
                total.execute((link, workspace, people, bots))?;
                quarter.execute((link, sum.quarter.get(), workspace, people, bots))?;
            }
            Ok(())
        };
        Box::pin(ready(add().map_err(refused)))
    }
}

fn stored(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
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
