//! Carom: a short-link redirect server.
//!
//! Two ways lead through it: a request's, in [`edge`], and a click's, in [`clicks`]. The map of the
//! rest is `docs/ARCHITECTURE.md`.

pub mod accounts;
pub mod admin;
pub mod app;
pub mod backup;
pub mod cache;
pub mod cli;
pub mod clicks;
pub mod config;
pub mod dns;
pub mod edge;
pub mod forwarded;
pub mod hashing;
pub mod health;
pub mod links;
pub mod mail;
pub mod metrics;
pub mod model;
pub mod node;
pub mod priority;
pub mod shutdown;
pub mod sso;
pub mod store;
pub mod telemetry;
pub mod upkeep;
