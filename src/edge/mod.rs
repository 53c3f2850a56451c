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
//! One OS thread a worker, each with its own runtime and its own listener on the same port. On a
//! cached link nothing here waits, locks, formats or makes a system call; the click is captured
//! before the answer is written.
//!
//! No database, no framework, no JSON is known here: only the cache, and where a click is captured.

pub mod answer;
pub mod claim;
pub mod clock;
pub mod connection;
pub mod crowd;
pub mod deadline;
pub mod decide;
pub mod forwarded;
pub mod head;
pub mod listener;
pub mod resolve;
pub mod respond;
pub mod route;
pub mod socket;
pub mod worker;

pub use listener::{EdgeLimits, bind};
pub use worker::{Edge, EdgeParts, FrontSize};
