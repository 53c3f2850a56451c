//! Chromium and its driver for this machine: found, or installed where that is possible.
//!
//! A font comes along: the configuration of fonts that Chromium depends on depends on one.

use std::path::PathBuf;

use anyhow::{Context as _, Result};

use crate::apt;
use crate::process;

const PROGRAMS: [Program; 2] = [
    Program { name: "chromium", package: "chromium" },
    Program { name: "chromedriver", package: "chromium-driver" },
];

struct Program {
    name: &'static str,
    package: &'static str,
}

/// Makes sure that both can be had, installing Debian's if need be.
pub(crate) fn ensure_there() -> Result<()> {
    let is_missing = |program: &&Program| process::find_in_path(program.name).is_none();
    let missing: Vec<_> = PROGRAMS.iter().filter(is_missing).map(|it| it.package).collect();
    if !missing.is_empty() {
        apt::install(&missing, None)?;
    }
    for program in &PROGRAMS {
        println!("{}: {}", program.name, find(program.name)?.display());
    }
    Ok(())
}

/// Where one of them lies.
pub(crate) fn find(name: &str) -> Result<PathBuf> {
    process::find_in_path(name).with_context(|| {
        format!("there is no `{name}` in PATH; `cargo xtask test` installs it on Debian")
    })
}
