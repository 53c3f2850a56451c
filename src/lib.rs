//! Carom, a short-link redirect server.
pub mod accounts;
pub mod model;
pub mod store;
