//! One's workspaces: listed, chosen, made, renamed.
//!
//! | file | what it holds |
//! |---|---|
//! | `show` | the page |
//! | `act` | what its forms do |

pub(in crate::admin) mod act;
pub(in crate::admin) mod show;
