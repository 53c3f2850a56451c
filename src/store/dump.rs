//! Every row of every table, as it was at one moment.

use tokio::sync::mpsc::Sender;

use super::driver::{Alone, OnceWork, Tx};
use super::tables::{PAGE_ROWS, TABLES};
use super::{Error, Row, Store};
use crate::model::id::StoreId;
use crate::model::time::Millis;

/// What is dumped, piece by piece.
#[derive(Debug)]
pub enum Dumped {
    /// First of all.
    Begun(Snapshot),
    /// Rows of one table, in the order of its key; tables come in the order of [`TABLES`].
    Rows {
        /// The table's place in [`TABLES`].
        table: usize,
        /// At most [`PAGE_ROWS`].
        rows: Vec<Row>,
    },
    /// Last of all. Without it, what came before is not everything.
    Done,
}

/// The moment that is dumped.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Snapshot {
    /// When it is, by the store's clock.
    pub at: Millis,
    /// The store.
    pub store: StoreId,
    /// The number of its newest migration.
    pub schema: i64,
    /// The rows of each table, in the order of [`TABLES`].
    pub rows: Vec<u64>,
}

/// Sends everything that the store holds at one moment, while others go on writing. The salts of
/// visitors are left out.
///
/// # Errors
/// [`Error::Unavailable`], also when nobody takes the rows any more; then there was no
/// [`Dumped::Done`].
pub async fn dump(store: &Store, out: Sender<Dumped>) -> Result<(), Error> {
    let work: OnceWork = Box::new(move |tx| Box::pin(dump_in(tx, out)));
    store.driver.alone(Alone::Snapshot, work).await
}

async fn dump_in(tx: &mut dyn Tx, out: Sender<Dumped>) -> Result<(), Error> {
    let snapshot = snapshot_in(tx).await?;
    let expected = snapshot.rows.clone();
    send(&out, Dumped::Begun(snapshot)).await?;
    for (place, (table, expected)) in TABLES.iter().zip(expected).enumerate() {
        let mut sent = 0;
        let mut rows = tx.query(table.first, vec![]).await?;
        while let Some(last) = rows.last() {
            let after = last.fields()[..table.key].to_vec();
            let is_last = rows.len() < PAGE_ROWS;
            sent += rows.len() as u64;
            send(&out, Dumped::Rows { table: place, rows }).await?;
            if is_last {
                break;
            }
            rows = tx.query(table.next, after).await?;
        }
        if sent != expected {
            return Err(Error::Corrupt(format!(
                "{} has {expected} rows and gave {sent} of them",
                table.name
            )));
        }
    }
    send(&out, Dumped::Done).await
}

async fn snapshot_in(tx: &mut dyn Tx) -> Result<Snapshot, Error> {
    let clock = tx.query("SELECT {now}", vec![]).await?;
    let at = Millis::from_epoch(clock.first().ok_or(Error::Missing)?.int(0)?);
    let facts = tx.query("SELECT value FROM facts WHERE name = 'store_id'", vec![]).await?;
    let text = facts.first().ok_or(Error::Missing)?.text(0)?;
    let store = text.parse().map_err(|_| Error::Corrupt(format!("store_id is {text}")))?;
    let schema = super::migrate::schema_in(tx).await?.ok_or(Error::Missing)?;
    let mut rows = Vec::with_capacity(TABLES.len());
    for table in &TABLES {
        let counted = tx.query(table.count, vec![]).await?;
        rows.push(counted.first().ok_or(Error::Missing)?.count(0)?);
    }
    Ok(Snapshot { at, store, schema, rows })
}

async fn send(out: &Sender<Dumped>, piece: Dumped) -> Result<(), Error> {
    out.send(piece).await.map_err(|_| Error::unavailable("nobody takes the rows any more"))
}
