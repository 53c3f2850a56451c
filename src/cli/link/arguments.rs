//! The grammar of `carom link`.

use clap::{Args, Subcommand};

use super::create::CreateArguments;
use super::edit::EditArguments;
use super::list::ListArguments;
use super::qr::QrArguments;
use crate::cli::output::Form;

#[derive(Args)]
pub(in crate::cli) struct LinkArguments {
    #[command(flatten)]
    pub(super) form: Form,
    #[command(subcommand)]
    pub(super) command: LinkCommand,
}

#[derive(Subcommand)]
pub(super) enum LinkCommand {
    /// Make a link
    Create(Box<CreateArguments>),
    /// Show a link and how often it was followed
    Show(Which),
    /// List links, newest first
    List(ListArguments),
    /// Change a link; what is not named stays
    Edit(Box<EditArguments>),
    /// Delete a link
    Delete(Which),
    /// Draw the QR code of a link's short URL
    Qr(QrArguments),
}

/// Which link is meant.
#[derive(Args)]
pub(super) struct Which {
    /// Its code, its id or its whole short URL
    #[arg(value_name = "ID_OR_CODE")]
    pub(super) name: String,
    /// The domain of the code [default: the default domain]
    #[arg(long, value_name = "HOST")]
    pub(super) domain: Option<String>,
}
