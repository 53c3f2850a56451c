//! A pool a lane, and transactions in tasks of their own.

use std::sync::Arc;
use std::time::Duration;

use bb8::{Pool, PooledConnection};
use futures_util::TryFutureExt as _;
use futures_util::future::BoxFuture;
use refinery::Target;
use tokio::task::JoinError;

use super::carry;
use super::failure::{Sink, not_connected, refused, unanswered, wants_retry};
use super::session::{Manager, Sessions};
use super::transaction::OpenTx;
use crate::store::doorbell::Doorbell;
use crate::store::driver::{Alone, Driver, Lane, OnceWork, Work};
use crate::store::migrate::MigrateError;
use crate::store::{Error, Limits, Row, Value};

mod embedded {
    refinery::embed_migrations!("migrations/postgres");
}

/// Connections for flushes, followers and upkeep.
const BACKGROUND_CONNECTIONS: usize = 2;

/// Connections for what is written while a visitor waits: the claims on links with a limit. Apart
/// from those of the lookups, so that a crowd at one such link does not hold up the others.
const CLAIM_CONNECTIONS: usize = 4;

/// Rows in one flush: two arrays of this length cross the wire at once.
const FLUSH_ROWS_MAX: usize = 20_000;

/// How often a transaction is run again when Postgres asks for it.
const RETRIES_MAX: u32 = 5;

/// A Postgres database.
pub struct Postgres {
    name: String,
    manager: Manager,
    redirect: Sessions,
    claims: Sessions,
    admin: Sessions,
    background: Sessions,
    limits: Limits,
}

impl Postgres {
    /// Prepares the pools; nothing is connected yet.
    ///
    /// # Errors
    /// [`Error::Unavailable`] when the connection string is wrong or the system has no certificates
    /// to verify a server with.
    pub fn open(address: &str, limits: Limits) -> Result<Self, Error> {
        let manager = Manager::new(address, limits)?;
        let sink = Sink::default();
        let pool = |manager: &Manager, connections: usize, wait: Duration| {
            let max = u32::try_from(connections).unwrap_or(u32::MAX);
            let pool = Pool::builder()
                .max_size(max)
                .min_idle(Some(0))
                .test_on_check_out(false)
                .connection_timeout(wait)
                .idle_timeout(Some(Duration::from_secs(300)))
                .error_sink(Box::new(sink.clone()))
                .build_unchecked(manager.clone());
            Sessions { pool, max, sink: sink.clone() }
        };
        Ok(Self {
            name: manager.describe(),
            redirect: pool(&manager, limits.redirect_connections, limits.redirect_wait),
            claims: pool(&manager, CLAIM_CONNECTIONS, limits.redirect_wait),
            admin: pool(&manager.planning_anew(), limits.admin_connections, limits.admin_wait),
            background: pool(&manager, BACKGROUND_CONNECTIONS, limits.admin_wait),
            manager,
            limits,
        })
    }

    /// How many sockets it has open at most.
    #[must_use]
    pub fn descriptors_max(limits: Limits) -> usize {
        /// One of a start's migration, and one that is just being closed, in each pool.
        const BESIDE: usize = 5;
        let Limits { redirect_connections, admin_connections, .. } = limits;
        redirect_connections
            + CLAIM_CONNECTIONS
            + admin_connections
            + BACKGROUND_CONNECTIONS
            + BESIDE
    }

    fn sessions(&self, lane: Lane) -> &Sessions {
        match lane {
            Lane::Redirect => &self.redirect,
            Lane::Admin => &self.admin,
            Lane::Background => &self.background,
        }
    }
}

impl Driver for Postgres {
    fn describe(&self) -> String {
        self.name.clone()
    }

    fn connect(&self) -> BoxFuture<'_, Result<(), Error>> {
        Box::pin(async move {
            self.admin.pool.dedicated_connection().await.map(drop).map_err(not_connected)
        })
    }

    fn migrate(&self, up_to: Option<i32>) -> BoxFuture<'_, Result<usize, MigrateError>> {
        Box::pin(async move {
            let session = self.admin.pool.dedicated_connection().await;
            let mut session = session.map_err(not_connected)?;
            session.lift_timeouts().await.map_err(refused)?;
            embedded::migrations::runner()
                .set_target(up_to.map_or(Target::Latest, Target::Version))
                .run_async(session.client())
                .await
                .map(|report| report.applied_migrations().len())
                .map_err(MigrateError::from_refinery)
        })
    }

    fn query(
        &self,
        lane: Lane,
        sql: &'static str,
        params: Vec<Value>,
    ) -> BoxFuture<'_, Result<Vec<Row>, Error>> {
        Box::pin(async move {
            let limit = self.limits.statement_timeout;
            let mut session = self.sessions(lane).check_out().await?;
            let answer = session.rows(sql, params).map_err(|error| match lane {
                Lane::Admin => unanswered(error, limit),
                Lane::Redirect | Lane::Background => refused(error),
            });
            within(limit, answer).await
        })
    }

    fn transaction(&self, lane: Lane, work: Work) -> BoxFuture<'_, Result<(), Error>> {
        let sessions = match lane {
            Lane::Redirect => &self.claims,
            Lane::Admin | Lane::Background => self.sessions(lane),
        };
        let sessions = sessions.clone();
        let budget = self.limits.statement_timeout;
        Box::pin(async move {
            // A task of its own: a client that hangs up must not leave a transaction open.
            let running = tokio::spawn(async move {
                for _ in 0..RETRIES_MAX {
                    let session = sessions.check_out().await?;
                    match within(budget, run_once(session, &work)).await {
                        Err(error) if wants_retry(&error) => {}
                        ended => return ended,
                    }
                }
                Err(Error::unavailable("other transactions were in the way every time"))
            });
            running.await.map_err(|e: JoinError| Error::unavailable(e))?
        })
    }

    fn listen(&self, bell: Arc<Doorbell>) -> BoxFuture<'static, ()> {
        // On the server that redirects are read from, as the log is.
        Box::pin(self.manager.listener(bell).run())
    }

    fn alone(&self, purpose: Alone, work: OnceWork) -> BoxFuture<'_, Result<(), Error>> {
        Box::pin(carry::alone(&self.manager, purpose, work))
    }

    fn flush_rows_max(&self) -> usize {
        FLUSH_ROWS_MAX
    }

    fn close(&self) -> BoxFuture<'_, ()> {
        // Connections close when their pools are dropped.
        Box::pin(std::future::ready(()))
    }
}

async fn run_once(session: PooledConnection<'static, Manager>, work: &Work) -> Result<(), Error> {
    let mut tx = OpenTx::begin(session).await.map_err(refused)?;
    match work(&mut tx).await {
        Ok(()) => tx.commit().await.map_err(refused),
        Err(error) => {
            // Its own failure would say less than the first one.
            let _ = tx.roll_back().await;
            Err(error)
        }
    }
}

/// Gives the work its time; abandoned work marks its connection broken.
async fn within<T>(
    budget: Duration,
    work: impl Future<Output = Result<T, Error>>,
) -> Result<T, Error> {
    // A little more than the server's own timeout, whose error says more.
    match tokio::time::timeout(budget + Duration::from_millis(500), work).await {
        Ok(done) => done,
        Err(_) => Err(Error::unavailable(format!("postgres did not answer within {budget:?}"))),
    }
}
