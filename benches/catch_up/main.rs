//! What it costs a store to take in what a journal has kept during an outage, and to answer for it
//! with a filter. Started by `cargo xtask catch-up`, on a store and a directory of its own:
//!
//! `catch-up STORE DIRECTORY zipf|uniform CLICKS LINKS [POSTMASTER_PID]`
//!
//! The journal is filled first, as an earlier process would have left it: clicks of one hour with
//! eight dimensions each. What is measured is the flusher as the server runs it, from its look at
//! what was left to the last commit, while another client writes now and then.

#![allow(clippy::print_stdout, reason = "a bench reports")]

mod clicks;
mod cpu;
mod neighbour;
mod questions;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use carom::clicks::Clicks;
use carom::clicks::backlog::Backlog;
use carom::clicks::enrich::EnrichSettings;
use carom::clicks::flush::{Flusher, FlusherParts};
use carom::clicks::journal::directory::Directory;
use carom::clicks::journal::keeper::{Keeper, Owner};
use carom::clicks::journal::leftover;
use carom::health::Health;
use carom::metrics::ClickMetrics;
use carom::model::id::{NodeId, WorkspaceId};
use carom::model::time::Millis;
use carom::store::clicks::total;
use carom::store::{Limits, Location, Store, facts, stats};

use clicks::{Law, Outage};
use cpu::Cpu;
use neighbour::Neighbour;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// What is asked for on the command line.
struct Arguments {
    store: Location,
    directory: PathBuf,
    law: Law,
    clicks: u64,
    links: usize,
    postmaster: Option<u32>,
}

impl Arguments {
    fn parse() -> Result<Self> {
        let mut words = std::env::args().skip(1);
        let mut word = |name: &str| words.next().with_context(|| format!("{name} is missing"));
        Ok(Self {
            store: Location::parse(&word("STORE")?)?,
            directory: word("DIRECTORY")?.into(),
            law: word("LAW")?.parse()?,
            clicks: word("CLICKS")?.parse()?,
            links: word("LINKS")?.parse()?,
            postmaster: words.next().map(|pid| pid.parse()).transpose()?,
        })
    }
}

fn main() -> Result<()> {
    let arguments = Arguments::parse()?;
    tokio::runtime::Runtime::new()?.block_on(run(arguments))
}

async fn run(arguments: Arguments) -> Result<()> {
    let limits = Limits {
        redirect_connections: 1,
        admin_connections: 2,
        redirect_wait: Duration::from_secs(1),
        admin_wait: Duration::from_secs(5),
        statement_timeout: Duration::from_secs(60),
    };
    let store = Store::open(&arguments.store, &arguments.directory, limits)?;
    store.migrate().await?;
    let founding = facts::found(&store, None).await?;
    let workspace = facts::default_workspace(&store).await?;
    let owner = Owner { store: founding.store, node: NodeId::random(), bytes_max: u64::MAX };
    let outage = Outage {
        workspace,
        domain: carom::cache::domains::Domains::load(&store, Vec::new())
            .await?
            .table()
            .default_domain()
            .id,
        since: Millis::from_epoch(1_790_000_100_000),
        law: arguments.law,
        clicks: arguments.clicks,
        links: arguments.links,
    };
    let journal = arguments.directory.join("journal");
    outage.fill(&Directory::open(&journal)?, &owner)?;
    catch_up(&arguments, &store, &owner, workspace).await?;
    ensure_exact(&arguments, &store, workspace).await?;
    questions::ask(&store, workspace, arguments.clicks).await?;
    store.close().await;
    Ok(())
}

async fn catch_up(
    arguments: &Arguments,
    store: &Store,
    owner: &Owner,
    workspace: WorkspaceId,
) -> Result<()> {
    let directory = Directory::open(&arguments.directory.join("journal"))?;
    let left = leftover::sort(&directory, owner)?;
    let (keeper, _lanes, feed) = Keeper::start(Some(directory), *owner, 1)?;
    let clicks = Arc::new(Clicks::default());
    let metrics = Arc::new(ClickMetrics::default());
    let mut flusher = Flusher::new(FlusherParts {
        store: store.clone(),
        clicks: Arc::clone(&clicks),
        settling: clicks.settle().await,
        health: Arc::new(Health::default()),
        metrics,
        node: owner.node,
        enrich: EnrichSettings { geo_database: None, agents_per_second_max: 2000 },
        backlog: Backlog::new(left, feed, Duration::from_secs(600)),
    });
    let neighbour = Neighbour::start(store.clone(), workspace);
    let (began, cpu) = (Instant::now(), Cpu::now(arguments.postmaster)?);
    flusher.flush().await?;
    let (wall, cpu) = (began.elapsed(), Cpu::now(arguments.postmaster)? - cpu);
    let waits = neighbour.stop().await?;
    let each = |time: Duration| time.as_secs_f64() * 1e6 / arguments.clicks as f64;
    println!(
        "catch-up of {} clicks: {:.1} s, {:.0} a second; CPU a click: {:.1} µs here, {:.1} µs in \
         Postgres; a writer beside it waited {} ms at p50, {} at p99, {} at most, {} times",
        arguments.clicks,
        wall.as_secs_f64(),
        arguments.clicks as f64 / wall.as_secs_f64(),
        each(cpu.here),
        each(cpu.postgres),
        waits.value_at_quantile(0.5),
        waits.value_at_quantile(0.99),
        waits.max(),
        waits.len(),
    );
    drop(flusher);
    drop(keeper);
    Ok(())
}

/// Every click once, wherever it is summed.
async fn ensure_exact(arguments: &Arguments, store: &Store, workspace: WorkspaceId) -> Result<()> {
    let counted = total(store, workspace).await?.total();
    ensure!(counted == arguments.clicks, "{counted} clicks counted of {}", arguments.clicks);
    let report = stats::drift::drift(store, Millis::from_epoch(0)).await?;
    let subjects = report.subjects;
    ensure!(report.drifts.is_empty(), "sums that do not add up: {:?}", report.drifts);
    println!(
        "exact: {counted} clicks in the totals of {subjects} subjects, quarter hours and visits"
    );
    Ok(())
}
