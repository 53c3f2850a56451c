//! `cargo xtask loadtest`: `carom-loadtest` against a server of our own, on either store.

use std::env;
use std::process::{Command, Stdio};
use std::time::Duration;

use anyhow::{Context as _, Result, bail};

use crate::cargo;
use crate::carom::Carom;
use crate::cluster::{Cluster, Durability};
use crate::cores::Cores;
use crate::postgres;
use crate::process;

/// What the load test may need on top of its time, to prepare links and to print.
const MARGIN: Duration = Duration::from_secs(120);

/// `cargo xtask loadtest`
#[derive(clap::Args, Debug)]
pub(crate) struct Options {
    /// How long the load lasts, on each store
    #[arg(long, default_value_t = 20)]
    seconds: u64,
    /// Which store the server uses
    #[arg(long, value_enum, default_value = "both")]
    store: Store,
    /// Let Postgres commit without syncing: faster, and the figures mean less
    #[arg(long)]
    no_sync: bool,
    /// Use the release build as it is
    #[arg(long)]
    no_build: bool,
    /// Passed on to carom-loadtest, such as `--p99-ms-max 20`
    #[arg(last = true)]
    extra: Vec<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Store {
    Sqlite,
    Postgres,
    Both,
}

impl Options {
    /// The load test as a step of `cargo xtask test`, after its release build.
    pub(crate) fn of_the_test_command() -> Self {
        Self { seconds: 20, store: Store::Both, no_sync: false, no_build: true, extra: Vec::new() }
    }
}

/// Runs the load test on each store that was asked for.
pub(crate) fn run(options: &Options) -> Result<()> {
    if !options.no_build {
        cargo::build_release()?;
    }
    if options.store != Store::Postgres {
        on_store("sqlite", options).context("load test on SQLite")?;
    }
    if options.store != Store::Sqlite {
        on_postgres(options).context("load test on Postgres")?;
    }
    Ok(())
}

/// On a private cluster; on the database for tests where there is no server on this machine.
fn on_postgres(options: &Options) -> Result<()> {
    if postgres::find().is_none()
        && let Ok(url) = env::var(postgres::TEST_DATABASE_URL)
    {
        return on_store(&url, options);
    }
    let durability = if options.no_sync { Durability::Unsynced } else { Durability::Synced };
    let cluster = Cluster::start(durability)?;
    on_store(&cluster.url(), options)
}

fn on_store(store: &str, options: &Options) -> Result<()> {
    let kind = store.split(':').next().unwrap_or(store);
    println!("\nload test of {} s on {kind}", options.seconds);
    let cores = Cores::of_this_machine();
    let directory = tempfile::Builder::new().prefix("carom-loadtest-").tempdir()?;
    let carom = Carom::new(store, directory.path())?;
    let (server, addresses) = carom.serve(None, cores)?;
    let key = carom.create_key()?;

    let mut load = process::bound_to_us(&cargo::release_binary("carom-loadtest")?);
    load.args(["--edge", &addresses.edge, "--admin", &addresses.admin, "--key", &key])
        .args(["--seconds", &options.seconds.to_string()])
        .args(&options.extra);
    run_load(&mut load, cores, Duration::from_secs(options.seconds) + MARGIN)?;

    server.stop()?;
    println!("the server stopped in good order");
    Ok(())
}

// Not `process::run`: the command holds a key, which nobody should see, and a core of its own.
fn run_load(load: &mut Command, cores: Cores, limit: Duration) -> Result<()> {
    let mut child =
        cores.spawn_load(load.stdin(Stdio::null())).context("cannot start carom-loadtest")?;
    match process::wait_within(&mut child, limit)? {
        Some(status) if status.success() => Ok(()),
        Some(status) => bail!("carom-loadtest failed ({status})"),
        None => {
            child.kill()?;
            child.wait()?;
            bail!("carom-loadtest did not end within {} s", limit.as_secs())
        }
    }
}
