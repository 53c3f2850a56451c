//! Links in memory, in front of the store.
//!
//! ```text
//!  edge ── peek ──► front (this thread's) ──hit──► CachedLink, ready to answer
//!                     │ miss
//!                     ├─► links (moka, shared) ──hit──► into the front
//!                     ├─► absent codes (small, seconds) ──► unknown
//!                     └─► load: one lookup per code, on the background runtime, bounded,
//!                               with a budget and a breaker ──► store
//!  admin, follower ── forget ──► the link, its absence, and whatever is being loaded
//! ```
//!
//! | file | what it holds |
//! |---|---|
//! | [`key`] | domain and code as one key, looked up without allocating |
//! | [`link`] | a link, ready to answer |
//! | [`front`] | one edge thread's own table of links |
//! | [`links`] | the shared cache: peek, keep, forget |
//! | [`load`] | what happens on a miss |
//! | [`claim`] | a click of a link with a limit |
//! | [`breaker`] | when not to ask a sick store |
//! | [`follower`] | the change log, read when it rings and every second |
//! | [`reach`] | how far back it has to be read |
//! | [`seen`] | changes that need not be followed any more |
//! | [`domains`] | the domains this node answers for |
//! | [`snapshot`] | the hottest links on disk, for a start without the store |
//!
//! Errors are never cached, and a load that a change overtook is answered but not kept. HTTP
//! requests are not known here; a header value is, since a link is kept the way it is sent.

pub mod breaker;
pub mod claim;
pub mod domains;
pub mod follower;
pub mod front;
pub mod key;
pub mod link;
pub mod links;
pub mod load;
pub mod reach;
pub mod seen;
pub mod snapshot;

pub use claim::{Claimant, Claimed};
pub use front::{Front, Peek};
pub use links::{CacheSettings, LinkCache};
pub use load::Loaded;
