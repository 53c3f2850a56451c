//! `carom workspace`: what owns links, domains, keys and clicks, and who belongs to it.
//!
//! | file | what it does |
//! |---|---|
//! | `arguments` | the grammar |
//! | `run` | from a command to what it does |
//! | `make` | makes, renames and lists workspaces |
//! | `members` | who belongs to one, and in which role |

mod arguments;
mod make;
mod members;
mod run;

pub(super) use arguments::WorkspaceArguments;
pub(super) use run::run;
