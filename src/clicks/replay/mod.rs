//! Reading the journal back, in order, and again from an earlier place when the store asks.
//!
//! | file | what it holds |
//! |---|---|
//! | [`stream`] | the records of one edge thread, of this process or of one before it |
//! | [`held`] | one segment of a stream, mapped or on disk |
//! | [`tally`] | the sums of one counts segment |
//! | [`source`] | either of the two, as a batch sees it |
//!
//! What was absorbed is kept for some minutes, in case the store goes back to an older state.

pub mod held;
pub mod source;
pub mod stream;
pub mod tally;

pub use source::{Replayed, Size, Source};

#[cfg(test)]
mod model;
