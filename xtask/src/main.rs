//! The project's own tools, run as `cargo xtask <command>`. None of this is in the server.
//!
//! - `test` is the one test command: everything that must hold before a change goes in.
//! - `loadtest` runs `carom-loadtest` against a server of its own.
//! - `chaos` runs the click journal's tests for longer, and prints what they counted.
//! - `fuzz` runs the fuzz targets, each for a bounded time.
//! - `bench-guard` compares the CPU time of a redirect with the two yardsticks
//!   (`benches/yardstick`).

#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a command-line program talks on stdout and stderr"
)]

mod cargo;
mod carom;
mod chaos;
mod cluster;
mod cores;
mod cpu;
mod figures;
mod fuzz;
mod guard;
mod laws;
mod links;
mod load;
mod loadtest;
mod postgres;
mod process;
mod report;
mod reverse_proxies;
mod seed;
mod server;
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
    /// Run the fuzz targets (`fuzz/`), all or one, each for a bounded time
    Fuzz(fuzz::Options),
    /// Compare the CPU time of a cached redirect with bare hyper, in one run
    BenchGuard(guard::Options),
}

fn main() -> ExitCode {
    let outcome = match Arguments::parse().command {
        Command::Test(options) => test::run(&options),
        Command::Loadtest(options) => loadtest::run(&options),
        Command::Chaos(options) => chaos::run(&options),
        Command::Fuzz(options) => fuzz::run(&options),
        Command::BenchGuard(options) => guard::run(&options),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("xtask: {error:#}");
            ExitCode::FAILURE
        }
    }
}
