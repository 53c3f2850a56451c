//! From a command of `carom domain` to what it does.

use super::arguments::{DomainArguments, DomainCommand};
use super::{add, edit, print, remove, verify};
use crate::cli::opened::Opened;

pub(in crate::cli) async fn run(opened: &Opened, arguments: DomainArguments) -> anyhow::Result<()> {
    let DomainArguments { form, command } = arguments;
    match command {
        DomainCommand::Add(name) => add::run(opened, &name, form).await,
        DomainCommand::Show(name) => print::show(opened, &name, form).await,
        DomainCommand::List => print::list(opened, form).await,
        DomainCommand::Edit(arguments) => edit::run(opened, arguments, form).await,
        DomainCommand::Verify(name) => verify::run(opened, &name, form).await,
        DomainCommand::Remove(name) => remove::run(opened, &name, form).await,
    }
}
