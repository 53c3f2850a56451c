//! A SQLite file that takes rows: one transaction without a journal, and its indexes made at the end.

use std::path::Path;

use anyhow::{Context as _, Result, ensure};
use rusqlite::{Connection, Statement, ToSql};

use super::sink::{Field, GROUND, Ground, LINKS_THERE, RENAME, Sink, Table};

/// What makes a store fast to fill; a crash meanwhile leaves it useless. It fails while a server has
/// the file open.
const BEGIN: &str = "
PRAGMA journal_mode = OFF;
PRAGMA synchronous = OFF;
PRAGMA cache_size = -1048576;
PRAGMA temp_store = FILE;";

const END: &str = "
PRAGMA synchronous = FULL;
PRAGMA journal_mode = WAL;";

/// Fills a migrated and unused store.
pub(crate) fn fill(
    file: &Path,
    work: impl FnOnce(&mut dyn Sink, Ground) -> Result<()>,
) -> Result<()> {
    let mut connection =
        Connection::open(file).with_context(|| format!("cannot open {}", file.display()))?;
    let links: i64 = connection.query_row(LINKS_THERE, [], |row| row.get(0))?;
    ensure!(links == 0, "{} has links already: choose a new store", file.display());
    let ground = connection.query_row(GROUND, [], |row| {
        Ok(Ground { default_domain: row.get(0)?, workspace: row.get(1)? })
    })?;
    connection.execute_batch(BEGIN).context("a server may have the store open: stop it")?;
    let indexes = indexes(&connection)?;
    let transaction = connection.transaction()?;
    for (name, _) in &indexes {
        transaction.execute_batch(&format!("DROP INDEX \"{name}\""))?;
    }
    let mut statements = Vec::new();
    for table in Table::ALL {
        let columns = table.columns();
        let places = vec!["?"; columns.len()].join(", ");
        let (name, columns) = (table.name(), columns.join(", "));
        statements.push(
            transaction.prepare(&format!("INSERT INTO {name} ({columns}) VALUES ({places})"))?,
        );
    }
    let mut sink = Statements(statements);
    work(&mut sink, ground)?;
    drop(sink);
    for (_, sql) in &indexes {
        transaction.execute_batch(sql)?;
    }
    transaction.execute_batch(RENAME)?;
    transaction.commit()?;
    connection.execute_batch(END)?;
    Ok(())
}

/// The indexes of our tables beside their keys, by name, and how each is made.
fn indexes(connection: &Connection) -> Result<Vec<(String, String)>> {
    let mut statement = connection.prepare(
        "SELECT tbl_name, name, sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL",
    )?;
    let rows = statement.query_map([], |row| {
        Ok((row.get::<_, String>(0)?, row.get::<_, String>(1)?, row.get::<_, String>(2)?))
    })?;
    let mut found = Vec::new();
    for row in rows {
        let (table, name, sql) = row?;
        if Table::ALL.iter().any(|ours| ours.name() == table) {
            found.push((name, sql));
        }
    }
    Ok(found)
}

/// One for each table, in the order of [`Table::ALL`].
struct Statements<'c>(Vec<Statement<'c>>);

impl Sink for Statements<'_> {
    fn add(&mut self, table: Table, fields: &[Field<'_>]) -> Result<()> {
        let statement = &mut self.0[table as usize];
        for (place, field) in fields.iter().enumerate() {
            let value: &dyn ToSql = match field {
                Field::Null => &rusqlite::types::Null,
                Field::Int(it) => it,
                Field::Text(it) => it,
                Field::Bytes(it) => it,
            };
            statement.raw_bind_parameter(place + 1, value)?;
        }
        statement.raw_execute().with_context(|| format!("a row of {}", table.name()))?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::demo::fill::{self, Store};
    use crate::demo::links::Size;

    /// What must be equal: a subject's total, and all that it is the sum of.
    const SUMS: [&str; 6] = [
        "SELECT people, bots FROM click_totals WHERE subject_id = 3",
        "SELECT SUM(people), SUM(bots) FROM click_quarters WHERE subject_id = 3",
        "SELECT SUM(1 - is_bot), SUM(is_bot) FROM visits",
        "SELECT SUM(people), SUM(bots) FROM click_totals WHERE subject_id IN (SELECT id FROM links)",
        "SELECT SUM(people), SUM(bots) FROM click_totals WHERE subject_id IN (SELECT id FROM domains)",
        // Every visitor has a country.
        "SELECT SUM(people), SUM(bots) FROM (
             SELECT people, bots FROM dimension_hours WHERE subject_id = 3 AND dimension = 2
             UNION ALL
             SELECT people, bots FROM dimension_days WHERE subject_id = 3 AND dimension = 2) AS all_of_it",
    ];

    #[test]
    fn a_file_takes_everything_and_all_of_it_adds_up() -> Result<()> {
        let directory = tempfile::tempdir()?;
        let file = directory.path().join("carom.db");
        let connection = Connection::open(&file)?;
        for migration in crate::seed::migrations("sqlite")? {
            connection.execute_batch(&migration)?;
        }
        connection.execute_batch(
            "INSERT INTO workspaces (id, name, created_at) VALUES (3, 'x', 0);
             INSERT INTO domains (id, workspace_id, host, created_at) VALUES (7, 3, '', 0);",
        )?;
        let before = indexes(&connection)?.len();
        drop(connection);

        let size = Size { links: 1_500, clicks: 20_000, days: 50 };
        fill::fill(&Store::Sqlite(file.clone()), size)?;

        let connection = Connection::open(&file)?;
        let pair = |sql: &str| {
            connection.query_row(sql, [], |row| Ok((row.get::<_, i64>(0)?, row.get::<_, i64>(1)?)))
        };
        let expected = pair(SUMS[0])?;
        assert_eq!(expected.0 + expected.1, 20_000);
        for sql in SUMS {
            assert_eq!(pair(sql)?, expected, "{sql}");
        }
        let of_each_link =
            "SELECT COUNT(*), COALESCE(SUM(t.people + t.bots), 0) FROM click_totals t
             WHERE t.people + t.bots <> (SELECT SUM(q.people + q.bots) FROM click_quarters q
                                         WHERE q.subject_id = t.subject_id)";
        assert_eq!(pair(of_each_link)?, (0, 0));
        let (hours, days) = pair(
            "SELECT (SELECT COUNT(*) FROM dimension_hours), (SELECT COUNT(*) FROM dimension_days)",
        )?;
        assert!(hours > 0 && days > 0);
        assert_eq!(indexes(&connection)?.len(), before);
        let again = fill::fill(&Store::Sqlite(file), size).expect_err("it has links");
        assert!(again.to_string().contains("has links already"), "{again}");
        Ok(())
    }
}
