//! One struct a section of config.toml: its values, typed, within their bounds.

mod admin;
mod backup;
mod cache;
mod clicks;
mod data;
mod domains;
mod edge;
mod hosts;
mod links;
mod log;
mod mail;
mod node;
mod oidc;
mod proxies;
mod public_url;
mod shutdown;
mod store;

pub use admin::AdminConfig;
pub use backup::BackupConfig;
pub use cache::CacheConfig;
pub use clicks::ClicksConfig;
pub use data::DataConfig;
pub use domains::DomainsConfig;
pub use edge::EdgeConfig;
pub use links::LinksConfig;
pub use log::LogConfig;
pub use mail::MailConfig;
pub use node::{NodeConfig, Role};
pub use oidc::{OidcConfig, Secret};
pub use shutdown::ShutdownConfig;
pub use store::StoreConfig;

/// A minute in milliseconds: the longest of most waits.
const MINUTE_MS: u32 = 60_000;

/// An hour in milliseconds.
const HOUR_MS: u32 = 60 * MINUTE_MS;

/// More threads than any machine has use for.
const THREADS_MAX: u32 = 1024;

/// Connections that a process can have open at most, on any kernel we know.
const CONNECTIONS_MAX: u32 = 1_000_000;
