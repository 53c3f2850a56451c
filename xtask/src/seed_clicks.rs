//! `cargo xtask seed-clicks`: a store with many links and clicks, to measure panels on.

use std::env;
use std::path::PathBuf;

use anyhow::Result;

use crate::cargo;
use crate::carom::Carom;
use crate::demo::fill::{self, Store};
use crate::demo::links::Size;
use crate::process;

/// From so many clicks on, the time that an optimised build of this program takes is won back.
const MANY_CLICKS: u64 = 1_000_000;

/// `cargo xtask seed-clicks`
#[derive(clap::Args, Debug)]
pub(crate) struct Options {
    /// Links in the store
    #[arg(long, default_value_t = 100_000, value_parser = clap::value_parser!(u32).range(1..=10_000_000))]
    links: u32,
    /// Clicks on them, Zipf
    #[arg(long, default_value_t = 10_000_000, value_parser = clap::value_parser!(u64).range(1..=1_000_000_000))]
    clicks: u64,
    /// Days that the clicks are spread over, up to now
    #[arg(long, default_value_t = 30, value_parser = clap::value_parser!(u32).range(1..=3650))]
    days: u32,
    /// The server's data directory; a SQLite store is made in it
    #[arg(long)]
    data_dir: PathBuf,
    /// An empty Postgres database, in place of SQLite
    #[arg(long)]
    postgres: Option<String>,
}

/// Makes the store and fills it.
pub(crate) fn run(options: &Options) -> Result<()> {
    if cfg!(debug_assertions) && options.clicks >= MANY_CLICKS {
        let again = ["run", "--release", "--locked", "--quiet", "-p", "xtask", "--"];
        let mut command = cargo::command(again);
        command.args(env::args_os().skip(1)).current_dir(env::current_dir()?);
        return process::run(&mut command, cargo::LIMIT);
    }
    cargo::build_debug_server()?;
    let store = options.postgres.as_deref().unwrap_or("sqlite");
    let carom = Carom::of_debug_build(store, &options.data_dir)?;
    carom.migrate()?;
    let place = match &options.postgres {
        Some(url) => Store::Postgres(url.clone()),
        None => Store::Sqlite(carom.database_file()),
    };
    let Options { links, clicks, days, .. } = *options;
    fill::fill(&place, Size { links, clicks, days })?;
    let data_dir = options.data_dir.display();
    println!(
        "use it with `--store {store} --data-dir {data_dir}`; `carom check` compares its sums"
    );
    Ok(())
}
