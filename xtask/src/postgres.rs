//! A Postgres server for this machine: found, or installed where that is possible.

use std::cmp::Reverse;
use std::env;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};

use crate::apt;

/// Names a database for tests; then no server is needed on this machine.
pub(crate) const TEST_DATABASE_URL: &str = "TEST_DATABASE_URL";

/// Makes sure that a Postgres can be had, installing Debian's if need be.
pub(crate) fn ensure_there() -> Result<()> {
    if env::var_os(TEST_DATABASE_URL).is_some() {
        println!("Postgres: {TEST_DATABASE_URL} names one");
        return Ok(());
    }
    if find().is_none() {
        apt::install(&["postgresql"], Some(&format!("name a database in {TEST_DATABASE_URL}")))?;
    }
    let directory =
        find().context("Postgres was installed, yet there is no initdb where Debian puts it")?;
    println!("Postgres: {}", directory.display());
    Ok(())
}

/// The directory with `initdb` and `postgres`: on the `PATH`, else the newest of Debian's.
pub(crate) fn find() -> Option<PathBuf> {
    let path = env::var_os("PATH").unwrap_or_default();
    env::split_paths(&path)
        .chain(directories_of_debian())
        .find(|directory| ["initdb", "postgres"].iter().all(|name| directory.join(name).is_file()))
}

/// Debian keeps each major version apart and off the `PATH`.
fn directories_of_debian() -> impl Iterator<Item = PathBuf> {
    let entries = fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let mut versions: Vec<PathBuf> = entries.map(|entry| entry.path()).collect();
    versions.sort_by_key(|directory| Reverse(version_of(directory)));
    versions.into_iter().map(|directory| directory.join("bin"))
}

fn version_of(directory: &Path) -> u32 {
    let name = directory.file_name().and_then(|name| name.to_str());
    name.and_then(|name| name.parse().ok()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_numbers_not_words() {
        let newest = |names: [&'static str; 3]| {
            names.into_iter().max_by_key(|name| version_of(Path::new(name)))
        };
        assert_eq!(newest(["/x/9", "/x/17", "/x/common"]), Some("/x/17"));
    }
}
