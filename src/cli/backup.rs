//! `carom backup` and `carom restore`: a whole store in a file, and back.

use std::path::{Path, PathBuf};
use std::time::Instant;

use anyhow::Context;
use clap::Args;
use serde::Serialize;

use super::exit::Conflict;
use super::opened::Opened;
use super::output::{Form, Output};
use super::progress::bar;
use crate::backup::{self, Header};
use crate::clicks::journal::directory::{Directory, DirectoryError, JOURNAL};
use crate::model::time::Millis;
use crate::store::Store;
use crate::store::load::IfFilled;

#[derive(Args)]
pub(super) struct BackupArguments {
    #[command(flatten)]
    form: Form,
    /// The file to write; there must be none of that name
    file: PathBuf,
}

#[derive(Args)]
pub(super) struct RestoreArguments {
    #[command(flatten)]
    form: Form,
    /// The file that `carom backup` wrote
    file: PathBuf,
    /// Replace everything in a store that is not empty
    #[arg(long)]
    replace: bool,
}

/// A backup as programs read it.
#[derive(Serialize)]
struct View<'v> {
    file: &'v Path,
    store: &'v str,
    taken_at: Millis,
    schema: i64,
    bytes: u64,
    rows: u64,
    seconds: f64,
    tables: Vec<TableView<'v>>,
}

#[derive(Serialize)]
struct TableView<'v> {
    table: &'v str,
    rows: u64,
}

/// Writes a backup, of a running server too.
pub(super) async fn back_up(opened: &Opened, arguments: BackupArguments) -> anyhow::Result<()> {
    let BackupArguments { form, file } = arguments;
    let began = Instant::now();
    let saved = backup::save(&opened.store, &file, bar()).await?;
    let view = View::new(&file, &saved.header, &saved.rows, saved.bytes, began);
    let done = format!("backed up {} to {}", opened.store.describe(), file.display());
    view.print(&done, form)
}

/// Fills a store with a backup, which no server on this data directory may use meanwhile.
pub(super) async fn restore(
    store: &Store,
    data_dir: &Path,
    arguments: RestoreArguments,
) -> anyhow::Result<()> {
    let RestoreArguments { form, file, replace } = arguments;
    let _locked = lock(&data_dir.join(JOURNAL))?;
    let began = Instant::now();
    let if_filled = if replace { IfFilled::Replace } else { IfFilled::Refuse };
    let restored = backup::restore(store, &file, if_filled, bar())
        .await
        .with_context(|| format!("nothing was restored into {}", store.describe()))?;
    let backup = restored.backup;
    let view = View::new(&file, &backup.header, &backup.rows, backup.bytes, began);
    let done = format!("restored {} into {}", file.display(), store.describe());
    view.print(&done, form)
}

/// Held to the end, so that no server starts on what is being changed.
fn lock(journal: &Path) -> anyhow::Result<Option<Directory>> {
    if !journal.is_dir() {
        return Ok(None);
    }
    match Directory::open(journal) {
        Ok(directory) => Ok(Some(directory)),
        Err(DirectoryError::Locked(path)) => Err(Conflict(format!(
            "a server uses {}: stop it, and all others on that store, and restore then",
            path.display()
        ))
        .into()),
        Err(error @ DirectoryError::Io { .. }) => Err(error.into()),
    }
}

impl<'v> View<'v> {
    fn new(file: &'v Path, header: &'v Header, rows: &[u64], bytes: u64, began: Instant) -> Self {
        let table = |(shape, rows): (&'v crate::store::tables::Shape, &u64)| TableView {
            table: &shape.name,
            rows: *rows,
        };
        Self {
            file,
            store: &header.store,
            taken_at: header.taken_at(),
            schema: header.schema,
            bytes,
            rows: rows.iter().sum(),
            seconds: began.elapsed().as_secs_f64(),
            tables: header.tables.iter().zip(rows).map(table).collect(),
        }
    }

    fn print(&self, done: &str, form: Form) -> anyhow::Result<()> {
        let mut output = Output::open();
        if form.is_json {
            return output.json(self);
        }
        output.line(done)?;
        let rate = (self.rows as f64 / self.seconds) as u64;
        output.line(&format!(
            "as of {}, {} rows in {:.1} s ({rate} a second), {}\n",
            self.taken_at,
            self.rows,
            self.seconds,
            size(self.bytes)
        ))?;
        let filled = self.tables.iter().filter(|it| it.rows > 0);
        let rows = filled.map(|it| vec![it.table.to_owned(), it.rows.to_string()]);
        output.table(&["TABLE", "ROWS"], rows.collect())
    }
}

fn size(bytes: u64) -> String {
    if bytes < 1 << 20 {
        format!("{:.1} KiB", bytes as f64 / 1024.0)
    } else {
        format!("{:.1} MiB", bytes as f64 / 1024.0 / 1024.0)
    }
}
