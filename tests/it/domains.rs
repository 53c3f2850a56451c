//! Domains: names that are claimed, proven, changed and served apart.
//!
//! | file | what it proves |
//! |---|---|
//! | [`claiming`] | a name is a domain after its proof, and one workspace's |
//! | [`tenants`] | what another workspace owns does not exist |
//! | [`settings`] | what a domain answers beside its links, and how it reads codes |
//! | [`commands`] | the operator's `carom domain` |
//!
//! They stand on [`resolver`], a name server on loopback, and [`place`], a server that asks it.

mod claiming;
mod commands;
pub(crate) mod place;
mod resolver;
mod settings;
mod tenants;
