//! The journal: clicks on the local disk before they are answered, until the store has them.
//!
//! ```text
//!  edge thread                         keeper thread                     clicks thread
//!  Appender::append ──► segment ──┐    makes segments for each lane      reads what is published,
//!  one copy, one store            │    syncs those that were left        batch by batch, and gives
//!  leaves its segment twice a     └──► takes them back, and uses them ◄─ segments back some minutes
//!  second or when it is full           again                             after the store had them
//! ```
//!
//! | file | what it holds |
//! |---|---|
//! | [`record`] | what is kept of a click |
//! | [`format`](mod@format) | how a segment looks on disk |
//! | [`map`] | a segment in memory: the one file with `unsafe` |
//! | [`publish`] | how one thread tells another what it may read |
//! | [`counts`] | sums instead of records, when there is no room |
//! | [`lane`] | one edge thread's side |
//! | [`keeper`] | making, syncing and using segments again |
//! | [`directory`] | the files, and who owns them |
//! | [`recovery`] | every whole record of a segment, whatever stands between |
//! | [`leftover`] | what an earlier process has left |
//! | [`inspect`] | what is in it, for people, and making it count here |
//!
//! The page cache outlives a `kill -9`, so nothing that was published is lost by it. A power cut
//! costs what was not synced: at most about a second. A segment that is being written to is never
//! synced, because that would make the next append wait for the disk.

pub mod counts;
pub mod directory;
pub mod format;
pub mod inspect;
pub mod keeper;
pub mod lane;
pub mod leftover;
pub mod map;
pub mod publish;
pub mod record;
pub mod recovery;

#[cfg(test)]
mod damage;
#[cfg(test)]
pub(crate) mod fixture;
