//! Plain values: what a link, a code, a target and a click *are*.
//!
//! | file | what it holds |
//! |---|---|
//! | [`id`] | 63-bit random ids, shown as decimal text |
//! | [`host`] | the name of a domain, in ASCII and as people read it |
//! | [`domain`] | how a domain reads codes, and what proved it |
//! | [`code`] | the short code of a link, and what may be one |
//! | [`target`] | where a link goes, and what is refused as a target |
//! | [`link`] | a link as people edit it, and as a redirect needs it |
//! | [`max_clicks`] | how often a link with a limit may be followed |
//! | [`cache_seconds`] | how long a browser may remember a redirect |
//! | [`password`] | what protects a link, and how it is kept |
//! | [`tag`] | words that people sort links by |
//! | [`click`] | what one redirect counts as |
//! | [`dimension`] | what clicks are told apart by |
//! | [`actor`] | who does something |
//! | [`random`] | bytes from the operating system's generator |
//! | [`rate`] | so many a second and so many at once |
//! | [`time`] | epoch milliseconds, RFC 3339 at the border, quarter hours |
//!
//! No I/O, no clock, no configuration is known here; every rule is a function of its arguments.

pub mod actor;
pub mod cache_seconds;
pub mod click;
pub mod code;
pub mod dimension;
pub mod domain;
pub mod host;
pub mod id;
pub mod link;
pub mod max_clicks;
pub mod network;
pub mod password;
pub mod random;
pub mod rate;
mod skew;
pub mod tag;
pub mod target;
pub mod time;
