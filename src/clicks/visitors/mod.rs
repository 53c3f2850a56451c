//! Unique visitors: told apart for a day, and counted without being kept.
//!
//! ```text
//!  store, a day ahead          edge thread                  clicks task, once a minute
//!  Salts ──► VisitorKeys ────► VisitorKey::hash ─ journal ─► Sketches::add ──► SketchWriter
//!  today's and tomorrow's      address and user agent        one sketch a      read, union,
//!  salt, cached on disk        become a number               link and day      write ──► store
//! ```
//!
//! | file | what it holds |
//! |---|---|
//! | [`key`] | a day's key, and the hash that it makes |
//! | [`keeper`] | the keys of this node, renewed from the store |
//! | [`cache`] | the salts on this node's disk |
//! | [`sketch`] | the stored form of a sketch: estimate and union |
//! | [`sketches`] | visitors that the store has not got yet |
//! | [`writer`] | merging them into the store |
//!
//! A hash means nothing once its day's salt is gone, so visitors of several days cannot be counted
//! together: such a figure is the sum of its days. Adding a visitor twice changes nothing, which is
//! why records can be replayed into sketches.

pub mod cache;
pub mod keeper;
pub mod key;
pub mod sketch;
pub mod sketches;
pub mod writer;

pub use keeper::Salts;
pub use key::{VisitorKey, VisitorKeys};
pub use sketch::{estimate, union};
pub use sketches::Sketches;
pub use writer::SketchWriter;
