//! Several nodes on one Postgres: what is changed on one is known on the others within a second, within
//! five when nothing rings, and `/readyz` says when that cannot be kept.
//!
//! | file | what it proves |
//! |---|---|
//! | [`edits`] | edits and bans are seen on every node |
//! | [`doorbell`] | the listening connection: cut, held down, silent, missing |
//! | [`outage`] | a node that is cut off or down meanwhile |
//! | [`clocks`] | nodes whose clocks are wrong |
//! | [`import`] | many links at once |
//! | [`overtaken`] | loads that an edit overtakes |
//! | [`roles`] | what each role serves |
//!
//! They stand on [`fixture`] and on [`watch`], which finds out when an edit is seen.

mod clocks;
mod doorbell;
mod edits;
mod fixture;
mod import;
mod outage;
mod overtaken;
mod roles;
mod watch;
