//! A click's way.
//!
//! ```text
//!  edge thread          clicks task, every flush_interval                         store
//!  capture ──────────►  rollup ────────────────────────►  flush ───────────────►  absorb
//!  one atomic add on    counts become sums a link and     batches in key order,   one transaction
//!  the link's counter   quarter hour                      gated by a position     a batch
//! ```
//!
//! | file | what it holds |
//! |---|---|
//! | [`capture`] | what the edge does for a click |
//! | [`counter`] | the clicks of one link on this node: answered, rolled up, absorbed |
//! | [`registry`] | all counters, and live totals |
//! | [`rollup`] | sums by link and quarter hour |
//! | [`flush`] | batches, until the store has them |
//! | [`stats`] | what was counted, for those who ask |
//!
//! A redirect never waits for anything here. The edge knows only [`capture`]: a journal can take its
//! place between capture and rollup without the edge noticing.

pub mod capture;
pub mod counter;
pub mod flush;
pub mod journal;
pub mod registry;
pub mod rollup;
pub mod stats;

pub use counter::LinkClicks;
pub use registry::{Clicks, LiveTotal};
