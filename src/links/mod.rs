//! Making and editing a link: the rules that the command line and the admin API share.
//!
//! ```text
//!  raw texts ── draft    what somebody asked for, checked: a `NewLink` or an `Edit`
//!               address  which domain a name means, and the short URL of a link
//!               domain   what may be said about a domain, and how it reads
//!               problem  what was wrong, with which field, and what to do
//!  link ─────── view     a link as programs read it
//!               qr       its short URL as a QR code
//! ```
//!
//! Nothing here knows HTTP, clap or SQL; the clock, the domains and the configuration are arguments.

mod address;
mod domain;
mod draft;
mod problem;
mod qr;
mod view;

#[cfg(test)]
mod fixture;

pub use address::{ShortUrls, Spot};
pub use domain::{
    ActiveView, DomainDraft, DomainEdit, DomainProblem, DomainView, PendingView, Record,
};
pub use draft::{LinkDraft, LinkEdit, Rules, Typed, expiry};
pub use problem::LinkProblem;
pub use qr::{QrFormat, QrLevel, QrProblem, QrStyle, qr_code};
pub use view::LinkView;
