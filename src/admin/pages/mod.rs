//! Pages for people: rendered here, whole without a script, with the API's own functions behind them.
//!
//! | file | what it holds |
//! |---|---|
//! | `frame` | what stands around every page, and its policy |
//! | `assets` | the style sheet and the script, in the binary |
//! | `form` | forms as browsers send them |
//! | [`analytics`] | clicks over time and by what they have in common |
//! | [`audit`] | who did what |
//! | `chart` | series as drawings |
//! | `clocks` | by whose clocks somebody reads |
//! | `filters` | how templates show values |
//! | `guest` | who looks: somebody who has signed in, or who is led to the sign-in |
//! | `refused` | what went wrong, as a page |
//! | `sign_in`, `set_up`, `invitation` | ways in |
//! | [`links`] | links: listed, searched, made, many changed at once |
//! | [`live`] | visits as they happen |
//! | [`link`] | one link: settings, QR code, how it fares |
//! | [`system`] | how this node fares |
//! | [`keys`] | API keys: listed, made, replaced, revoked |
//! | [`domains`] | domains: claimed, proven, changed, given up |
//! | [`people`] | members, roles, invitations |
//! | [`account`] | one's own account: name, password, second factor, sessions |
//! | [`workspaces`] | one's workspaces: listed, chosen, made, renamed |
//!
//! A page never asks the store: it calls what the API's handler calls, so that both say the same.

pub(super) mod account;
pub(super) mod analytics;
pub(super) mod assets;
pub(super) mod audit;
mod chart;
mod clocks;
pub(super) mod domains;
mod filters;
mod form;
mod frame;
pub(super) mod guest;
pub(super) mod invitation;
pub(super) mod keys;
pub(super) mod link;
pub(super) mod links;
pub(super) mod live;
pub(super) mod people;
pub(super) mod refused;
pub(super) mod set_up;
pub(super) mod sign_in;
pub(super) mod system;
pub(super) mod workspaces;
