//! Domains: listed, claimed, proven, changed, given up.
//!
//! | file | what it holds |
//! |---|---|
//! | `list` | the page of all, with the form for a claim |
//! | `show` | the page of one domain, or of a claim |
//! | `form` | every setting as a form has it, and what was changed |
//! | `save` | the settings are saved |
//! | `act` | a name is claimed, looked up, given up |

pub(in crate::admin) mod act;
mod form;
pub(in crate::admin) mod list;
pub(in crate::admin) mod save;
pub(in crate::admin) mod show;
