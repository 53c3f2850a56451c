//! Saving a store: the database is read and the file is written at the same time.

use std::path::Path;

use tokio::sync::mpsc::{self, Receiver};

use super::format::Header;
use super::write::Writer;
use super::{BackupError, Progress, Told};
use crate::store::dump::{Dumped, dump};
use crate::store::tables::{TABLES, shapes};
use crate::store::{self, Store};

/// Pages between the database and the file.
const PAGES: usize = 4;

/// A backup that was made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Saved {
    /// What it says of itself.
    pub header: Header,
    /// The rows of each of its tables.
    pub rows: Vec<u64>,
    /// Its length.
    pub bytes: u64,
}

/// Writes everything that a store holds at one moment to a new file, while others use the store.
/// The file has its name once it is whole and on the disk; only its owner can read it.
///
/// # Errors
/// [`BackupError::Exists`], [`BackupError::Io`], [`BackupError::Store`]: then there is no file.
pub async fn save(store: &Store, path: &Path, told: Told) -> Result<Saved, BackupError> {
    let (pages, taken) = mpsc::channel(PAGES);
    let path = path.to_owned();
    let writing = tokio::task::spawn_blocking(move || write(&path, taken, told));
    let dumped = dump(store, pages).await;
    let written = writing.await.map_err(store::Error::unavailable)?;
    match (dumped, written) {
        // Whoever failed first made the other fail too: the file, or else the store.
        (_, Err(error)) => Err(error),
        (Err(error), Ok(_)) => Err(error.into()),
        (Ok(()), Ok(saved)) => saved.ok_or_else(|| store::Error::Missing.into()),
    }
}

/// Nothing when the rows ended before their end: the store has failed.
fn write(
    path: &Path,
    mut pages: Receiver<Dumped>,
    mut told: Told,
) -> Result<Option<Saved>, BackupError> {
    let Some(Dumped::Begun(snapshot)) = pages.blocking_recv() else { return Ok(None) };
    let header = Header {
        carom: env!("CARGO_PKG_VERSION").to_owned(),
        at: snapshot.at.get(),
        store: snapshot.store.to_string(),
        schema: snapshot.schema,
        tables: shapes(),
    };
    let mut writer = Writer::create(path, &header)?;
    let of = snapshot.rows.iter().sum();
    let mut done = 0;
    loop {
        match pages.blocking_recv() {
            Some(Dumped::Rows { table, rows }) => {
                writer.add(table, &rows)?;
                done += rows.len() as u64;
                told(Progress::Rows { table: TABLES[table].name, done, of });
            }
            Some(Dumped::Done) => break,
            Some(Dumped::Begun(_)) | None => return Ok(None),
        }
    }
    let bytes = writer.finish()?;
    Ok(Some(Saved { header, rows: snapshot.rows, bytes }))
}
