//! Load-tests a running Carom: checks every answer, then accounts for every click. Exit code 0 only
//! if every bound held.

mod admin;
mod attack;
mod audit;
mod edge;
mod editor;
mod mix;
mod options;
mod outcome;
mod pace;
mod report;
mod table;
mod tally;
mod verdict;
mod visitor;

use std::process::ExitCode;
use std::sync::Arc;

use anyhow::Context;
use clap::Parser;

use crate::admin::Admin;
use crate::attack::Attack;
use crate::edge::Edge;
use crate::options::Options;
use crate::outcome::Outcome;
use crate::pace::Pace;
use crate::report::Report;
use crate::table::Table;

// One thread: the other cores are the server's, and requests that never change threads cost less.
#[tokio::main(flavor = "current_thread")]
#[allow(clippy::print_stderr, reason = "nobody reads the log of a program that could not begin")]
async fn main() -> ExitCode {
    match run(&Options::parse()).await {
        Ok(report) if report.has_passed() => ExitCode::SUCCESS,
        Ok(_) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("carom-loadtest: {error:#}");
            ExitCode::FAILURE
        }
    }
}

/// Seeds, attacks, counts and reports.
async fn run(options: &Options) -> anyhow::Result<Report> {
    let admin = Admin::new(options.admin.clone(), &options.key)
        .context("the admin client cannot be built")?;
    let edge = Edge::new(&options.edge).context("the edge cannot be reached")?;

    let prefix = format!("lt{:08x}", rand::random::<u32>());
    let table =
        Table::seed(&admin, prefix, options.links).await.context("the links cannot be seeded")?;
    let pace = options.rate_max.map(Pace::new);
    let attack = Arc::new(Attack::new(edge, admin, table, options.length(), pace));
    attack::run(&attack, options).await.context("the attack cannot run")?;

    let books = attack.close_books();
    let clicks = audit::clicks(&attack.admin, attack.table.links().iter().chain(&books.kept)).await;
    let outcome = Outcome::new(books, clicks, attack.table.cold_rounds());
    let missed = options.bounds().missed_by(&outcome);
    let report = Report::new(outcome, missed);

    report.print();
    if let Some(path) = &options.json {
        report
            .write_json(path)
            .with_context(|| format!("the report cannot be written to {}", path.display()))?;
    }
    Ok(report)
}
