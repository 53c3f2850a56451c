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

/// What is logged, changed while it runs.
pub struct Filter(Box<dyn Fn(EnvFilter) + Send + Sync>);

impl Filter {
    /// From now on this is logged.
    pub fn set(&self, filter: EnvFilter) {
        (self.0)(filter);
    }
}

/// Starts logging. A second call, as in tests, changes nothing.
pub fn start(filter: EnvFilter, format: LogFormat) -> Filter {
    let lines = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_ansi(std::io::stderr().is_terminal())
        .with_writer(std::io::stderr);
    // Only a logger that is gone cannot be changed.
    let (started, filter) = match format {
        LogFormat::Text => {
            let lines = lines.with_target(false).with_filter_reloading();
            let handle = lines.reload_handle();
            let set = move |filter: EnvFilter| drop(handle.reload(filter));
            (lines.try_init(), Filter(Box::new(set)))
        }
        LogFormat::Json => {
            let lines = lines.json().with_filter_reloading();
            let handle = lines.reload_handle();
            let set = move |filter: EnvFilter| drop(handle.reload(filter));
            (lines.try_init(), Filter(Box::new(set)))
        }
    };
    if let Err(error) = started {
        tracing::debug!(%error, "logging runs already");
    }
    filter
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
