//! The grammar of `carom workspace`.

use clap::{Args, Subcommand};

use crate::cli::output::Form;

#[derive(Args)]
pub(in crate::cli) struct WorkspaceArguments {
    #[command(flatten)]
    pub(super) form: Form,
    #[command(subcommand)]
    pub(super) command: WorkspaceCommand,
}

#[derive(Subcommand)]
pub(super) enum WorkspaceCommand {
    /// Make a workspace; it has no domain and no links yet
    Create {
        /// Its name
        name: String,
        /// The e-mail address of its first owner
        #[arg(long, value_name = "EMAIL")]
        owner: Option<String>,
    },
    /// List all workspaces, the oldest first
    List,
    /// Give a workspace another name
    Rename {
        #[command(flatten)]
        which: Which,
        /// The new name
        name: String,
    },
    /// List who belongs to a workspace
    Members(Which),
    /// Let somebody with an account belong to a workspace
    AddMember {
        #[command(flatten)]
        member: Membership,
        /// Their role: viewer, editor, admin or owner
        #[arg(long)]
        role: String,
    },
    /// Let somebody belong to a workspace no more
    RemoveMember(Membership),
    /// Give somebody another role in a workspace
    SetRole {
        #[command(flatten)]
        member: Membership,
        /// The role: viewer, editor, admin or owner
        role: String,
    },
}

/// Which workspace is meant.
#[derive(Args)]
pub(super) struct Which {
    /// Its id, or its name if only one has it
    #[arg(value_name = "WORKSPACE")]
    pub(super) workspace: String,
}

/// Whose membership of which workspace is meant.
#[derive(Args)]
pub(super) struct Membership {
    #[command(flatten)]
    pub(super) which: Which,
    /// The e-mail address of the account
    pub(super) email: String,
}
