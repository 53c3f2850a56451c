//! A Postgres server that takes rows: a `COPY` for each table through `psql`, side by side, and the
//! indexes made at the end.

use std::io::{BufWriter, IntoInnerError, Write};
use std::path::PathBuf;
use std::process::{Child, ChildStdin, Command, Stdio};

use anyhow::{Context as _, Result, bail, ensure};

use super::sink::{Field, GROUND, Ground, LINKS_THERE, RENAME, Sink, Table};
use crate::{postgres, process};

const BUFFER_BYTES: usize = 256 * 1024;

/// Fills a migrated and unused store.
pub(crate) fn fill(
    url: &str,
    work: impl FnOnce(&mut dyn Sink, Ground) -> Result<()>,
) -> Result<()> {
    let psql = Psql::new(url)?;
    ensure!(psql.answer(LINKS_THERE)? == "0", "the store has links already: choose a new one");
    let ground = psql.answer(GROUND)?;
    let (domain, workspace) = ground.split_once('|').context("the store has no default domain")?;
    let ground = Ground { workspace: workspace.parse()?, default_domain: domain.parse()? };
    let indexes = psql.indexes()?;
    for (name, _) in &indexes {
        psql.answer(&format!("DROP INDEX {name}"))?;
    }
    let mut copies = Copies { psql: &psql, running: Table::ALL.map(|_| None) };
    work(&mut copies, ground)?;
    copies.finish()?;
    for (_, sql) in &indexes {
        psql.answer(sql)?;
    }
    psql.answer(RENAME)?;
    psql.answer("VACUUM (ANALYZE)")?;
    Ok(())
}

/// The client, and where it connects to.
struct Psql {
    program: PathBuf,
    url: String,
}

impl Psql {
    fn new(url: &str) -> Result<Self> {
        let beside_server = postgres::find().map(|directory| directory.join("psql"));
        let program = process::find_in_path("psql")
            .or_else(|| beside_server.filter(|file| file.is_file()))
            .context("there is no `psql`: on Debian, `apt-get install postgresql-client`")?;
        Ok(Self { program, url: url.to_owned() })
    }

    fn command(&self, sql: &str) -> Command {
        let mut command = Command::new(&self.program);
        // No settings of whoever runs this; bare rows; an error is an error.
        command.args(["-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-c", sql, &self.url]);
        command
    }

    /// What a statement answers, as text.
    fn answer(&self, sql: &str) -> Result<String> {
        let output = self.command(sql).stdin(Stdio::null()).output()?;
        let said = String::from_utf8_lossy(&output.stderr);
        ensure!(output.status.success(), "psql: {}", said.trim());
        Ok(String::from_utf8(output.stdout)?.trim().to_owned())
    }

    /// The indexes of our tables beside their keys, by name, and how each is made.
    fn indexes(&self) -> Result<Vec<(String, String)>> {
        let tables: Vec<_> = Table::ALL.iter().map(|it| format!("'{}'", it.name())).collect();
        let answer = self.answer(&format!(
            "SELECT quote_ident(i.indexname), i.indexdef FROM pg_indexes i
             WHERE i.schemaname = current_schema() AND i.tablename IN ({})
               AND NOT EXISTS (SELECT 1 FROM pg_constraint c WHERE c.conname = i.indexname)",
            tables.join(", ")
        ))?;
        let lines = answer.lines().filter_map(|line| line.split_once('|'));
        Ok(lines.map(|(name, sql)| (name.to_owned(), sql.to_owned())).collect())
    }
}

/// One for each table that has rows, in the order of [`Table::ALL`].
struct Copies<'p> {
    psql: &'p Psql,
    running: [Option<Copy>; Table::ALL.len()],
}

/// A `COPY` under way.
struct Copy {
    child: Child,
    rows: BufWriter<ChildStdin>,
}

