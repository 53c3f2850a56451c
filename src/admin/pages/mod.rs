//! Pages for people: rendered here, whole without a script, with the API's own functions behind them.
//!
//! | file | what it holds |
//! |---|---|
//! | `frame` | what stands around every page, and its policy |
//! | `assets` | the style sheet and the script, in the binary |
//! | `form` | forms as browsers send them |
//! | `guest` | who looks: somebody who has signed in, or who is led to the sign-in |
//! | `refused` | what went wrong, as a page |
//! | `sign_in`, `set_up`, `invitation` | ways in |
//! | `links` | links: listed, searched, made |
//!
//! A page never asks the store: it calls what the API's handler calls, so that both say the same.

pub(super) mod assets;
mod form;
mod frame;
pub(super) mod guest;
pub(super) mod invitation;
pub(super) mod links;
pub(super) mod refused;
pub(super) mod set_up;
pub(super) mod sign_in;
