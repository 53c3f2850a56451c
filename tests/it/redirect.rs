//! A request's way, seen from outside: real connections to a running server.
//!
//! | file | what it proves |
//! |---|---|
//! | [`answers`] | what a link in each state answers, and how soon a change shows |
//! | [`addresses`] | which paths are which code, and which are none |
//! | [`framing`] | what HTTP allows, what it forbids, and that nothing gets out of step |
//! | [`counting`] | every answered redirect is counted once |
//! | [`limits`] | links with a click limit redirect no more often than it says |
//! | [`lookups`] | how many lookups visitors of a cold link cost |
//! | [`patience`] | slow, idle and too many clients do not get in the way of others |

mod addresses;
mod answers;
mod counting;
mod framing;
mod limits;
mod lookups;
mod patience;
