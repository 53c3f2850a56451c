//! How a command ends: its exit code, and what stands on standard error.

use std::io::{self, Write};
use std::process::ExitCode;

use crate::accounts::email::EmailError;
use crate::accounts::name::NameError;
use crate::accounts::password::PasswordError;
use crate::accounts::role::RoleError;
use crate::backup::BackupError;
use crate::clicks::journal::directory::DirectoryError;
use crate::config::ConfigErrors;
use crate::dns::Unproven;
use crate::links::{DomainProblem, LinkProblem};
use crate::model::host::HostError;
use crate::model::id::IdError;
use crate::store;
use crate::store::migrate::MigrateError;

/// What `carom --help` ends with.
pub(super) const HELP: &str = "\
Configuration, each layer overruling those before it:
  the compiled-in config.toml, a file (--config or ./carom.toml), environment variables
  (CAROM_SECTION__KEY), flags. A store's password is best kept in CAROM_STORE__LOCATION:
  flags stand in the list of processes.

Exit codes:
  0  done
  1  failed
  2  wrong usage, configuration or value
  3  not found
  4  conflict: taken already, or changed meanwhile
  5  the store is unavailable: try again later
  6  a check found differences";

/// What an exit code says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Exit {
    Failed = 1,
    Usage = 2,
    NotFound = 3,
    Conflict = 4,
    Unavailable = 5,
    Drifted = 6,
}

/// What was asked for is not there.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(super) struct NotFound(pub(super) String);

/// A value that cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(super) struct BadValue(pub(super) String);

/// Something stands in the way.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(super) struct Conflict(pub(super) String);

/// What should be equal differs.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(super) struct Drifted(pub(super) String);

/// Says how a command ended.
pub(super) fn report(done: anyhow::Result<()>) -> ExitCode {
    let Err(error) = done else { return ExitCode::SUCCESS };
    // The reader of a pipe has seen enough: `carom link list | head`.
    if error.chain().any(is_broken_pipe) {
        return ExitCode::SUCCESS;
    }
    let mut stderr = io::stderr().lock();
    // Nobody is left to tell when standard error cannot be written.
    let _ = match error.downcast_ref::<ConfigErrors>() {
        Some(errors) => {
            errors.problems().iter().try_for_each(|problem| writeln!(stderr, "carom: {problem}"))
        }
        None => writeln!(stderr, "carom: {}", in_full(&error)),
    };
    ExitCode::from(code(&error) as u8)
}

/// An error and its causes. A cause that the sentence before has told already is left out.
fn in_full(error: &anyhow::Error) -> String {
    let mut line = String::new();
    for cause in error.chain().map(ToString::to_string) {
        if line.is_empty() {
            line = cause;
        } else if !line.contains(&cause) {
            line = format!("{line}: {cause}");
        }
    }
    line
}

fn is_broken_pipe(error: &(dyn std::error::Error + 'static)) -> bool {
    error.downcast_ref::<io::Error>().is_some_and(|e| e.kind() == io::ErrorKind::BrokenPipe)
}

/// The first of an error's causes that means something for a script decides.
fn code(error: &anyhow::Error) -> Exit {
    error.chain().find_map(meaning).unwrap_or(Exit::Failed)
}

fn meaning(error: &(dyn std::error::Error + 'static)) -> Option<Exit> {
    if let Some(error) = error.downcast_ref::<store::Error>() {
        return Some(of_store(error));
    }
    if let Some(MigrateError::Store(error)) = error.downcast_ref::<MigrateError>() {
        return Some(of_store(error));
    }
    if let Some(MigrateError::Busy) = error.downcast_ref::<MigrateError>() {
        return Some(Exit::Unavailable);
    }
    if let Some(error) = error.downcast_ref::<BackupError>() {
        return of_backup(error);
    }
    if let Some(Unproven::Silent { .. }) = error.downcast_ref::<Unproven>() {
        return Some(Exit::Unavailable);
    }
    if error.is::<NotFound>() {
        return Some(Exit::NotFound);
    }
    if error.is::<Conflict>()
        || error.is::<Unproven>()
        || matches!(error.downcast_ref(), Some(DirectoryError::Locked(_)))
    {
        return Some(Exit::Conflict);
    }
    if error.is::<Drifted>() {
        return Some(Exit::Drifted);
    }
    let is_bad_value = error.is::<BadValue>()
        || error.is::<ConfigErrors>()
        || error.is::<LinkProblem>()
        || error.is::<DomainProblem>()
        || error.is::<HostError>()
        || error.is::<IdError>()
        || error.is::<EmailError>()
        || error.is::<NameError>()
        || error.is::<PasswordError>()
        || error.is::<RoleError>();
    is_bad_value.then_some(Exit::Usage)
}

/// Nothing when its cause decides.
fn of_backup(error: &BackupError) -> Option<Exit> {
    match error {
        BackupError::Exists(_) | BackupError::Older { .. } | BackupError::Filled(_) => {
            Some(Exit::Conflict)
        }
        BackupError::Io { source, .. } if source.kind() == io::ErrorKind::NotFound => {
            Some(Exit::NotFound)
        }
        BackupError::Foreign(_) => Some(Exit::Usage),
        BackupError::Io { .. } | BackupError::Damaged { .. } | BackupError::Newer { .. } => {
            Some(Exit::Failed)
        }
        BackupError::Store(_) | BackupError::Migrate(_) => None,
    }
}

fn of_store(error: &store::Error) -> Exit {
    match error {
        store::Error::Unavailable(_) | store::Error::TooLong { .. } | store::Error::Busy(_) => {
            Exit::Unavailable
        }
        store::Error::Taken | store::Error::Stale | store::Error::InUse => Exit::Conflict,
        store::Error::Missing => Exit::NotFound,
        store::Error::Corrupt(_) | store::Error::Refused(_) => Exit::Failed,
    }
}

#[cfg(test)]
mod tests {
    use anyhow::Context;

    use super::*;

    #[test]
    fn each_kind_of_failure_has_its_code_however_deep_it_lies() {
        let unavailable = || store::Error::unavailable("gone");
        for (error, exit) in [
            (anyhow::anyhow!("something"), Exit::Failed),
            (anyhow::Error::from(BadValue("x".to_owned())), Exit::Usage),
            (LinkProblem::State("x".to_owned()).into(), Exit::Usage),
            (EmailError.into(), Exit::Usage),
            (NameError.into(), Exit::Usage),
            (PasswordError::Length.into(), Exit::Usage),
            (RoleError("x".to_owned()).into(), Exit::Usage),
            (NotFound("x".to_owned()).into(), Exit::NotFound),
            (store::Error::Missing.into(), Exit::NotFound),
            (Conflict("x".to_owned()).into(), Exit::Conflict),
            (Drifted("x".to_owned()).into(), Exit::Drifted),
            (store::Error::Taken.into(), Exit::Conflict),
            (store::Error::Stale.into(), Exit::Conflict),
            (unavailable().into(), Exit::Unavailable),
            (MigrateError::Store(unavailable()).into(), Exit::Unavailable),
            (MigrateError::Busy.into(), Exit::Unavailable),
        ] {
            let error = Err::<(), _>(error).context("above").context("far above");
            assert_eq!(code(&error.expect_err("an error")), exit);
        }
    }

    #[test]
    fn causes_follow_colons_and_are_told_once() {
        let error = anyhow::anyhow!("refused").context("no connection: refused").context("down");
        assert_eq!(in_full(&error), "down: no connection: refused");
    }
}
