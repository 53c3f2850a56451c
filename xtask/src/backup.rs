//! `cargo xtask bench-backup`: links a second into a backup and out of it, on both kinds of store.
//!
//! Each figure is one command from its start to its end, migrations and syncing included.

use std::path::Path;

use anyhow::{Context as _, Result};
use tempfile::TempDir;

use crate::cargo;
use crate::carom::Carom;
use crate::cluster::{Cluster, Durability};
use crate::seed;

/// `cargo xtask bench-backup`
#[derive(clap::Args, Debug)]
pub(crate) struct Options {
    /// Links in the store
    #[arg(long, default_value_t = 200_000, value_parser = clap::value_parser!(u32).range(1..))]
    links: u32,
}

pub(crate) fn run(options: &Options) -> Result<()> {
    cargo::build_release()?;
    let directory = TempDir::new()?;
    let cluster = Cluster::start(Durability::Synced)?;
    let place = |name: &str| directory.path().join(name);
    let first = Carom::new("sqlite", &place("first"))?;
    first.migrate()?;
    seed::seed(&first.database_file(), options.links)?;
    let url = cluster.url();
    let postgres = Carom::new(&url, &place("postgres"))?;
    let second = Carom::new("sqlite", &place("second"))?;
    let (one, other) = (place("one.backup"), place("other.backup"));
    println!(
        "{:24} {:>9} {:>9} {:>12} {:>11}",
        "", "rows", "seconds", "links/second", "bytes/link"
    );
    for (what, carom, command, file) in [
        ("backup from sqlite", &first, "backup", &one),
        ("restore into postgres", &postgres, "restore", &one),
        ("backup from postgres", &postgres, "backup", &other),
        ("restore into sqlite", &second, "restore", &other),
    ] {
        measure(what, carom, command, file, options.links)?;
    }
    Ok(())
}

fn measure(what: &str, carom: &Carom, command: &str, file: &Path, links: u32) -> Result<()> {
    let file = file.to_str().context("a temporary directory with a name in UTF-8")?;
    let json = carom.output_of(&[command, file, "--json"])?;
    let done: serde_json::Value = serde_json::from_str(&json)?;
    let number =
        |name: &str| done.get(name).and_then(serde_json::Value::as_f64).context("a number");
    let (rows, seconds, bytes) = (number("rows")?, number("seconds")?, number("bytes")?);
    let links = f64::from(links);
    println!(
        "{what:24} {rows:>9} {seconds:>9.2} {:>12.0} {:>11.0}",
        links / seconds,
        bytes / links
    );
    Ok(())
}
