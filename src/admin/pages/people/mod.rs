//! People: who belongs to the workspace, in which role, and who is invited.
//!
//! | file | what it holds |
//! |---|---|
//! | `show` | the page, with the form for an invitation |
//! | `act` | what its forms do |
//! | `roles` | what a role may do, in plain words |

pub(in crate::admin) mod act;
mod roles;
pub(in crate::admin) mod show;
