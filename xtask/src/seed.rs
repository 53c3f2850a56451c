//! Links by the hundred thousand, written straight into a SQLite store before its server starts.
//!
//! Over the API each would be a transaction of its own and a synced write; the bench guard measures
//! redirects, not that.

use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};

use anyhow::{Context as _, Result};
use rand::rngs::SmallRng;
use rand::{RngExt as _, SeedableRng as _};
use rusqlite::{Connection, params};

use crate::links;

/// Ids are 63 random bits, as Carom's own; the same in every run.
const SEED: u64 = 0x1D5;

const INSERT: &str = "
INSERT INTO links (
    domain_id, code, id, workspace_id, url, status, state, created_at, updated_at, version, search
)
VALUES (?1, ?2, ?3, ?4, ?5, 302, 'active', ?6, ?6, 1, ?7)";

/// Adds links `0..count` (`links::code`, `links::target`) to the default domain of a migrated
/// store.
pub(crate) fn seed(database: &Path, count: u32) -> Result<()> {
    let mut connection = Connection::open(database)
        .with_context(|| format!("cannot open {}", database.display()))?;
    let (domain, workspace): (i64, i64) = connection
        .query_row("SELECT id, workspace_id FROM domains WHERE host = ''", [], |row| {
            Ok((row.get(0)?, row.get(1)?))
        })
        .context("the store has no default domain")?;
    let now = i64::try_from(SystemTime::now().duration_since(UNIX_EPOCH)?.as_millis())?;
    let mut random = SmallRng::seed_from_u64(SEED);
    let transaction = connection.transaction()?;
    let mut insert = transaction.prepare(INSERT)?;
    for number in 0..count {
        let (code, target) = (links::code(number), links::target(number));
        let id = random.random_range(1..=i64::MAX);
        let search = format!("{code} {target}");
        insert.execute(params![domain, code, id, workspace, target, now, search])?;
    }
    drop(insert);
    transaction.commit()?;
    Ok(())
}

/// The schema's files of a kind of store, in the order of their numbers.
#[cfg(test)]
pub(crate) fn migrations(kind: &str) -> Result<Vec<String>> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(crate::cargo::root().join("migrations").join(kind))? {
        let path = entry?.path();
        let name = path.file_stem().and_then(|name| name.to_str()).unwrap_or_default();
        let number = name.strip_prefix('V').and_then(|rest| rest.split("__").next());
        let number: u32 = number.unwrap_or_default().parse()?;
        files.push((number, std::fs::read_to_string(&path)?));
    }
    files.sort();
    Ok(files.into_iter().map(|(_, text)| text).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_are_seeded_into_the_schema_as_it_is() -> Result<()> {
        let directory = tempfile::tempdir()?;
        let file = directory.path().join("carom.db");
        let connection = Connection::open(&file)?;
        for migration in migrations("sqlite")? {
            connection.execute_batch(&migration)?;
        }
        connection.execute_batch(
            "INSERT INTO domains (id, workspace_id, host, created_at) VALUES (7, 3, '', 0)",
        )?;

        seed(&file, 500)?;

        let found: (i64, i64, String) = connection.query_row(
            "SELECT domain_id, workspace_id, url FROM links WHERE code = ?1",
            [links::code(499)],
            |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)),
        )?;
        assert_eq!(found, (7, 3, links::target(499)));
        Ok(())
    }
}
