//! What Postgres' refusals mean for the caller.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio_postgres::error::SqlState;

use crate::store::{Cause, Error};
use crate::telemetry;

/// Why there is no session.
#[derive(Debug, thiserror::Error)]
pub(super) enum NoSession {
    /// The server could not be reached, or said no.
    #[error(transparent)]
    Refused(#[from] tokio_postgres::Error),
    /// It began to answer, and did not come to an end.
    #[error("postgres did not finish the login in time")]
    Late,
}

/// Remembers why the pool could not connect: bb8 itself only says that it waited in vain.
#[derive(Debug, Clone, Default)]
pub(super) struct Sink(Arc<Mutex<Option<String>>>);

impl bb8::ErrorSink<NoSession> for Sink {
    fn sink(&self, error: NoSession) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(telemetry::in_full(&error));
    }

    fn boxed_clone(&self) -> Box<dyn bb8::ErrorSink<NoSession>> {
        Box::new(self.clone())
    }
}

/// No connection was to be had. `is_full` says that all of the pool's are in use.
pub(super) fn out_of_pool(error: bb8::RunError<NoSession>, sink: &Sink, is_full: bool) -> Error {
    match error {
        bb8::RunError::User(error) => not_connected(error),
        bb8::RunError::TimedOut => {
            let why = sink.0.lock().unwrap_or_else(PoisonError::into_inner).take();
            match why {
                Some(why) => Error::unavailable(format!("no connection to postgres: {why}")),
                None if is_full => Error::busy("no connection to postgres came free in time"),
                None => Error::unavailable("postgres did not accept a connection in time"),
            }
        }
    }
}

/// What a failed connection means.
pub(super) fn not_connected(error: NoSession) -> Error {
    match error {
        NoSession::Refused(error) => refused(error),
        NoSession::Late => Error::unavailable(error),
    }
}

/// What a failed statement means. Whatever may pass by itself is [`Error::Unavailable`].
pub(super) fn refused(error: tokio_postgres::Error) -> Error {
    let passes = match error.code() {
        // No word from the server: the connection is gone, unless a value could not be sent or read.
        None => !is_conversion(&error),
        Some(code) => {
            // Classes: 08 connection, 28 login, 3D no such database, 40 rolled back, 53 resources,
            // 55 not in the needed state, 57 operator intervention, 58 system error.
            ["08", "28", "3D", "40", "53", "55", "57", "58"]
                .iter()
                .any(|class| code.code().starts_with(class))
                || *code == SqlState::READ_ONLY_SQL_TRANSACTION
        }
    };
    let cause: Cause = Box::new(error);
    if passes { Error::Unavailable(cause) } else { Error::Refused(cause) }
}

/// What a question that failed means to somebody who may ask for less.
pub(super) fn unanswered(error: tokio_postgres::Error, limit: Duration) -> Error {
    match error.code() {
        Some(&SqlState::QUERY_CANCELED) => Error::TooLong { limit, cause: Box::new(error) },
        _ => refused(error),
    }
}

fn is_conversion(error: &tokio_postgres::Error) -> bool {
    // The kind is private, and its words are stable.
    let words = error.to_string();
    words.starts_with("error serializing parameter")
        || words.starts_with("error deserializing column")
}

/// Whether Postgres asks for the transaction to be run again (40001, 40P01).
pub(super) fn wants_retry(error: &Error) -> bool {
    let (Error::Unavailable(cause) | Error::Refused(cause)) = error else { return false };
    cause.downcast_ref::<tokio_postgres::Error>().and_then(tokio_postgres::Error::code).is_some_and(
        |code| {
            matches!(*code, SqlState::T_R_SERIALIZATION_FAILURE | SqlState::T_R_DEADLOCK_DETECTED)
        },
    )
}
