//! Domains that links are served under, and names that somebody says are theirs.
//!
//! | file | what it holds |
//! |---|---|
//! | `row` | a domain, its settings, and how they stand in a row |
//! | `create` | the operator's word makes a domain |
//! | `find` | all domains, or one of a workspace |
//! | `change` | settings, and the end of a domain |
//! | [`claims`] | names without a proof yet, and the proof that makes one a domain |
//!
//! A host belongs to one workspace at most: its unique index decides who was first.

mod change;
pub mod claims;
mod create;
mod find;
mod row;

pub use change::{Edit, change, delete};
pub use create::create;
pub use find::{all, get, of_workspace};
pub use row::{Domain, Settings};
