//! Statistics: what somebody asks about clicks, and the answer.
//!
//! ```text
//!  question ── answer ─┬─ buckets ── zone       which days and hours there are, where the clocks say so
//!                      ├─ sums                  without a filter: what was summed when it happened
//!                      ├─ slices                with one: visits, so many at a time
//!                      ├─ breakdown             the most frequent values, the others, the unknown
//!                      └─ visitors
//! ```
//!
//! | file | what it holds |
//! |---|---|
//! | [`question`] | what is asked |
//! | [`answer`](mod@answer) | the answer, and what makes it approximate |
//! | [`zone`] | a time zone and its clocks |
//! | [`buckets`] | the pieces of a series, in a zone |
//! | `sums` | answering from sums |
//! | `slices` | answering from visits |
//! | [`breakdown`] | values of a dimension |
//! | `visitors` | how many visitors there were |
//!
//! Nothing here knows HTTP or SQL; the clock is an argument.

pub mod answer;
pub mod breakdown;
pub mod buckets;
pub mod question;
mod slices;
mod sums;
mod visitors;
pub mod zone;

pub use answer::{Answer, Note, StatsError, answer};
pub use breakdown::Breakdown;
pub use buckets::{Bucket, Interval};
pub use question::Question;
pub use zone::{UnknownZone, Zone};
