//! Configuration: from four layers of text to one typed [`Config`], or every reason why not.
//!
//! ```text
//!  layers     config.toml (compiled in) < a file < CAROM_SECTION__KEY < flags
//!    │  document   what stands in a TOML file, and on which line
//!    ▼
//!  settings   one value a key, and the layer it came from      near: "did you mean …?"
//!    │  reader     a value as a number, a time, an address
//!    ▼
//!  sections/  one struct a section, with its bounds
//!    ▼
//!  load       all sections, and what they contradict in each other
//! ```
//!
//! A value that cannot be used is a [`ConfigProblem`]; all of them are collected, then returned
//! together. Nothing here opens a file of data or a socket, and only `Layers::from_process` looks at
//! the process; the rest is a function of its arguments.

mod document;
mod layers;
mod load;
mod near;
mod origin;
mod problem;
mod reader;
mod sections;
mod settings;
mod unnamed_store;

#[cfg(test)]
mod tests;

pub use layers::{FileLayer, Flags, Layers};
pub use load::Config;
pub use origin::Origin;
pub use problem::{ConfigErrors, ConfigProblem};
pub use sections::{
    AdminConfig, BackupConfig, CacheConfig, ClicksConfig, DataConfig, DomainsConfig, EdgeConfig,
    LinksConfig, LogConfig, MailConfig, NodeConfig, OidcConfig, Role, Secret, ShutdownConfig,
    StoreConfig,
};
pub use settings::{Raw, Setting, Settings};
