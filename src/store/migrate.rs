//! Bringing the schema up to date: one process at a time, guarded by a lease.

use std::time::{Duration, Instant};

use super::driver::{Lane, Tx, sqlite};
use super::{Cause, Error, Row, Store};
use crate::model::id::NodeId;
use crate::params;

/// How long a lease holds if its holder dies.
const LEASE_MS: i64 = 60_000;

/// How long to wait for somebody else's migration.
const WAIT_MAX: Duration = Duration::from_secs(90);

const SCHEMA: &str = "SELECT CAST(MAX(version) AS BIGINT) FROM refinery_schema_history";

/// The number of the newest migration that this program knows.
#[must_use]
pub fn newest() -> i32 {
    sqlite::newest_migration()
}

/// The number of the newest migration that was applied to a store.
pub(super) async fn schema_in(tx: &mut dyn Tx) -> Result<Option<i64>, Error> {
    number(&tx.query(SCHEMA, vec![]).await?)
}

fn number(rows: &[Row]) -> Result<Option<i64>, Error> {
    rows.first().map_or(Ok(None), |row| row.opt_int(0))
}

/// Why the schema could not be brought up to date.
#[derive(Debug, thiserror::Error)]
pub enum MigrateError {
    /// The store cannot be reached.
    #[error(transparent)]
    Store(#[from] Error),
    /// A newer Carom, or another program, has changed the schema.
    #[error(
        "the store's schema is newer than this carom: {0}: use the newer program, or another store"
    )]
    Newer(String),
    /// A migration was refused.
    #[error("a migration failed")]
    Failed(#[source] Cause),
    /// Another process holds the lease for too long.
    #[error("another process has been migrating this store for {} s", WAIT_MAX.as_secs())]
    Busy,
}

impl MigrateError {
    /// Reads refinery's error.
    pub(super) fn from_refinery(error: refinery::Error) -> Self {
        use refinery::error::Kind;
        match error.kind() {
            Kind::DivergentVersion(..) | Kind::MissingVersion(..) => Self::Newer(error.to_string()),
            _ => Self::Failed(Box::new(error)),
        }
    }
}

impl Store {
    /// Brings the schema up to date and returns how many migrations were applied.
    ///
    /// # Errors
    /// The store cannot be reached, or its schema is newer than this program.
    pub async fn migrate(&self) -> Result<usize, MigrateError> {
        self.migrate_to(None).await
    }

    /// Brings the schema up to this version, for rows that were written for it, or to the newest.
    ///
    /// # Errors
    /// The store cannot be reached, or its schema is newer than this program.
    pub async fn migrate_to(&self, up_to: Option<i32>) -> Result<usize, MigrateError> {
        self.driver.connect().await?;
        self.make_lease_table().await?;
        let holder = NodeId::random();
        let patience = Instant::now() + WAIT_MAX;
        while !self.take_lease(holder).await? {
            if Instant::now() > patience {
                return Err(MigrateError::Busy);
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        let applied = self.driver.migrate(up_to).await;
        self.execute(
            Lane::Admin,
            "DELETE FROM leases WHERE name = 'migrate' AND holder = $1",
            params![holder],
        )
        .await?;
        applied
    }

    /// The number of the newest migration that was applied; none for a database without a store.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn schema(&self) -> Result<Option<i64>, Error> {
        self.driver.connect().await?;
        match self.query(SCHEMA, vec![]).await {
            // The table is made by the first migration.
            Err(Error::Refused(_)) => Ok(None),
            rows => number(&rows?),
        }
    }

    async fn make_lease_table(&self) -> Result<(), Error> {
        let make = || {
            self.execute(
                Lane::Admin,
                "CREATE TABLE IF NOT EXISTS leases (
                     name TEXT NOT NULL PRIMARY KEY, holder BIGINT NOT NULL, until BIGINT NOT NULL)",
                vec![],
            )
        };
        match make().await {
            // Two at once: Postgres refuses the loser, who then finds the winner's table.
            Err(Error::Refused(_)) => make().await.map(drop),
            other => other.map(drop),
        }
    }

    async fn take_lease(&self, holder: NodeId) -> Result<bool, Error> {
        let taken = self
            .execute(
                Lane::Admin,
                "INSERT INTO leases (name, holder, until) VALUES ('migrate', $1, {now} + $2)
                 ON CONFLICT (name) DO UPDATE SET holder = excluded.holder, until = excluded.until
                 WHERE leases.until < {now}",
                params![holder, LEASE_MS],
            )
            .await?;
        Ok(taken == 1)
    }
}
