//! `cargo xtask catch-up`: what it costs a store to take in what a journal has kept during an
//! outage, and to answer for a million visits with a filter.

use std::process::Command;
use std::time::Duration;

use anyhow::{Context as _, Result};

use crate::cargo;
use crate::cluster::{Cluster, Durability};
use crate::process;

/// A run that takes longer hangs.
const LIMIT: Duration = Duration::from_secs(180);
const LIMIT_A_CLICK: Duration = Duration::from_micros(400);

/// `cargo xtask catch-up`
#[derive(clap::Args, Debug)]
pub(crate) struct Options {
    /// Clicks in the journal, all within one hour
    #[arg(long, default_value_t = 1_000_000, value_parser = clap::value_parser!(u32).range(1..=20_000_000))]
    clicks: u32,
    /// Links that they are on
    #[arg(long, default_value_t = 100_000, value_parser = clap::value_parser!(u32).range(1..=10_000_000))]
    links: u32,
    /// Which store takes them in
    #[arg(long, value_enum, default_value = "both")]
    store: Store,
    /// How the clicks are spread over the links
    #[arg(long, value_enum, default_value = "both")]
    law: Law,
    /// Use the release build as it is
    #[arg(long)]
    no_build: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Store {
    Sqlite,
    Postgres,
    Both,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Law {
    Zipf,
    Uniform,
    Both,
}

/// Measures each store and law that was asked for.
pub(crate) fn run(options: &Options) -> Result<()> {
    if !options.no_build {
        cargo::build_release()?;
    }
    for (law, name) in [(Law::Zipf, "zipf"), (Law::Uniform, "uniform")] {
        if options.law != law && options.law != Law::Both {
            continue;
        }
        if options.store != Store::Postgres {
            measure("sqlite", name, options, None).context("catch-up into SQLite")?;
        }
        if options.store != Store::Sqlite {
            // One each: the second would find the first one's dead rows.
            let cluster = Cluster::start(Durability::Synced)?;
            let postmaster = cluster.pid().context("Postgres has no pid")?;
            measure(&cluster.url(), name, options, Some(postmaster))
                .context("catch-up into Postgres")?;
        }
    }
    Ok(())
}

fn measure(store: &str, law: &str, options: &Options, postmaster: Option<u32>) -> Result<()> {
    let directory = tempfile::Builder::new().prefix("carom-catch-up-").tempdir()?;
    let kind = if postmaster.is_some() { "Postgres" } else { "SQLite" };
    println!("\n{kind}, {} links, {law}", options.links);
    let mut command = Command::new(cargo::release_binary("examples/catch-up")?);
    command.arg(store).arg(directory.path()).arg(law);
    command.arg(options.clicks.to_string()).arg(options.links.to_string());
    command.args(postmaster.map(|pid| pid.to_string()));
    process::run(&mut command, LIMIT + LIMIT_A_CLICK * options.clicks)
}
