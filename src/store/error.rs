//! What can go wrong at the store: one variant for each thing a caller does about it.

use std::time::Duration;

/// The cause of a failure, from a database's own library.
pub type Cause = Box<dyn std::error::Error + Send + Sync>;

/// Why the store did not do what was asked.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The database did not answer in time or not at all: serve from the cache, try again later.
    /// A write may or may not have been applied.
    #[error("the store is unavailable")]
    Unavailable(#[source] Cause),
    /// Everything this process may use of the database is in use: try again in a moment. Says nothing
    /// about the database's health, and nothing was written.
    #[error("the store is busy")]
    Busy(#[source] Cause),
    /// What somebody on the admin side wanted to read takes longer than a statement may: ask for
    /// less. Says nothing about the database's health. Writes, and what is read for visitors and in
    /// the background, are [`Error::Unavailable`] when their time is up.
    #[error("the question took longer than {} ms", limit.as_millis())]
    TooLong {
        /// The time that a statement has.
        limit: Duration,
        /// The database's own words.
        #[source]
        cause: Cause,
    },
    /// The key is in use: choose another.
    #[error("that is taken already")]
    Taken,
    /// What was to be changed is another version by now: read it again.
    #[error("it was changed meanwhile")]
    Stale,
    /// What was to be changed is not there.
    #[error("it does not exist")]
    Missing,
    /// Others depend on what was to be changed or deleted.
    #[error("it is in use")]
    InUse,
    /// A row does not hold what Carom wrote: look at the database.
    #[error("the store holds something that Carom did not write: {0}")]
    Corrupt(String),
    /// The database refused a statement: a defect in Carom or in the database's set-up.
    #[error("the store refused a statement")]
    Refused(#[source] Cause),
}

impl Error {
    /// Unavailable, said in words.
    #[must_use]
    pub fn unavailable(why: impl Into<Cause>) -> Self {
        Self::Unavailable(why.into())
    }

    /// Busy, said in words.
    #[must_use]
    pub fn busy(why: impl Into<Cause>) -> Self {
        Self::Busy(why.into())
    }
}
