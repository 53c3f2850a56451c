//! `carom user`: accounts, and the way back in for people who cannot sign in.
//!
//! | file | what it does |
//! |---|---|
//! | `arguments` | the grammar |
//! | `run` | from a command to what it does |
//! | `create` | makes an account |
//! | `mend` | gives another password, takes a second factor away, lets somebody in or not |
//! | `setup_link` | makes another address for the set-up |
//! | `password` | a password from standard input, or one that is made up |
//! | `pick` | finds who is meant |
//! | `print` | how people look |

mod arguments;
mod create;
mod mend;
mod password;
mod pick;
mod print;
mod run;
mod setup_link;

pub(super) use arguments::UserArguments;
pub(super) use pick::by_email;
pub(super) use run::run;
