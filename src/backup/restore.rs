//! Restoring: the whole file is checked, then the store is filled in one transaction.

use std::path::{Path, PathBuf};

use tokio::sync::mpsc::{self, Sender};

use super::read::{Checked, Reader, check};
use super::{BackupError, Progress, Told};
use crate::store::load::{IfFilled, Loading, load};
use crate::store::tables::{Shape, shapes};
use crate::store::{self, Store, migrate};

/// Frames between the file and the database.
const FRAMES: usize = 2;

/// A backup that is in the store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Restored {
    /// What was restored.
    pub backup: Checked,
    /// Migrations that brought its rows up to date.
    pub migrated: usize,
}

/// Fills a store with a backup. Its schema is made when there is none.
///
/// The store becomes the one that was backed up: it has its id and the positions of its streams, so
/// that a node which kept clicks in its journal adds what the backup has not seen of them. No other
/// process should use the store meanwhile: a server does not see its id change.
///
/// # Errors
/// Whatever it is, the store holds what it held before, or the whole backup: [`BackupError::Migrate`]
/// after the rows are in says that the next start brings the schema up to date.
pub async fn restore(
    store: &Store,
    path: &Path,
    if_filled: IfFilled,
    told: Told,
) -> Result<Restored, BackupError> {
    let file = path.to_owned();
    let (checked, told) = blocking(move || {
        let mut told = told;
        check(&file, &mut told).map(|checked| (checked, told))
    })
    .await?;
    let backup_schema = known_schema(path, &checked)?;
    // An empty database gets the schema that the rows were written for; any other, its newest.
    let is_blank = store.schema().await?.is_none();
    store.migrate_to(is_blank.then_some(backup_schema)).await?;
    let schema = store.schema().await?.unwrap_or(0);
    if schema != i64::from(backup_schema) {
        return Err(BackupError::Older { backup: backup_schema.into(), store: schema });
    }
    fill(store, path.to_owned(), &checked, if_filled, told).await?;
    let migrated = store.migrate().await?;
    Ok(Restored { backup: checked, migrated })
}

/// The backup's schema, if this program knows it and the backup holds what belongs to it.
fn known_schema(path: &Path, checked: &Checked) -> Result<i32, BackupError> {
    let (schema, newest) = (checked.header.schema, migrate::newest());
    if schema > newest.into() {
        let what = format!("its schema is {schema}, and this program knows {newest}");
        return Err(BackupError::Newer { path: path.to_owned(), what });
    }
    let tables = &checked.header.tables;
    let is_ours = if schema == i64::from(newest) {
        *tables == shapes()
    } else {
        tables.iter().all(|shape| shape.check().is_ok())
    };
    let schema = i32::try_from(schema).ok().filter(|schema| is_ours && *schema > 0);
    schema.ok_or_else(|| BackupError::damaged(path, "its tables are not those of its schema"))
}

async fn fill(
    store: &Store,
    path: PathBuf,
    checked: &Checked,
    if_filled: IfFilled,
    told: Told,
) -> Result<(), BackupError> {
    let (frames, taken) = mpsc::channel(FRAMES);
    let of = checked.rows.iter().sum();
    let reading = tokio::task::spawn_blocking(move || read(&path, of, &frames, told));
    let loaded = load(store, checked.header.tables.clone(), if_filled, taken).await;
    let read = reading.await.map_err(store::Error::unavailable)?;
    match (loaded, read) {
        // A file that changed since it was checked made the store fail.
        (Err(_), Err(error)) => Err(error),
        (loaded, _) => Ok(loaded?),
    }
}

/// Sends all rows. Nobody taking them is no failure of the file.
fn read(path: &Path, of: u64, frames: &Sender<Loading>, mut told: Told) -> Result<(), BackupError> {
    let mut reader = Reader::open(path)?;
    let names: Vec<Shape> = reader.header.tables.clone();
    let mut done = 0;
    while let Some(frame) = reader.next()? {
        done += frame.rows.len() as u64;
        let table = frame.table;
        if frames.blocking_send(Loading::Rows { table, rows: frame.rows }).is_err() {
            return Ok(());
        }
        told(Progress::Rows { table: &names[table].name, done, of });
    }
    // The seal was checked again: only now may the rows be kept.
    let _ = frames.blocking_send(Loading::Done);
    Ok(())
}

async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, BackupError> + Send + 'static,
) -> Result<T, BackupError> {
    tokio::task::spawn_blocking(work).await.map_err(store::Error::unavailable)?
}
