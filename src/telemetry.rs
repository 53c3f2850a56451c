//! Logging: one line a fact, to standard error, as text or as JSON.

use std::io::IsTerminal;

use tracing_subscriber::EnvFilter;

/// How lines look.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogFormat {
    /// For people.
    Text,
    /// For programs.
    Json,
}

/// A level or filter that cannot be understood.
#[derive(Debug, thiserror::Error)]
#[error(
    "`{filter}` is no log level: use error, warn, info, debug, trace or a filter such as `info,carom::cache=debug`"
)]
pub struct FilterError {
    filter: String,
}

/// Reads a level or filter.
///
/// # Errors
/// It is none.
pub fn filter(text: &str) -> Result<EnvFilter, FilterError> {
    let fault = || FilterError { filter: text.to_owned() };
    if text.trim().is_empty() {
        return Err(fault());
    }
    EnvFilter::builder().parse(text).map_err(|_| fault())
}

/// Starts logging. A second call, as in tests, changes nothing.
pub fn start(filter: EnvFilter, format: LogFormat) {
    let lines = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_ansi(std::io::stderr().is_terminal())
        .with_writer(std::io::stderr);
    let started = match format {
        LogFormat::Text => lines.with_target(false).try_init(),
        LogFormat::Json => lines.json().try_init(),
    };
    if let Err(error) = started {
        tracing::debug!(%error, "logging runs already");
    }
}

/// An error with its causes, in one line.
#[must_use]
pub fn in_full(error: &dyn std::error::Error) -> String {
    let mut line = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        line = format!("{line}: {error}");
        cause = error.source();
    }
    line
}
