//! Visits as they happen.
//!
//! ```text
//!  store ── once a second ──► watch ── one a workspace that somebody looks at ──► every page that is open
//!                             beat: what is new, clicks a second, the links of the last minutes
//! ```
//!
//! | file | what it holds |
//! |---|---|
//! | [`beat`] | what is told every second |
//! | `minutes` | which links were followed in the last minutes |
//! | [`watch`] | a workspace that is looked at |
//!
//! All nodes write their clicks to the store within about a second, so what is read there is what
//! happened on all of them. Nobody is watched while nobody looks.

pub mod beat;
mod minutes;
pub mod watch;

pub use beat::{Beat, Followed, Seen};
pub use watch::Live;
