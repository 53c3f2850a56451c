//! Clicks: what a batch adds, the positions that count it once, and totals.
//!
//! | file | what it holds |
//! |---|---|
//! | [`rows`] | what a batch adds, in the order of its keys |
//! | [`absorb`](mod@absorb) | adding a batch once, and where each stream stands |
//! | [`total`](mod@total) | everything counted for a subject |

pub mod absorb;
pub mod rows;
pub mod total;

pub use absorb::{Absorbed, Batch, Step, absorb, forget_streams, position, positions};
pub use rows::{ClickRows, ClickSum, ValueSum, Visit};
pub use total::total;
