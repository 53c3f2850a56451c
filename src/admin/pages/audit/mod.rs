//! The audit log: who did what.
//!
//! | file | what it holds |
//! |---|---|
//! | `show` | the page, and the same as a table |
//! | `actors` | whose deeds it can be kept to |
//! | `words` | entries in plain words |

mod actors;
mod show;
mod words;

pub(in crate::admin) use show::{show, table};
