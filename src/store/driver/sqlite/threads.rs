//! The driver: one writing thread, a few reading threads, and queues before them.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;

use crossbeam_channel::{Receiver, Sender, TrySendError};
use futures_util::future::BoxFuture;
use tokio::sync::oneshot;

use super::carry;
use super::session::{Access, Session};
use crate::priority;
use crate::store::doorbell::Doorbell;
use crate::store::driver::{Alone, Driver, Lane, OnceWork, Work};
use crate::store::migrate::MigrateError;
use crate::store::{Error, Limits, Row, Value};

/// Work that may wait for one thread; more is refused at once.
const QUEUE_MAX: usize = 4096;

/// Rows in one flush: some 20 ms of the writer's CPU, and a sync. Fewer, and pages that neighbours
/// share are written more often; see the decision on batches by link.
const FLUSH_ROWS_MAX: usize = 8_000;

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
        let time = limits.statement_timeout;
        let writer = Session::open(file, Access::Write, time)?;
        let mut threads = Vec::new();
        let writer = spawn("store-writer", vec![writer], Haste::Usual, &mut threads)?;
        let open_readers = |count: usize| {
            (0..count)
                .map(|_| Session::open(file, Access::Read, time))
                .collect::<Result<Vec<_>, _>>()
        };
        let redirect = open_readers(limits.redirect_connections)?;
        let redirect = spawn("store-redirect", redirect, Haste::Usual, &mut threads)?;
        let admin = open_readers(limits.admin_connections)?;
        let admin = spawn("store-admin", admin, Haste::StandsBack, &mut threads)?;
        Ok(Self {
            file: file.to_owned(),
            queues: Mutex::new(Some(Queues { writer, redirect, admin })),
            threads: Mutex::new(threads),
        })
    }

    /// How many files it has open at most.
    #[must_use]
    pub fn descriptors_max(limits: Limits) -> usize {
        /// The file, its log, and the index of the log.
        const FILES_A_SESSION: usize = 3;
        (1 + limits.redirect_connections + limits.admin_connections) * FILES_A_SESSION
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
                return Err(Error::busy(format!("{QUEUE_MAX} statements wait already")));
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

/// How much a thread wants a core.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Haste {
    /// As much as those on which a visitor waits.
    Usual,
    /// Less: a statistic looks at a million rows.
    StandsBack,
}

/// Starts a thread for each session; all of them take jobs from one queue.
fn spawn(
    name: &str,
    sessions: Vec<Session>,
    haste: Haste,
    threads: &mut Vec<JoinHandle<()>>,
) -> Result<Sender<Job>, Error> {
    let (sender, receiver): (Sender<Job>, Receiver<Job>) = crossbeam_channel::bounded(QUEUE_MAX);
    for mut session in sessions {
        let jobs = receiver.clone();
        let thread = std::thread::Builder::new()
            .name(name.to_owned())
            .spawn(move || {
                if haste == Haste::StandsBack {
                    priority::stand_back();
                }
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

    fn migrate(&self, up_to: Option<i32>) -> BoxFuture<'_, Result<usize, MigrateError>> {
        Box::pin(
            async move { self.on(Threads::Writer, move |session| session.migrate(up_to)).await? },
        )
    }

    fn query(
        &self,
        lane: Lane,
        sql: &'static str,
        params: Vec<Value>,
    ) -> BoxFuture<'_, Result<Vec<Row>, Error>> {
        Box::pin(async move {
            match lane {
                Lane::Redirect => {
                    self.on(Threads::Redirect, move |it| it.rows(sql, &params)).await?
                }
                Lane::Admin => self.on(Threads::Admin, move |it| it.answer(sql, &params)).await?,
                Lane::Background => {
                    self.on(Threads::Admin, move |it| it.rows(sql, &params)).await?
                }
            }
        })
    }

    fn transaction(&self, _lane: Lane, work: Work) -> BoxFuture<'_, Result<(), Error>> {
        Box::pin(async move {
            self.on(Threads::Writer, move |session| session.transaction(&work)).await?
        })
    }

    fn listen(&self, _bell: Arc<Doorbell>) -> BoxFuture<'static, ()> {
        Box::pin(std::future::ready(()))
    }

    fn alone(&self, purpose: Alone, work: OnceWork) -> BoxFuture<'_, Result<(), Error>> {
        Box::pin(carry::alone(self.file.clone(), purpose, work))
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
