//! The layer that a value came from.

use std::fmt;

/// Where a value was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    /// In the compiled-in `config.toml`.
    Default,
    /// In a file.
    File {
        /// Its name, as it was given.
        name: String,
        /// The line, counted from 1.
        line: usize,
    },
    /// In this environment variable.
    Variable(String),
    /// After this flag.
    Flag(&'static str),
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Default => f.write_str("the default"),
            Self::File { name, line } => write!(f, "{name} line {line}"),
            Self::Variable(name) => write!(f, "the environment variable {name}"),
            Self::Flag(name) => write!(f, "the flag {name}"),
        }
    }
}
