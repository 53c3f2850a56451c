//! One's own account: name, password, second factor, sessions.
//!
//! | file | what it holds |
//! |---|---|
//! | `show` | the page |
//! | `act` | what its forms do to the name, the password and the sessions |
//! | `factor` | what its forms do to the second factor |
//! | `browsers` | what a browser calls itself, in short |

pub(in crate::admin) mod act;
mod browsers;
pub(in crate::admin) mod factor;
pub(in crate::admin) mod show;