impl Copies<'_> {
    fn begin(psql: &Psql, table: Table) -> Result<Copy> {
        let (name, columns) = (table.name(), table.columns().join(", "));
        let sql = format!("COPY {name} ({columns}) FROM STDIN");
        let mut child = psql.command(&sql).stdin(Stdio::piped()).spawn()?;
        let stdin = child.stdin.take().context("its stdin is ours")?;
        Ok(Copy { child, rows: BufWriter::with_capacity(BUFFER_BYTES, stdin) })
    }

    fn finish(self) -> Result<()> {
        for (table, copy) in Table::ALL.into_iter().zip(self.running) {
            let Some(Copy { mut child, rows }) = copy else { continue };
            drop(rows.into_inner().map_err(IntoInnerError::into_error)?);
            let status = child.wait()?;
            if !status.success() {
                bail!("the rows of {} were refused: psql says why above", table.name());
            }
        }
        Ok(())
    }
}

impl Sink for Copies<'_> {
    fn add(&mut self, table: Table, fields: &[Field<'_>]) -> Result<()> {
        let copy = match &mut self.running[table as usize] {
            Some(copy) => copy,
            place => place.insert(Self::begin(self.psql, table)?),
        };
        write(&mut copy.rows, fields)
            .with_context(|| format!("psql takes no more rows of {}", table.name()))
    }
}

/// A row in the text form of `COPY`.
fn write(rows: &mut impl Write, fields: &[Field<'_>]) -> std::io::Result<()> {
    for (place, field) in fields.iter().enumerate() {
        if place > 0 {
            rows.write_all(b"\t")?;
        }
        match field {
            Field::Null => rows.write_all(b"\\N")?,
            Field::Int(it) => write!(rows, "{it}")?,
            Field::Text(it) => write_text(rows, it)?,
            Field::Bytes(it) => {
                rows.write_all(b"\\\\x")?;
                it.iter().try_for_each(|byte| write!(rows, "{byte:02x}"))?;
            }
        }
    }
    rows.write_all(b"\n")
}

fn write_text(rows: &mut impl Write, text: &str) -> std::io::Result<()> {
    for piece in text.split_inclusive(['\\', '\t', '\n', '\r']) {
        let escape = match piece.as_bytes().last() {
            Some(b'\\') => "\\\\",
            Some(b'\t') => "\\t",
            Some(b'\n') => "\\n",
            Some(b'\r') => "\\r",
            _ => "",
        };
        let plain = if escape.is_empty() { piece } else { &piece[..piece.len() - 1] };
        rows.write_all(plain.as_bytes())?;
        rows.write_all(escape.as_bytes())?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cluster::{Cluster, Durability};
    use crate::demo::fill::{self, Store};
    use crate::demo::links::Size;

    #[test]
    fn a_server_takes_everything() -> Result<()> {
        if postgres::find().is_none() {
            println!("skipped: there is no Postgres server on this machine");
            return Ok(());
        }
        let cluster = Cluster::start(Durability::Unsynced)?;
        let psql = Psql::new(&cluster.url())?;
        for migration in crate::seed::migrations("postgres")? {
            psql.answer(&migration)?;
        }
        psql.answer("INSERT INTO workspaces (id, name, created_at) VALUES (3, 'x', 0)")?;
        psql.answer(
            "INSERT INTO domains (id, workspace_id, host, created_at) VALUES (7, 3, '', 0)",
        )?;
        let indexes = psql.indexes()?;

        let size = Size { links: 80, clicks: 3_000, days: 50 };
        fill::fill(&Store::Postgres(cluster.url()), size)?;

        assert_eq!(psql.answer("SELECT COUNT(*) FROM visits")?, "3000");
        let total = "SELECT people + bots FROM click_totals WHERE subject_id = 3";
        assert_eq!(psql.answer(total)?, "3000");
        let stored = "SELECT MIN(LENGTH(sketch)) > 12 FROM visitor_sketches";
        assert_eq!(psql.answer(stored)?, "t");
        assert_eq!(psql.indexes()?.len(), indexes.len());
        assert!(!indexes.is_empty());
        Ok(())
    }

    #[test]
    fn a_row_is_written_as_copy_reads_it() -> Result<()> {
        let mut rows = Vec::new();
        let fields = [
            Field::Int(-7),
            Field::Null,
            Field::Text("a\tb\\c\nü"),
            Field::Bytes(&[0, 255]),
            Field::Text(""),
        ];
        write(&mut rows, &fields)?;
        assert_eq!(String::from_utf8(rows)?, "-7\t\\N\ta\\tb\\\\c\\nü\t\\\\x00ff\t\n");
        Ok(())
    }
}
