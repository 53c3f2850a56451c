//! Where a store is: the meaning of `--store`.

use std::fmt;
use std::path::PathBuf;

use super::driver::postgres;
use crate::telemetry;

/// Where a store is.
#[derive(Clone, PartialEq, Eq)]
pub enum Location {
    /// A SQLite file; a relative path starts at the data directory.
    Sqlite {
        /// The file.
        file: PathBuf,
    },
    /// A Postgres connection string (`postgres://…`), which may hold a password.
    Postgres(String),
}

/// A text that names no store. It is not repeated, for it may hold a password.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LocationError {
    /// None of the three forms.
    #[error(
        "names no store: write `sqlite`, `sqlite:FILE` or \
         `postgres://USER:PASSWORD@HOST:PORT/DATABASE`"
    )]
    Unknown,
    /// A Postgres address with something wrong in it.
    #[error("is no address of a Postgres database: {0}")]
    Postgres(String),
}

impl Location {
    /// Reads `sqlite`, `sqlite:FILE` or `postgres://…`.
    ///
    /// # Errors
    /// The text is none of them.
    pub fn parse(text: &str) -> Result<Self, LocationError> {
        if text.starts_with("postgres://") || text.starts_with("postgresql://") {
            return match postgres::check_address(text) {
                Ok(()) => Ok(Self::Postgres(text.to_owned())),
                Err(error) => Err(LocationError::Postgres(telemetry::in_full(&error))),
            };
        }
        let file = match text.strip_prefix("sqlite") {
            Some("") => "carom.db",
            Some(rest) => match rest.strip_prefix("://").or_else(|| rest.strip_prefix(':')) {
                Some(file) if !file.is_empty() => file,
                _ => return Err(LocationError::Unknown),
            },
            None => return Err(LocationError::Unknown),
        };
        Ok(Self::Sqlite { file: PathBuf::from(file) })
    }
}

// By hand: a connection string may hold a password.
impl fmt::Debug for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sqlite { file } => f.debug_struct("Sqlite").field("file", file).finish(),
            Self::Postgres(_) => f.write_str("Postgres(…)"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_three_forms_are_read() {
        let file = |name: &str| Ok(Location::Sqlite { file: name.into() });
        assert_eq!(Location::parse("sqlite"), file("carom.db"));
        assert_eq!(Location::parse("sqlite:/var/lib/a.db"), file("/var/lib/a.db"));
        assert_eq!(Location::parse("sqlite:///var/lib/a.db"), file("/var/lib/a.db"));
        let address = "postgres://carom@localhost/carom";
        assert_eq!(Location::parse(address), Ok(Location::Postgres(address.into())));
    }

    #[test]
    fn a_postgres_address_is_read_before_anything_is_opened() {
        for bad in ["postgres://db:port/x", "postgres://db/x?sslmode=maybe", "postgres://db/x?a=b"]
        {
            assert!(matches!(Location::parse(bad), Err(LocationError::Postgres(_))), "{bad}");
        }
    }

    #[test]
    fn errors_and_debug_keep_passwords() {
        let error = Location::parse("mysql://me:secret@db/x").expect_err("no such store");
        assert!(!error.to_string().contains("secret"), "{error}");
        let location = Location::parse("postgres://me:secret@db/x").expect("a store");
        assert!(!format!("{location:?}").contains("secret"));
    }
}
