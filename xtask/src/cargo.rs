//! Cargo and what it built.

use std::env;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};

use crate::process;

/// No step of cargo's takes this long, even from nothing on two slow cores.
pub(crate) const LIMIT: Duration = Duration::from_secs(40 * 60);

/// One build serves the load test, the guard and the release step: with other packages selected,
/// cargo would unify features differently and build every dependency again.
pub(crate) const RELEASE_BUILD: [&str; 6] =
    ["build", "--release", "--locked", "--workspace", "--bins", "--examples"];

const DEBUG_SERVER: [&str; 5] = ["build", "--locked", "-p", "carom", "--bins"];

/// Cargo, run at the top of the repository.
pub(crate) fn command<S: AsRef<OsStr>>(arguments: impl IntoIterator<Item = S>) -> Command {
    let mut command = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.args(arguments).current_dir(root());
    command
}

/// The top of the repository.
pub(crate) fn root() -> &'static Path {
    let xtask = Path::new(env!("CARGO_MANIFEST_DIR"));
    xtask.parent().unwrap_or(xtask)
}

/// Builds everything that is run in release mode: the server, the load test, the yardstick, this
/// program.
pub(crate) fn build_release() -> Result<()> {
    process::run(&mut command(RELEASE_BUILD), LIMIT)
}

/// Builds the server alone, in debug mode: quick to build, and quick enough for what is not measured.
pub(crate) fn build_debug_server() -> Result<()> {
    process::run(&mut command(DEBUG_SERVER), LIMIT)
}

/// A program of the release build, e.g. `carom` or `examples/yardstick`.
pub(crate) fn release_binary(name: &str) -> Result<PathBuf> {
    binary("release", name, &RELEASE_BUILD)
}

/// The server of the debug build.
pub(crate) fn debug_server() -> Result<PathBuf> {
    binary("debug", "carom", &DEBUG_SERVER)
}

fn binary(profile: &str, name: &str, build: &[&str]) -> Result<PathBuf> {
    // This program lies in the target directory itself, wherever that was put.
    let this = env::current_exe().context("cannot tell where this program lies")?;
    let target = this
        .parent()
        .and_then(Path::parent)
        .context("this program does not lie in a target directory")?;
    let binary = target.join(profile).join(name);
    ensure!(binary.is_file(), "{} is missing: run `cargo {}`", binary.display(), build.join(" "));
    Ok(binary)
}
