//! `cargo xtask test`: the one test command, from nothing but Rust, gcc and apt to a verdict.

use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};

use crate::cargo;
use crate::chromium;
use crate::guard;
use crate::laws;
use crate::loadtest;
use crate::postgres;
use crate::process;
use crate::reverse_proxies;

/// The guard's bound here: a shared machine is noisy (single rounds of one run went from 1.01 to 1.72),
/// and what must never slip in is a redirect twice as dear. The edge threads alone: how much of the clicks' upkeep falls into a round depends
/// on when it began.
const GUARD: [&str; 6] = ["bench-guard", "--no-build", "--bound", "1.75", "--cost", "edge"];

/// Tests of how long something takes: they run when no other does.
const ALONE: [&str; 2] = ["nodes::edits::ten_thousand", "floods::"];

/// `cargo xtask test`
#[derive(clap::Args, Debug)]
pub(crate) struct Options {
    /// Leave out what needs a release build: the load test and the bench guard
    #[arg(long)]
    quick: bool,
}

/// Runs every step until one fails, then prints how long each took.
pub(crate) fn run(options: &Options) -> Result<()> {
    let mut steps = Steps::default();
    let outcome = run_steps(&mut steps, options);
    steps.print();
    outcome
}

fn run_steps(steps: &mut Steps, options: &Options) -> Result<()> {
    steps.run("postgres", "cargo xtask test", postgres::ensure_there)?;
    steps.run("reverse proxies", "cargo xtask test", reverse_proxies::ensure_there)?;
    steps.run("chromium", "cargo xtask test", chromium::ensure_there)?;
    steps.cargo("format", &["fmt", "--all", "--check"])?;
    steps.cargo(
        "clippy",
        &["clippy", "--workspace", "--all-targets", "--locked", "--", "-D", "warnings"],
    )?;
    steps.docs()?;
    let others = ALONE.iter().flat_map(|name| ["--skip", name]);
    let tests = ["test", "--workspace", "--locked", "--"].into_iter().chain(others);
    steps.cargo("tests", &tests.collect::<Vec<_>>())?;
    let alone = ["test", "--locked", "--test", "it", "--"].into_iter().chain(ALONE);
    steps.cargo("tests alone", &alone.chain(["--test-threads", "1"]).collect::<Vec<_>>())?;
    steps.model_check()?;
    steps.run("dependency laws", "cargo xtask test", laws::check)?;
    if options.quick {
        return Ok(());
    }
    steps.cargo("release build", &cargo::RELEASE_BUILD)?;
    steps.run("load test", "cargo xtask loadtest", || {
        loadtest::run(&loadtest::Options::of_the_test_command())
    })?;
    steps.run("bench guard", "cargo xtask bench-guard --bound 1.75 --cost edge", || {
        guard::run_in_release(GUARD)
    })
}

/// The steps so far.
#[derive(Default)]
struct Steps {
    done: Vec<(&'static str, Duration, Outcome)>,
}

#[derive(Clone, Copy)]
enum Outcome {
    Ok,
    Failed,
}

impl Steps {
    /// Runs a step; `repeat` is the command that runs it alone.
    fn run(
        &mut self,
        name: &'static str,
        repeat: &str,
        step: impl FnOnce() -> Result<()>,
    ) -> Result<()> {
        println!("\n==> {name}");
        let started = Instant::now();
        let result = step();
        let time = started.elapsed();
        let outcome = if result.is_ok() { Outcome::Ok } else { Outcome::Failed };
        self.done.push((name, time, outcome));
        println!("<== {name}: {} after {:.1} s", outcome.word(), time.as_secs_f64());
        result.with_context(|| format!("step \"{name}\" failed; repeat it with `{repeat}`"))
    }

    /// Runs a step that is one call of cargo.
    fn cargo(&mut self, name: &'static str, arguments: &[&str]) -> Result<()> {
        self.command(name, "", &mut cargo::command(arguments))
    }

    /// Builds the documentation, private items included: a link that leads nowhere misleads those
    /// who read the code.
    fn docs(&mut self) -> Result<()> {
        let arguments = ["doc", "--workspace", "--no-deps", "--document-private-items", "--locked"];
        let mut command = cargo::command(arguments);
        self.command(
            "docs",
            "RUSTDOCFLAGS=\"-D warnings\" ",
            command.env("RUSTDOCFLAGS", "-D warnings"),
        )
    }

    /// Every interleaving of the journal's writer and reader, in a target directory of its own: the
    /// flag would build everything else again.
    fn model_check(&mut self) -> Result<()> {
        let target = cargo::root().join("target").join("loom");
        let mut command = cargo::command(["test", "--release", "--locked", "--manifest-path"]);
        command.arg("modelcheck/Cargo.toml").arg("--target-dir").arg(target);
        command.env("RUSTFLAGS", "--cfg loom");
        self.command("model check", "RUSTFLAGS=\"--cfg loom\" ", &mut command)
    }

    fn command(
        &mut self,
        name: &'static str,
        environment: &str,
        command: &mut Command,
    ) -> Result<()> {
        let repeat = format!("{environment}{}", process::spelled(command));
        self.run(name, &repeat, || process::attempt(command, cargo::LIMIT))
    }

    fn print(&self) {
        println!();
        for (name, time, outcome) in &self.done {
            println!("{name:<16} {:>8.1} s  {}", time.as_secs_f64(), outcome.word());
        }
        let total: Duration = self.done.iter().map(|(_, time, _)| *time).sum();
        let has_failed = self.done.iter().any(|(.., outcome)| matches!(outcome, Outcome::Failed));
        let verdict = if has_failed { "FAILED" } else { "all steps passed" };
        println!("{verdict} in {:.1} s", total.as_secs_f64());
    }
}

impl Outcome {
    fn word(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Failed => "failed",
        }
    }
}
