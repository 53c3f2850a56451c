//! From a command of `carom workspace` to what it does.

use super::arguments::{WorkspaceArguments, WorkspaceCommand};
use super::{make, members};
use crate::cli::opened::Opened;

pub(in crate::cli) async fn run(
    opened: &Opened,
    arguments: WorkspaceArguments,
) -> anyhow::Result<()> {
    let WorkspaceArguments { form, command } = arguments;
    match command {
        WorkspaceCommand::Create { name, owner } => {
            make::create(opened, &name, owner.as_deref(), form).await
        }
        WorkspaceCommand::List => make::list(opened, form).await,
        WorkspaceCommand::Rename { which, name } => make::rename(opened, &which, &name, form).await,
        WorkspaceCommand::Members(which) => members::list(opened, &which, form).await,
        WorkspaceCommand::AddMember { member, role } => {
            members::add(opened, &member, &role, form).await
        }
        WorkspaceCommand::RemoveMember(member) => members::remove(opened, &member, form).await,
        WorkspaceCommand::SetRole { member, role } => {
            members::set_role(opened, &member, &role, form).await
        }
    }
}
