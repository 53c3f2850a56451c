//! The grammar of `carom user`.

use clap::{Args, Subcommand};

use super::create::CreateArguments;
use crate::cli::output::Form;

#[derive(Args)]
pub(in crate::cli) struct UserArguments {
    #[command(flatten)]
    pub(super) form: Form,
    #[command(subcommand)]
    pub(super) command: UserCommand,
}

#[derive(Subcommand)]
pub(super) enum UserCommand {
    /// Make an account; the very first one becomes the owner of the oldest workspace
    Create(CreateArguments),
    /// List everybody, the oldest account first
    List,
    /// Give somebody another password, and end all their sessions
    ResetPassword(ResetArguments),
    /// Let somebody sign in no more, and end all their sessions
    Disable(Who),
    /// Let somebody sign in again
    Enable(Who),
    /// Take somebody's second factor away, for a lost telephone
    RemoveSecondFactor(Who),
    /// Make another address at which the first account is made; the earlier one ends
    SetupLink,
}

/// Who is meant.
#[derive(Args)]
pub(super) struct Who {
    /// The e-mail address of the account
    pub(super) email: String,
}

/// Who, and where the password comes from.
#[derive(Args)]
pub(super) struct ResetArguments {
    #[command(flatten)]
    pub(super) who: Who,
    #[command(flatten)]
    pub(super) source: Source,
}

/// Where a password comes from: never from an argument, which everybody on the machine could read.
#[derive(Args)]
pub(super) struct Source {
    /// Take the password from the first line of standard input [default: make one up and print it]
    #[arg(long = "password-stdin")]
    pub(super) is_given: bool,
}
