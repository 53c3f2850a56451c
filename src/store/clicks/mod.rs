//! Clicks: what a batch adds, the positions that count it once, and totals.
//!
//! | file | what it holds |
//! |---|---|
//! | [`mark`](mod@mark) | how far a stream has been absorbed |
//! | [`rows`] | what a batch adds, in the order of its keys |
//! | [`absorb`](mod@absorb) | adding a batch once, and where each stream stands |
//! | [`total`](mod@total) | everything counted for a subject |

pub mod absorb;
pub mod mark;
pub mod rows;
pub mod total;

pub use absorb::{Absorbed, Batch, Step, Writer, absorb, forget_streams, mark, marks, writers};
pub use mark::{Ahead, Mark};
pub use rows::{ClickRows, ClickSum, ValueSum, Visit};
pub use total::{total, totals};
