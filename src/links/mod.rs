//! Making and editing a link: the rules that the command line and the admin API share.
//!
//! ```text
//!  raw texts ── draft    what somebody asked for, checked: a `NewLink` or an `Edit`
//!               address  which domain a name means, and the short URL of a link
//!               domain   what may be said about a domain, and how it reads
//!               problem  what was wrong, with which field, and what to do
//!  link ─────── view     a link as programs read it
//! ```
//!
//! Nothing here knows HTTP, clap or SQL; the clock, the domains and the configuration are arguments.

mod address;
mod domain;
mod draft;
mod problem;
mod view;

#[cfg(test)]
mod fixture;

pub use address::{ShortUrls, Spot};
pub use domain::{DomainDraft, DomainEdit, DomainProblem, DomainView, Record};
pub use draft::{LinkDraft, LinkEdit, Rules, expiry};
pub use problem::LinkProblem;
pub use view::LinkView;
