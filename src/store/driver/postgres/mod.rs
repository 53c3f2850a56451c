//! Postgres, through bb8 and tokio-postgres.
//!
//! | file | what it holds |
//! |---|---|
//! | `pools` | the driver: a pool a lane, transactions in tasks of their own |
//! | `session` | one connection: its prepared statements, and whether it may be used again |
//! | `transaction` | a transaction on it: what it runs, and how it ends |
//! | `listener` | the connection on which changes ring |
//! | `clicks` | adding clicks, as arrays |
//! | `links` | inserting many links, as arrays |
//! | `sketches` | merging visitor sketches, as arrays |
//! | `carry` | whole tables: a connection of its own, `COPY` |
//! | `tls` | TLS as libpq means it |
//! | `failure` | what refusals mean for the caller |
//!
//! bb8 has no statement cache and hands out a connection whose last query was abandoned half-way;
//! `session` mends both.

mod carry;
mod clicks;
mod failure;
mod links;
mod listener;
mod pools;
mod session;
mod sketches;
mod tls;
mod transaction;

pub use pools::Postgres;
pub use tls::{AddressError, check_address};
