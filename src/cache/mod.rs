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
//! | [`plan`] | what it leaves to be decided for each request |
//! | [`claim`] | a click of a link with a limit |
//! | [`password`] | what somebody typed for a link with a password |
//! | `describe` | what a preview shows beside the target |
//! | [`lookup_rate`] | how many lookups a second |
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
mod describe;
pub mod domains;
pub mod follower;
pub mod front;
pub mod key;
pub mod link;
pub mod links;
pub mod load;
pub mod lookup_rate;
pub mod password;
pub mod plan;
pub mod reach;
pub mod seen;
pub mod snapshot;

pub use claim::{Claimant, Claimed};
pub use describe::Described;
pub use front::{Front, Peek};
pub use links::{CacheSettings, LinkCache};
pub use load::Loaded;
pub use password::PasswordChecked;
