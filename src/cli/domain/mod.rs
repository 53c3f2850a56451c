//! `carom domain`: the domains that links are served under.
//!
//! | file | what it does |
//! |---|---|
//! | `arguments` | the grammar |
//! | `run` | from a command to what it does |
//! | `add` | adds a domain by the operator's word |
//! | `edit` | changes what a domain answers beside its links |
//! | `remove` | deletes a domain, or takes a claim back |
//! | `verify` | looks up the record that proves a claim |
//! | `pick` | finds the domain, the claim or the workspace that is meant |
//! | `print` | how domains look |

mod add;
mod arguments;
mod edit;
mod pick;
mod print;
mod remove;
mod run;
mod verify;

pub(super) use arguments::DomainArguments;
pub(super) use run::run;
