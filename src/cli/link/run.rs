//! From a command of `carom link` to its file.

use super::arguments::{LinkArguments, LinkCommand};
use super::{create, delete, edit, list, qr, show};
use crate::cli::opened::Opened;

pub(in crate::cli) async fn run(opened: &Opened, arguments: LinkArguments) -> anyhow::Result<()> {
    let LinkArguments { form, command } = arguments;
    match command {
        LinkCommand::Create(arguments) => create::run(opened, *arguments, form).await,
        LinkCommand::Show(which) => show::run(opened, &which, form).await,
        LinkCommand::List(arguments) => list::run(opened, arguments, form).await,
        LinkCommand::Edit(arguments) => edit::run(opened, *arguments, form).await,
        LinkCommand::Qr(arguments) => qr::run(opened, &arguments).await,
        LinkCommand::Delete(which) => delete::run(opened, &which, form).await,
    }
}
