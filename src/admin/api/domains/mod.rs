//! Domains over HTTP.
//!
//! | file | what it holds |
//! |---|---|
//! | `read` | the list, and one of it |
//! | `claim` | a name is claimed, and proven |
//! | `change` | settings, and the end of a domain or a claim |
//! | `found` | the domain or the claim that a path names, if its caller may see it |
//!
//! Domains and claims are one list: a claim has the id that its domain will have.

pub(in crate::admin) mod change;
pub(in crate::admin) mod claim;
mod found;
pub(in crate::admin) mod read;
