//! The grammar of `carom domain`.

use clap::{Args, Subcommand};

use super::edit::EditArguments;
use crate::cli::output::Form;

#[derive(Args)]
pub(in crate::cli) struct DomainArguments {
    #[command(flatten)]
    pub(super) form: Form,
    #[command(subcommand)]
    pub(super) command: DomainCommand,
}

#[derive(Subcommand)]
pub(super) enum DomainCommand {
    /// Add a domain; running servers answer for it within seconds
    Add(NewName),
    /// Show a domain, or what proves a claimed one
    Show(NewName),
    /// List all domains, and the claims that wait for a proof
    List,
    /// Change a domain; what is not named stays
    Edit(EditArguments),
    /// Look up the TXT record that proves a claimed domain
    Verify(NewName),
    /// Delete a domain that has no links, or take a claim back
    Remove(NewName),
}

/// A name.
#[derive(Args)]
pub(super) struct NewName {
    /// Its host name, such as go.example
    pub(super) host: String,
}
