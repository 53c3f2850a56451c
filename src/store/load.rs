//! Filling a store with the rows of another, all or nothing.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::mpsc::Receiver;

use super::driver::{Alone, OnceWork, Tx};
use super::tables::{Shape, TABLES};
use super::{Error, Row, Store, changes};
use crate::model::id::DomainId;

/// What a store is filled with.
#[derive(Debug)]
pub enum Loading {
    /// Rows of one table.
    Rows {
        /// The table's place among the shapes.
        table: usize,
        /// As many fields in each as its shape has columns.
        rows: Vec<Row>,
    },
    /// Last of all. Without it nothing is kept.
    Done,
}

/// What to do with a store that somebody uses already.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum IfFilled {
    /// Leave it as it is.
    Refuse,
    /// Replace everything in it.
    Replace,
}

/// What people would miss of a store.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Contents {
    /// Links.
    pub links: u64,
    /// Domains besides the default one.
    pub domains: u64,
    /// API keys, revoked ones as well.
    pub keys: u64,
    /// People with an account.
    pub users: u64,
    /// Streams of clicks that were counted.
    pub streams: u64,
}

/// Why a store was not filled.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// There is something in it, and it was not to be replaced.
    #[error("the store is not empty: it holds {0}")]
    Filled(Contents),
    /// The store's own.
    #[error(transparent)]
    Store(#[from] Error),
}

/// Replaces the rows of these tables by those that come, in one transaction in which nobody else
/// writes. Salts and leases stay. Caches are told to forget every domain.
///
/// A store that was founded and never used, with a workspace and the default domain, counts as empty.
/// `shapes` are of the schema that the store has now.
///
/// # Errors
/// [`LoadError::Filled`], and the store's own; then nothing was changed.
pub async fn load(
    store: &Store,
    shapes: Vec<Shape>,
    if_filled: IfFilled,
    pages: Receiver<Loading>,
) -> Result<(), LoadError> {
    shapes.iter().try_for_each(Shape::check)?;
    let found = Arc::new(Mutex::new(None));
    let slot = Arc::clone(&found);
    let work: OnceWork = Box::new(move |tx| {
        Box::pin(async move {
            tx.lock(&shapes).await?;
            let contents = contents_in(tx, &shapes).await?;
            if if_filled == IfFilled::Refuse && contents != Contents::default() {
                *slot.lock().unwrap_or_else(PoisonError::into_inner) = Some(contents);
                return Err(Error::Taken);
            }
            fill(tx, &shapes, pages).await
        })
    });
    let done = store.driver.alone(Alone::Write, work).await;
    match found.lock().unwrap_or_else(PoisonError::into_inner).take() {
        Some(contents) => Err(LoadError::Filled(contents)),
        None => Ok(done?),
    }
}

async fn fill(
    tx: &mut dyn Tx,
    shapes: &[Shape],
    mut pages: Receiver<Loading>,
) -> Result<(), Error> {
    for table in TABLES.iter().filter(|table| shapes.iter().any(|shape| shape.name == table.name)) {
        tx.execute(table.clear, vec![]).await?;
    }
    loop {
        match pages.recv().await {
            Some(Loading::Rows { table, rows }) => {
                let shape = shapes.get(table).ok_or(Error::Missing)?;
                if rows.iter().any(|row| row.fields().len() != shape.columns.len()) {
                    return Err(Error::Corrupt(format!("a row of {} is cut", shape.name)));
                }
                tx.insert_rows(shape, &rows).await?;
            }
            Some(Loading::Done) => break,
            None => return Err(Error::unavailable("the rows ended before their end")),
        }
    }
    // Whoever cached anything of what was here before forgets it.
    for row in tx.query("SELECT id FROM domains ORDER BY id", vec![]).await? {
        changes::log_domain(tx, DomainId::from_stored(row.int(0)?)).await?;
    }
    Ok(())
}

async fn contents_in(tx: &mut dyn Tx, shapes: &[Shape]) -> Result<Contents, Error> {
    // An older schema knows no people.
    let has_people = shapes.iter().any(|shape| shape.name == "users");
    Ok(Contents {
        links: count_in(tx, "SELECT COUNT(*) FROM links").await?,
        // No index: a handful of domains.
        domains: count_in(tx, "SELECT COUNT(*) FROM domains WHERE host <> ''").await?,
        keys: count_in(tx, "SELECT COUNT(*) FROM api_keys").await?,
        users: if has_people { count_in(tx, "SELECT COUNT(*) FROM users").await? } else { 0 },
        streams: count_in(tx, "SELECT COUNT(*) FROM click_positions").await?,
    })
}

async fn count_in(tx: &mut dyn Tx, sql: &'static str) -> Result<u64, Error> {
    tx.query(sql, vec![]).await?.first().ok_or(Error::Missing)?.count(0)
}

impl fmt::Display for Contents {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { links, domains, keys, users, streams } = *self;
        let named = [
            (links, "link", "links"),
            (domains, "domain", "domains"),
            (keys, "API key", "API keys"),
            (users, "person", "people"),
            (streams, "stream of clicks", "streams of clicks"),
        ];
        let present = named.iter().filter(|(count, ..)| *count > 0);
        let words: Vec<_> = present
            .map(|(count, one, more)| format!("{count} {}", if *count == 1 { one } else { more }))
            .collect();
        match words.as_slice() {
            [] => f.write_str("nothing"),
            [one] => f.write_str(one),
            [most @ .., last] => write!(f, "{} and {last}", most.join(", ")),
        }
    }
}
