//! The project's own tools, run as `cargo xtask <command>`. None of this is in the server.
//!
//! - `test` is the one test command: everything that must hold before a change goes in.
//! - `loadtest` runs `carom-loadtest` against a server of its own.
//! - `chaos` runs the click journal's tests for longer, and prints what they counted.
//! - `footprint` measures memory and start time.
//! - `fuzz` runs the fuzz targets, each for a bounded time.
//! - `api-fuzz` calls every route of the API, as everybody, with made-up requests.
//! - `bench-guard` compares the CPU time of a redirect with the two yardsticks
//!   (`benches/yardstick`).
//! - `bench-sign-in` measures sign-ins: their time, and what redirects feel of them.
//! - `catch-up` measures how fast a store takes in the clicks of an outage (`benches/catch_up`).
//! - `bench-batch` measures how many links a second one API client makes.
//! - `bench-backup` measures backups and restores.
//! - `bench-pages` measures the dashboard on such a store, and what redirects feel of people who look around.
//! - `screenshots` takes pictures of the main pages.
//! - `seed-clicks` makes a store with many links and clicks.
//! - `bench-pages` measures the dashboard on such a store, and what redirects feel of people who look around.
//! - `screenshots` takes pictures of the main pages.

#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a command-line program talks on stdout and stderr"
)]

mod api_fuzz;
mod apt;
mod backup;
mod batches;
mod browser;
mod cargo;
mod carom;
mod catch_up;
mod chaos;
mod chromium;
mod cluster;
mod cores;
mod cpu;
mod dashboard;
mod demo;
mod figures;
mod footprint;
mod fuzz;
mod guard;
mod http;
mod laws;
mod links;
mod load;
mod loadtest;
mod paced;
mod postgres;
mod process;
mod report;
mod reverse_proxies;
mod screenshots;
mod seed;
mod seed_clicks;
mod server;
mod sign_in;
mod test;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

#[derive(Parser)]
#[command(name = "cargo xtask", about = "Carom's own tools")]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Run every check: formatting, lints, docs, tests, dependency laws, load test, bench guard
    Test(test::Options),
    /// Load a server of our own on SQLite, Postgres or both, and hold it to its bounds
    Loadtest(loadtest::Options),
    /// Kill, cut, fill and restore under load, and compare clicks answered with clicks counted
    Chaos(chaos::Options),
    /// Measure what a cached link and an idle connection take of memory, and how long a start takes
    Footprint(footprint::Options),
    /// Run the fuzz targets (`fuzz/`), all or one, each for a bounded time
    Fuzz(fuzz::Options),
    /// Compare the CPU time of a cached redirect with bare hyper, in one run
    BenchGuard(guard::Options),
    /// Call every route of the API as everybody with made-up requests (schemathesis, from PyPI)
    ApiFuzz(api_fuzz::Options),
    /// Measure whether the time of a sign-in tells who has an account, and what redirects feel of a crowd
    BenchSignIn(sign_in::Options),
    /// Measure how fast a store takes in the clicks of an outage, and how fast it answers for them
    CatchUp(catch_up::Options),
    /// Make links by batches of ten thousand on both kinds of store, and say how many a second
    BenchBatch(batches::Options),
    /// Back up and restore many links on both kinds of store, and say how many a second
    BenchBackup(backup::Options),
    /// Take pictures of the main pages, with a small company's data
    Screenshots(screenshots::Options),
    /// Make a store with many links and weeks of clicks, to measure panels on
    SeedClicks(seed_clicks::Options),
    /// Measure the pages and panels of the dashboard on a large store, and redirects beside fifty people
    BenchPages(dashboard::Options),
}

fn main() -> ExitCode {
    let outcome = match Arguments::parse().command {
        Command::Test(options) => test::run(&options),
        Command::Loadtest(options) => loadtest::run(&options),
        Command::Chaos(options) => chaos::run(&options),
        Command::Footprint(options) => footprint::run(&options),
        Command::Fuzz(options) => fuzz::run(&options),
        Command::BenchGuard(options) => guard::run(&options),
        Command::ApiFuzz(options) => api_fuzz::run(&options),
        Command::BenchSignIn(options) => sign_in::run(&options),
        Command::CatchUp(options) => catch_up::run(&options),
        Command::BenchBatch(options) => batches::run(&options),
        Command::BenchBackup(options) => backup::run(&options),
        Command::Screenshots(options) => screenshots::run(&options),
        Command::SeedClicks(options) => seed_clicks::run(&options),
        Command::BenchPages(options) => dashboard::run(&options),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("xtask: {error:#}");
            ExitCode::FAILURE
        }
    }
}
