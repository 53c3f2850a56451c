//! What is found out about a click off the redirect path, on the clicks thread.
//!
//! ```text
//!  Click ─► enricher ─┬─ agents    user agent: browser, system, device; is it a program?
//!                     ├─ places    network: country, region, city
//!                     ├─ referrer  the page before: its registrable domain
//!                     ├─ language  the first one asked for
//!                     └─ utm       five fields of the query
//!                    ─► audience and values
//! ```
//!
//! | file | what it holds |
//! |---|---|
//! | [`enricher`] | a click's way through the stations |
//! | `agents` | user agents that were parsed, and how many more may be this second |
//! | `rules` | uap-core's rules, compiled in |
//! | `device` | the class of a device |
//! | [`bots`], `programs` | programs that say so, and how they call themselves |
//! | `budget` | so many a second |
//! | `places` | networks that were looked up |
//! | `geo_file` | the geo database, read again when it changes |
//! | `referrer`, `language`, `utm` | what a text stands for |
//! | `value` | what every value must be |
//! | `remembered`, `recent` | results by a text's hash, bounded |
//!
//! Everything here comes from whoever sent the request: no text can make it fail, grow without
//! bound, or cost more than its budget. Nothing here knows the store or the journal's files.

pub mod bots;
pub mod enricher;

mod agents;
mod budget;
mod device;
mod geo_file;
mod language;
mod places;
mod programs;
mod recent;
mod referrer;
mod remembered;
mod rules;
mod utm;
mod value;

pub use bots::is_bot;
pub use enricher::{EnrichSettings, Enriched, Enricher};
