//! The store: every fact Carom keeps, behind functions that speak of links, clicks and keys.
//!
//! ```text
//!  links::find, clicks::absorb, …   one file a room of data, each query written once
//!            │
//!  Store     query · execute · write (one transaction)
//!            │
//!  tables · dump · load              whole tables: a backup and its restore
//!            │
//!  driver/   Driver, Tx ── sqlite (embedded, the default)
//!                       └─ postgres (bb8, tokio-postgres)
//! ```
//!
//! The contract, proved by name on both databases in `tests/it/store_contract.rs`:
//! - a write is applied whole or not at all, and a change of a link stands in the change log of the
//!   same transaction, stamped by the store's clock;
//! - whatever people and programs change stands in the audit log of the same transaction, under the
//!   actor that the store was asked on behalf of;
//! - where the database can, such a change rings on every node that listens, once it is committed;
//! - a click of a link with a limit is granted once for each claim, and never beyond the limit;
//! - a batch of clicks is counted once, however often it is offered;
//! - what cannot be reached is [`Error::Unavailable`], never an empty answer.
//!
//! Rules of the shared dialect: only bigint, text, bytes and null; times are epoch milliseconds and
//! buckets are computed here; no serial, enum, array, trigger, stored procedure or advisory lock.
//!
//! Nothing here knows HTTP, caches or configuration files.

pub mod audit;
pub mod changes;
pub mod claims;
pub mod clicks;
pub mod domains;
pub mod doorbell;
pub mod driver;
pub mod dump;
mod error;
pub mod facts;
pub mod idempotency;
pub mod identities;
pub mod invitations;
pub mod keys;
pub mod leases;
pub mod links;
pub mod load;
pub mod location;
pub mod memberships;
pub mod migrate;
mod open;
pub mod pending_sign_ins;
pub mod salts;
mod second_factor;
pub mod sessions;
pub mod setup;
pub mod sketches;
pub mod stats;
pub mod tables;
pub mod users;
mod value;
pub mod workspaces;

pub use error::{Cause, Error};
pub use location::{Location, LocationError};
pub use open::{Gate, Limits, Store};
pub use value::{Row, Value};
