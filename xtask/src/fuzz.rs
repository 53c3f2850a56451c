//! `cargo xtask fuzz`: each fuzz target for a bounded time.

use std::fs;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};

use crate::cargo;
use crate::process;

/// The sanitizer needs a nightly compiler.
const TOOLCHAIN: &str = "nightly";

const INSTALL: &str =
    "fuzzing needs `rustup toolchain install nightly` and `cargo install cargo-fuzz`";

/// Memory at which an input counts as a finding: no input may make a server grow without bound.
const MEGABYTES_MAX: u32 = 2048;

/// `cargo xtask fuzz`
#[derive(clap::Args, Debug)]
pub(crate) struct Options {
    /// How long each target runs
    #[arg(long, default_value_t = 60, value_parser = clap::value_parser!(u32).range(1..=86_400))]
    seconds: u32,
    /// One of `fuzz/fuzz_targets`; all of them without it
    target: Option<String>,
}

/// Runs the targets one after the other until one finds something.
pub(crate) fn run(options: &Options) -> Result<()> {
    ensure!(is_there()?, INSTALL);
    let all = targets()?;
    let chosen: Vec<_> = match &options.target {
        Some(target) => {
            ensure!(all.contains(target), "no target `{target}`: there are {}", all.join(", "));
            vec![target]
        }
        None => all.iter().collect(),
    };
    // Built before the clock of the first one runs.
    process::run(cargo_fuzz().arg("build"), cargo::LIMIT)?;
    let limit = cargo::LIMIT + Duration::from_secs(options.seconds.into());
    for target in chosen {
        let mut command = cargo_fuzz();
        command.args(["run", target]).args(corpora(target)?).args(["--", "-print_final_stats=1"]);
        command.arg(format!("-max_total_time={}", options.seconds));
        command.arg(format!("-rss_limit_mb={MEGABYTES_MAX}"));
        process::run(&mut command, limit).with_context(|| {
            format!("`{target}` found an input: it lies in fuzz/artifacts/{target}")
        })?;
    }
    Ok(())
}

/// Where a target's inputs are: what it has found, and what it begins with, without which it hardly
/// gets past the first bytes of a format.
fn corpora(target: &str) -> Result<Vec<PathBuf>> {
    let fuzz = cargo::root().join("fuzz");
    let found = fuzz.join("corpus").join(target);
    fs::create_dir_all(&found).with_context(|| found.display().to_string())?;
    let seeds = Some(fuzz.join("seeds").join(target)).filter(|seeds| seeds.is_dir());
    Ok([found].into_iter().chain(seeds).collect())
}

/// Whether the toolchain and cargo-fuzz are.
fn is_there() -> Result<bool> {
    if process::find_in_path("rustup").is_none() {
        return Ok(false);
    }
    let mut command = cargo_fuzz();
    command.arg("--version").stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    Ok(command.status().context("rustup cannot be run")?.success())
}

/// By way of rustup: cargo, as it is called by cargo, knows no other toolchain than its own.
fn cargo_fuzz() -> Command {
    let mut command = Command::new("rustup");
    command.args(["run", TOOLCHAIN, "cargo", "fuzz"]).current_dir(cargo::root());
    command
}

/// All targets, by name.
fn targets() -> Result<Vec<String>> {
    let directory = cargo::root().join("fuzz").join("fuzz_targets");
    let entries = fs::read_dir(&directory).with_context(|| directory.display().to_string())?;
    let mut names = Vec::new();
    for entry in entries {
        let path = entry?.path();
        if let Some(name) = path.file_stem().and_then(|name| name.to_str()) {
            names.push(name.to_owned());
        }
    }
    names.sort();
    Ok(names)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_target_is_in_the_manifest() {
        let manifest = cargo::root().join("fuzz").join("Cargo.toml");
        let manifest = fs::read_to_string(manifest).expect("a manifest");
        let targets = targets().expect("targets");
        for target in &targets {
            assert!(manifest.contains(&format!("fuzz_targets/{target}.rs\"")), "{target}");
        }
        assert_eq!(manifest.matches("[[bin]]").count(), targets.len());
    }
}
