//! From the words of the command line to the command that they name.

use std::process::ExitCode;

use clap::Parser;

use super::acting::Within;
use super::arguments::{Arguments, Command};
use super::opened::{with_bare_store, with_store, with_workspace};
use super::{
    backup, check, check_config, domain, exit, journal, key, link, migrate, user, workspace,
};
use crate::app;
use crate::config::{Config, ConfigErrors, Flags, Layers};

/// Does what the command line says and returns the exit code. Wrong usage ends the process here.
#[must_use]
pub fn run() -> ExitCode {
    exit::report(dispatch(Arguments::parse()))
}

fn dispatch(arguments: Arguments) -> anyhow::Result<()> {
    let Arguments { place, command } = arguments;
    match command {
        Command::Serve(server) => {
            let flags = server.flags(place);
            let reread = || Config::load(Layers::from_process(flags.clone())?);
            app::serve(&reread()?, &reread)
        }
        Command::CheckConfig(server) => check_config::run(server.flags(place)),
        Command::Migrate(arguments) => {
            with_store(&load(place.flags())?, async |opened| migrate::run(opened, &arguments))
        }
        Command::Link(Within { acting, arguments }) => {
            let config = load(place.flags())?;
            with_workspace(&config, &acting, async |opened| link::run(opened, arguments).await)
        }
        Command::Key(Within { acting, arguments }) => {
            let config = load(place.flags())?;
            with_workspace(&config, &acting, async |opened| key::run(opened, arguments).await)
        }
        Command::Domain(Within { acting, arguments }) => {
            let config = load(place.flags())?;
            with_workspace(&config, &acting, async |opened| domain::run(opened, arguments).await)
        }
        Command::User(arguments) => {
            let config = load(place.flags())?;
            let admin = config.admin.public_url_or(config.admin.listen);
            with_store(&config, async |opened| user::run(opened, &admin, arguments).await)
        }
        Command::Workspace(arguments) => with_store(&load(place.flags())?, async |opened| {
            workspace::run(opened, arguments).await
        }),
        Command::Check(arguments) => {
            let config = load(place.flags())?;
            let kept = config.clicks.kept;
            with_store(&config, async |opened| check::run(opened, arguments, kept).await)
        }
        Command::Backup(arguments) => with_store(&load(place.flags())?, async |opened| {
            backup::back_up(opened, arguments).await
        }),
        Command::Restore(arguments) => {
            let config = load(place.flags())?;
            let data_dir = &config.data.dir;
            with_bare_store(&config, async |store| {
                backup::restore(store, data_dir, arguments).await
            })
        }
        Command::Journal(arguments) => {
            let config = load(place.flags())?;
            let data_dir = &config.data.dir;
            with_store(&config, async |opened| journal::run(opened, data_dir, arguments).await)
        }
    }
}

fn load(flags: Flags) -> Result<Config, ConfigErrors> {
    Config::load(Layers::from_process(flags)?)
}
