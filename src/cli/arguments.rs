//! The grammar of the command line.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};

use super::acting::Within;
use super::backup::{BackupArguments, RestoreArguments};
use super::check::CheckArguments;
use super::domain::DomainArguments;
use super::exit;
use super::journal::JournalArguments;
use super::key::KeyArguments;
use super::link::LinkArguments;
use super::migrate::MigrateArguments;
use super::user::UserArguments;
use super::workspace::WorkspaceArguments;
use crate::config::Flags;

/// A short-link redirect server: a redirect never waits, and every click is counted once.
#[derive(Parser)]
#[command(name = "carom", version, after_help = exit::HELP)]
pub(super) struct Arguments {
    #[command(flatten)]
    pub(super) place: Place,
    #[command(subcommand)]
    pub(super) command: Command,
}

/// What stands above the options that every subcommand takes.
pub(super) const EVERYWHERE: &str = "Options of every command";

/// Where the configuration, the store and the data are: taken by every subcommand.
#[derive(Args)]
pub(super) struct Place {
    /// The configuration file [default: ./carom.toml, if it exists]
    #[arg(long, global = true, help_heading = EVERYWHERE, value_name = "FILE")]
    config: Option<PathBuf>,
    /// The store: sqlite, sqlite:FILE or postgres://… [default: sqlite]
    #[arg(long, global = true, help_heading = EVERYWHERE)]
    store: Option<String>,
    /// The directory for what this node keeps on its own disk [default: data]
    #[arg(long, global = true, help_heading = EVERYWHERE, value_name = "DIR")]
    data_dir: Option<String>,
}

#[derive(Subcommand)]
pub(super) enum Command {
    /// Run the server until SIGTERM or SIGINT
    Serve(Server),
    /// Check the configuration and say where its values come from; opens nothing
    CheckConfig(Server),
    /// Bring the store's schema up to date, and found an empty store
    Migrate(MigrateArguments),
    /// Make, show, list, edit and delete links
    Link(Within<LinkArguments>),
    /// Make, list and revoke API keys
    Key(Within<KeyArguments>),
    /// Add, show, list, edit, verify and remove the domains that links are served under
    Domain(Within<DomainArguments>),
    /// Make accounts, and help people who cannot sign in
    User(UserArguments),
    /// Make and rename workspaces, and say who belongs to them
    Workspace(WorkspaceArguments),
    /// Recount what the store has counted, and say what does not add up
    Check(CheckArguments),
    /// Write everything in the store, as it is at one moment, to a new file
    Backup(BackupArguments),
    /// Fill an empty store, of either kind, with a backup
    Restore(RestoreArguments),
    /// List what waits in this node's journal, and adopt what belongs elsewhere
    Journal(JournalArguments),
}

/// What the server serves, and where it listens.
#[derive(Args)]
pub(super) struct Server {
    /// What this process serves: all, edge (redirects) or admin (the API) [default: all]
    #[arg(long)]
    role: Option<String>,
    /// The redirect listener's address [default: 127.0.0.1:8080]
    #[arg(long, value_name = "ADDRESS")]
    edge_listen: Option<String>,
    /// The admin listener's address [default: 127.0.0.1:8081]
    #[arg(long, value_name = "ADDRESS")]
    admin_listen: Option<String>,
}

impl Place {
    /// As a layer of the configuration.
    pub(super) fn flags(self) -> Flags {
        let Self { config, store, data_dir } = self;
        Flags { config, store, data_dir, ..Flags::default() }
    }
}

impl Server {
    /// As a layer of the configuration, together with `place`.
    pub(super) fn flags(self, place: Place) -> Flags {
        let Self { role, edge_listen, admin_listen } = self;
        Flags { role, edge_listen, admin_listen, ..place.flags() }
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_grammar_holds_together() {
        Arguments::command().debug_assert();
    }

    #[test]
    fn a_server_is_given_its_role() {
        let arguments = Arguments::try_parse_from(["carom", "serve", "--role", "edge"]);
        let Command::Serve(server) = arguments.expect("a command line").command else {
            panic!("another command");
        };
        assert_eq!(server.role.as_deref(), Some("edge"));
    }

    #[test]
    fn the_store_is_named_before_or_after_the_command() {
        for line in ["carom --store sqlite link list", "carom link list --store sqlite"] {
            let arguments = Arguments::try_parse_from(line.split(' ')).expect(line);
            assert_eq!(arguments.place.store.as_deref(), Some("sqlite"));
        }
    }
}
