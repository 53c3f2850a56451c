//! A request's way, seen from outside: real connections to a running server.
//!
//! | file | what it proves |
//! |---|---|
//! | [`answers`] | what a link in each state answers, and how soon a change shows |
//! | [`addresses`] | which paths are which code, and which are none |
//! | [`framing`] | what HTTP allows, what it forbids, and that nothing gets out of step |
//! | [`smuggling`] | no request is read out of a body, behind reverse proxies neither |
//! | [`corpus`] | what is tried for that |
//! | [`targets`] | hostile targets are refused at every door, and never sent when planted |
//! | [`hostile`] | their table |
//! | [`noise`] | nothing in a request changes where its link goes |
//! | [`forwarded`] | whose word about a client's address is taken |
//! | [`counting`] | every answered redirect is counted once |
//! | [`limits`] | links with a click limit redirect no more often than it says |
//! | [`told`] | a beginning, a fallback, query forwarding, previews |
//! | [`passwords`] | the form, the right word, wrong ones, and bodies that are no form |
//! | [`lookups`] | how many lookups visitors of a cold link cost |
//! | [`patience`] | slow, idle and too many clients do not get in the way of others |

mod addresses;
mod answers;
mod corpus;
mod counting;
mod forwarded;
mod framing;
mod hostile;
mod limits;
mod lookups;
mod noise;
mod passwords;
mod patience;
mod smuggling;
mod targets;
mod told;
