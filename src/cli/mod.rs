//! The command line: what people and scripts type.
//!
//! ```text
//!  arguments ── run ─┬─ serve         hands the configuration to the server
//!                    ├─ check_config  what the layers say, and nothing more
//!                    ├─ backup        restore: a file into a store that need not be one yet
//!                    └─ opened        the store, up to date, for one command
//!                         ├─ migrate
//!                         ├─ link     create · show · list · edit · delete   (target: which one)
//!                         ├─ key      create · list · revoke
//!                         ├─ domain   add · show · list · edit · verify · remove
//!                         ├─ user     create · list · reset-password · disable · enable · …
//!                         ├─ workspace  create · list · rename · members · add-member · …
//!                         ├─ check    whether the clicks add up
//!                         ├─ backup   the store into a file
//!                         └─ journal  list · adopt
//!  acting   which workspace is meant
//!  output   tables for people, JSON for programs          exit   what the exit code says
//! ```
//!
//! Rules of links are in `crate::links`, those of people in `crate::accounts`; here they are only given
//! words and exit codes. Nothing here knows HTTP or SQL.

mod acting;
mod arguments;
mod backup;
mod check;
mod check_config;
mod domain;
mod exit;
mod journal;
mod key;
mod link;
mod migrate;
mod opened;
mod output;
mod progress;
mod run;
mod user;
mod workspace;

pub use run::run;
