//! `carom link`: the grammar; each command has a file of its own.
//!
//! | file | what it does |
//! |---|---|
//! | [`create`] | makes a link |
//! | [`show`] | one link with its clicks |
//! | [`list`] | many links, newest first |
//! | [`edit`] | changes a link |
//! | [`delete`] | deletes a link |
//! | [`qr`] | draws its QR code |
//! | [`pick`] | finds the one that an id, a code or a short URL means |
//! | `print` | how a link looks |
//! | `password` | a password from a file |

mod arguments;
mod create;
mod delete;
mod edit;
mod list;
mod password;
mod pick;
mod print;
mod qr;
mod run;
mod show;

pub(super) use arguments::LinkArguments;
pub(super) use run::run;
