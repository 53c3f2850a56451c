//! The tests that go through the front door: real sockets, real files, a real Postgres.
//!
//! | file | what it proves |
//! |---|---|
//! | [`admin_api`] | the admin listener, on both databases |
//! | [`outage`] | known links redirect without the database, and no click is lost by it |
//! | [`journal`] | every answered redirect is counted once, whatever happens |
//! | [`mail`] | mails arrive as they should, or not, and nothing of them is told |
//! | [`nodes`] | several nodes on one Postgres: what one changes, the others know in time |
//! | [`backup`] | everything in one file, and back into a store of either kind |
//! | [`browser`] | the pages in a real browser: what runs, what is seen, what a keyboard reaches |
//! | [`cli`] | the command line, on both databases |
//! | [`config`] | layers and refusals, as the program shows them |
//! | [`domains`] | names are claimed, proven, changed and served apart |
//! | [`enrich`] | what is found out about a click |
//! | [`floods`] | crowds, guessed codes, no descriptors: what there is too much of |
//! | [`pages`] | what people see in a browser |
//! | [`people`] | signing in, members, invitations, and who may what |
//! | [`redirect`] | what visitors get, and that it is counted |
//! | [`reload`] | the configuration, read again at `SIGHUP` |
//! | [`shutdown`] | no click is lost by leaving, and the next start finds everything |
//! | [`sso`] | who signs in at a provider, and that no lie of it signs anybody in |
//! | [`start`] | what a start answers from, and what it waits for |
//! | [`store_contract`] | every promise of the store, by name on both databases |
//! | [`statements`] | every SQL text is understood by both, and both have the same schema |
//! | [`tidy`] | the laws of the house that a machine can check |
//!
//! Each test has its own port, database and directory, and all run side by side. What they stand on
//! is in [`support`].

mod admin_api;
mod backup;
mod browser;
mod cli;
mod config;
mod domains;
mod enrich;
mod floods;
mod journal;
mod mail;
mod nodes;
mod outage;
mod pages;
mod people;
mod redirect;
mod reload;
mod shutdown;
mod sso;
mod start;
mod statements;
mod store_contract;
mod support;
mod tidy;
