//! Load-tests a running Carom: checks every answer, then accounts for every click. Exit code 0 only if every
//! bound held.

mod admin;
mod attack;
mod audit;
mod edge;
mod editor;
mod mix;
mod options;
mod outcome;
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
use crate::report::Report;
use crate::table::Table;

// One thread: the other core is the server's, and a request that never changes threads costs the client less.
#[tokio::main(flavor = "current_thread")]
async fn main() -> anyhow::Result<ExitCode> {
    let options = Options::parse();
    let admin = Admin::new(options.admin.clone(), &options.key)
        .context("the admin client cannot be built")?;
    let edge = Edge::new(options.edge.clone()).context("the edge client cannot be built")?;

    let prefix = format!("lt{:08x}", rand::random::<u32>());
    let table = Table::seed(&admin, &edge, prefix, options.links)
        .await
        .context("the links cannot be seeded")?;
    let attack = Arc::new(Attack::new(edge, admin, table, options.length()));
    attack::run(&attack, &options)
        .await
        .context("the attack cannot run")?;

    let books = attack.close_books();
    let clicks = audit::clicks(
        &attack.admin,
        attack.table.links().iter().chain(&books.kept),
    )
    .await;
    let outcome = Outcome::new(books, clicks, attack.table.cold_rounds());
    let missed = options.bounds().missed_by(&outcome);
    let report = Report::new(outcome, missed);

    report.print();
    if let Some(path) = &options.json {
        report
            .write_json(path)
            .with_context(|| format!("the report cannot be written to {}", path.display()))?;
    }
    Ok(if report.has_passed() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}
