//! Reading the clicks, and keeping what is read small.
//!
//! ```text
//!  click_quarters ─────────────────── series      every click of a subject, over time
//!  dimension_hours ∪ dimension_days ─ values      the most frequent values of a dimension
//!  visits ─┬─ matching                            both of them again, and visitors, for clicks that
//!          │    └ filter                          have these values
//!          └─ visits                              one by one, newest first
//!  fold     old hours become days                 forget   old visits go
//!  drift    what does not add up
//! ```
//!
//! | file | what it holds |
//! |---|---|
//! | [`span`] | a stretch of time |
//! | [`series`](mod@series) | sums of a subject over time |
//! | [`many`] | sums of many links over time |
//! | [`values`](mod@values) | the most frequent values of a dimension |
//! | [`tagged`] | both of the links that have a tag |
//! | [`filter`] | which visits are meant |
//! | [`matching`] | series, values and visitors of the visits that match a filter |
//! | [`visits`](mod@visits) | visits of a link, page by page |
//! | [`fold`] | hours of dimensions into days |
//! | [`forget`] | the end of visits |
//! | [`kept`] | how long details are kept |
//! | [`drift`](mod@drift) | totals against what they are the sums of |
//!
//! Time zones are unknown here: a series is cut by an offset and a width that the caller gives.

pub mod drift;
pub mod filter;
pub mod fold;
pub mod forget;
pub mod kept;
pub mod many;
pub mod matching;
pub mod series;
pub mod span;
pub mod tagged;
pub mod values;
pub mod visits;

pub use drift::{Check, Drift, DriftReport, drift};
pub use filter::{Filter, Scope};
pub use fold::fold_hours;
pub use forget::forget_visits;
pub use kept::Kept;
pub use many::series_of_many;
pub use series::{Grid, Point, series};
pub use span::Span;
pub use tagged::Tagged;
pub use values::{TopValues, ValueCount, values};
pub use visits::{Place, WorkspacePlace, most_visited, visits, visits_of_workspace};
