//! Analytics: clicks over time and by what they have in common.
//!
//! | file | what it holds |
//! |---|---|
//! | `address` | what is looked at, as the page's address has it |
//! | `show` | the page |
//! | `seen` | the figures behind it |
//! | `figures` | an answer as pages show it |
//! | `panel` | the values of a dimension, each of which filters everything |
//! | `export` | the same figures as a table |
//!
//! Everything shown stands in the address, so that a view can be shared. The figures are those of
//! `GET /api/v1/stats`.

pub(super) mod address;
mod export;
pub(super) mod figures;
mod panel;
pub(super) mod seen;
mod show;

pub(in crate::admin) use export::{export, visits};
pub(in crate::admin) use show::show;
