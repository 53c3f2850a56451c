//! A request's way.
//!
//! ```text
//!  listener ─► connection ─► answer ─┬─ head      what the headers say; who asks, for the click's sake
//!  accept,     hyper,                ├─ route     what is asked for, or why it is refused
//!  limits,     deadlines             ├─ resolve   the link of the code: cache, else one load
//!  draining                          ├─ decide    what the link's plan says now
//!                                    ├─ claim     one of its clicks, where the plan has a limit
//!                                    └─ respond   the answer, built beforehand where it can be
//! ```
//!
//! A link that was told more than others goes through `told`; a password that was typed comes in by
//! `form`, the one body that is read here, and `CODE+` is answered by `preview`. `attempts` and
//! `misses` say how often.
//!
//! One OS thread a worker, each with its own runtime and its own listener on the same port. On a
//! cached link nothing here waits, locks, formats or makes a system call; the click is captured
//! before the answer is written.
//!
//! No database, no framework, no JSON is known here: only the cache, and where a click is captured.

pub mod answer;
pub mod attempts;
pub mod claim;
pub mod clock;
pub mod connection;
pub mod crowd;
pub mod deadline;
pub mod decide;
mod form;
pub mod head;
pub mod listener;
pub mod misses;
mod page;
mod preview;
mod query;
mod rates;
pub mod resolve;
pub mod respond;
pub mod route;
mod shortage;
pub mod socket;
mod told;
pub mod worker;

pub use listener::{EdgeLimits, bind};
pub use worker::{Edge, EdgeParts, EdgeSettings, FrontSize};
