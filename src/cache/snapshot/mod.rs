//! What a start without the store answers from: the hottest links, on this node's disk.
//!
//! ```text
//!  cache ──► keeper: every minute and at the end ──► file, replaced whole
//!  every change that is followed ──► forgotten: appended and synced
//!  at a start: file, less what was forgotten since, less what the change log says meanwhile ──► cache
//! ```
//!
//! | file | what it holds |
//! |---|---|
//! | [`file`](mod@file) | the format of the snapshot, written and read |
//! | `domain_row` | a domain in it |
//! | [`forgotten`] | what must not be answered from it |
//! | [`keeper`] | when it is written |

mod domain_row;
pub mod file;
pub mod forgotten;
pub mod keeper;

pub use file::Snapshot;
pub use forgotten::Forgotten;
pub use keeper::SnapshotKeeper;
