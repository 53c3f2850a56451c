//! SQLite, embedded: one writing thread, a few reading threads, WAL with full syncing.
//!
//! | file | what it holds |
//! |---|---|
//! | `threads` | the driver: threads, and queues before them |
//! | `session` | one connection: spelling, deadlines, transactions |
//! | `clicks` | adding clicks, row by row |
//! | `links` | inserting many links, row by row |
//! | `carry` | whole tables: a connection of its own, a prepared loop |
//! | `sketches` | merging visitor sketches, row by row |
//!
//! A transaction's body runs whole on the writing thread: its statements are answered on the spot,
//! so its future never waits and one poll ends it. `synchronous = FULL` because `NORMAL` loses
//! committed transactions in a power cut.

mod carry;
mod clicks;
mod links;
mod session;
mod sketches;
mod threads;

pub use session::newest_migration;
pub use threads::Sqlite;
