//! A link's password from a file: on the command line, everybody on the machine could read it.

use std::fs;
use std::io::{self, BufRead};
use std::path::Path;

use anyhow::Context;

use crate::links::Typed;

/// The first line of this file, or of standard input for `-`.
pub(super) fn read(file: &Path) -> anyhow::Result<Typed> {
    let text = if file == Path::new("-") {
        let mut line = String::new();
        io::stdin().lock().read_line(&mut line).context("cannot read the password")?;
        line
    } else {
        let cannot = || format!("cannot read the password in {}", file.display());
        fs::read_to_string(file).with_context(cannot)?
    };
    Ok(text.lines().next().unwrap_or_default().to_owned().into())
}
