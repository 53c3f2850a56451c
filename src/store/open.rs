//! The handle to an open store.

use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use futures_util::future::BoxFuture;

use super::doorbell::Doorbell;
use super::driver::{Driver, Lane, Tx, Work, postgres::Postgres, sqlite::Sqlite};
use super::{Error, Location, Row, Value};
use crate::model::actor::Actor;

/// How much of the database this process may use.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Connections (Postgres) or reading threads (SQLite) for the lookups of redirects.
    pub redirect_connections: usize,
    /// The same for the admin listener.
    pub admin_connections: usize,
    /// Longest wait of a redirect's lookup for a free connection.
    pub redirect_wait: Duration,
    /// Longest wait of everything else.
    pub admin_wait: Duration,
    /// Longest run of one statement.
    pub statement_timeout: Duration,
}

impl Limits {
    /// How many files and sockets the store at `location` has open at most.
    #[must_use]
    pub fn descriptors_max(&self, location: &Location) -> usize {
        match location {
            Location::Sqlite { .. } => Sqlite::descriptors_max(*self),
            Location::Postgres(_) => Postgres::descriptors_max(*self),
        }
    }
}

/// An open store. Cheap to clone; all clones are one store.
#[derive(Clone)]
pub struct Store {
    pub(super) driver: Arc<dyn Driver>,
    /// Whether it may be used; none when it always may.
    gate: Option<Arc<AtomicBool>>,
    /// Who asks, for the audit log.
    actor: Arc<Actor>,
}

/// Opens a guarded store.
#[derive(Debug)]
pub struct Gate(Arc<AtomicBool>);

impl Gate {
    /// From now on the store is used.
    pub fn open(self) {
        self.0.store(true, Ordering::Release);
    }
}

/// What a transaction runs: it takes its input by value, since it may run more than once.
pub(super) type Body<I, T> = for<'t> fn(&'t mut dyn Tx, I) -> BoxFuture<'t, Result<T, Error>>;

impl Store {
    /// Opens the store at `location`. Must be called inside a runtime.
    ///
    /// A SQLite file is made when it is missing; a Postgres server is first spoken to by the first
    /// statement.
    ///
    /// # Errors
    /// The file cannot be opened or the connection string is wrong.
    pub fn open(location: &Location, data_dir: &Path, limits: Limits) -> Result<Self, Error> {
        let driver: Arc<dyn Driver> = match location {
            Location::Sqlite { file } => Arc::new(Sqlite::open(&data_dir.join(file), limits)?),
            Location::Postgres(address) => Arc::new(Postgres::open(address, limits)?),
        };
        Ok(Self { driver, gate: None, actor: Arc::default() })
    }

    /// The same store, unavailable until its gate is opened: for whoever must not meet one whose
    /// schema is older, or that is another one than it was.
    #[must_use]
    pub fn guarded(&self) -> (Self, Gate) {
        let is_open = Arc::new(AtomicBool::new(false));
        let guarded = Self { gate: Some(Arc::clone(&is_open)), ..self.clone() };
        (guarded, Gate(is_open))
    }

    /// The same store, asked on behalf of this actor: what is changed stands under its name in the
    /// audit log. Without it, an operator's.
    #[must_use]
    pub fn on_behalf_of(&self, actor: Actor) -> Self {
        Self { actor: Arc::new(actor), ..self.clone() }
    }

    /// On whose behalf it is asked.
    pub(super) fn actor(&self) -> Arc<Actor> {
        Arc::clone(&self.actor)
    }

    fn used(&self) -> Result<&dyn Driver, Error> {
        match &self.gate {
            Some(is_open) if !is_open.load(Ordering::Acquire) => {
                Err(Error::unavailable("it was not reached since this process began"))
            }
            _ => Ok(&*self.driver),
        }
    }

    /// What it is and where, without secrets.
    #[must_use]
    pub fn describe(&self) -> String {
        self.driver.describe()
    }

    /// Runs a reading statement for the admin side.
    pub(super) async fn query(
        &self,
        sql: &'static str,
        params: Vec<Value>,
    ) -> Result<Vec<Row>, Error> {
        self.used()?.query(Lane::Admin, sql, params).await
    }

    /// Runs a reading statement for somebody else.
    pub(super) async fn query_for(
        &self,
        lane: Lane,
        sql: &'static str,
        params: Vec<Value>,
    ) -> Result<Vec<Row>, Error> {
        self.used()?.query(lane, sql, params).await
    }

    /// Runs one writing statement as a transaction of its own.
    pub(super) async fn execute(
        &self,
        lane: Lane,
        sql: &'static str,
        params: Vec<Value>,
    ) -> Result<u64, Error> {
        self.write(lane, (sql, params), |tx, (sql, params)| tx.execute(sql, params)).await
    }

    /// Runs `body` in one transaction and returns what it returned.
    pub(super) async fn write<I, T>(
        &self,
        lane: Lane,
        input: I,
        body: Body<I, T>,
    ) -> Result<T, Error>
    where
        I: Clone + Send + Sync + 'static,
        T: Send + 'static,
    {
        let slot = Arc::new(Mutex::new(None));
        let filled = Arc::clone(&slot);
        let work: Work = Arc::new(move |tx| {
            let (input, slot) = (input.clone(), Arc::clone(&slot));
            Box::pin(async move {
                let answer = body(tx, input).await?;
                *slot.lock().unwrap_or_else(PoisonError::into_inner) = Some(answer);
                Ok(())
            })
        });
        self.used()?.transaction(lane, work).await?;
        let answer = filled.lock().unwrap_or_else(PoisonError::into_inner).take();
        answer.ok_or_else(|| Error::unavailable("the transaction ended without an answer"))
    }

    /// Rings `bell` for each change that is committed from now on, by whomever, for ever. Returns at
    /// once on a store where nothing can ring.
    pub async fn listen(&self, bell: Arc<Doorbell>) {
        self.driver.listen(bell).await;
    }

    /// Rows that one flush should have at most.
    #[must_use]
    pub fn flush_rows_max(&self) -> usize {
        self.driver.flush_rows_max()
    }

    /// Whether the store answers now.
    ///
    /// # Errors
    /// [`Error::Unavailable`] with the cause.
    pub async fn ping(&self) -> Result<(), Error> {
        self.used()?.query(Lane::Background, "SELECT 1", Vec::new()).await.map(drop)
    }

    /// Ends open work and closes the database.
    pub async fn close(&self) {
        self.driver.close().await;
    }
}
