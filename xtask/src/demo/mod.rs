//! Made-up, plausible data: a small company, its links, and the clicks of weeks, written straight
//! into a store that no server runs on. The same in every run, up to the time of day.
//!
//! ```text
//!  company, words ─► links ─┬─► clicks ─► sums ─► rows ─► sink ─┬─ sqlite
//!             visitor ──────┘              └─► sketch           └─ postgres
//! ```
//!
//! | file | what it holds |
//! |---|---|
//! | [`company`] | the company: people, keys, domains, links |
//! | [`words`] | what visitors have: places, browsers, sites, campaigns |
//! | [`visitor`] | one visitor drawn from them |
//! | [`links`] | which links there are, since when, and how often each is followed |
//! | [`clicks`] | the clicks of one link |
//! | [`sums`] | clicks summed as Carom sums them |
//! | [`sketch`] | visitors of a day in the stored form |
//! | [`fill`] | everything, in the order in which a store takes it fastest |
//! | [`sink`] | the tables, and what takes their rows |
//! | [`sqlite`] | a file |
//! | [`postgres`] | a server, through `psql` |
//!
//! What a click adds is decided in `src/clicks/rollup.rs`, what of it is kept how long in
//! `config.toml`; both are said again here. `carom check` compares totals with what they are the
//! sums of, and so do the tests.

pub(crate) mod clicks;
pub(crate) mod company;
pub(crate) mod fill;
pub(crate) mod links;
pub(crate) mod postgres;
pub(crate) mod sink;
pub(crate) mod sketch;
pub(crate) mod sqlite;
pub(crate) mod sums;
pub(crate) mod visitor;
pub(crate) mod words;
