//! API keys: listed, made, replaced, revoked.
//!
//! | file | what it holds |
//! |---|---|
//! | `list` | the page, with the form for a new key |
//! | `act` | what its forms do |
//! | `form` | a key to be made, as the form sends it |
//! | `scopes` | what a key may do, in plain words |

pub(in crate::admin) mod act;
mod form;
pub(in crate::admin) mod list;
mod scopes;
