//! A click's way.
//!
//! ```text
//!  edge thread     disk        clicks thread, every flush_interval                     store
//!  capture ─────►  journal ─►  replay ─► enrich ─► harvest ─► rollup ─► flush ──────►  absorb
//!  one copy, one   segments    records   what is   sorted     sums a    batches in     one transaction
//!  store           of clicks   in order  known     by link    key       key order,     a batch
//!                                                                       gated by marks
//! ```
//!
//! | file | what it holds |
//! |---|---|
//! | [`capture`] | what the edge does for a click |
//! | [`journal`] | clicks on the local disk, until the store has them |
//! | [`replay`] | reading the journal back |
//! | [`enrich`] | what is found out about a click |
//! | [`caps`] | how many values a bucket may have |
//! | [`harvest`] | what was read at once, cut into batches by link |
//! | [`rollup`] | sums by link, domain and workspace |
//! | [`visitors`] | telling visitors of one day apart |
//! | [`backlog`] | everything in the journal that the store has not got |
//! | [`flush`] | batches, until the store has them |
//! | [`counter`] | clicks of one link that are pending |
//! | [`registry`] | all counters, and live totals |
//! | [`points`] | where tests can kill the process |
//! | [`stats`] | what was counted, for those who ask |
//!
//! A redirect never waits for anything here. The edge knows only [`capture`].

pub mod backlog;
pub mod caps;
pub mod capture;
pub mod counter;
pub mod enrich;
pub mod flush;
pub mod harvest;
pub mod journal;
pub mod points;
pub mod registry;
pub mod replay;
pub mod rollup;
pub mod stats;
pub mod visitors;

pub use counter::LinkClicks;
pub use registry::{Clicks, LiveTotal};
