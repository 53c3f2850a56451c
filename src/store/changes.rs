//! The change log: what caches must forget, written in the transaction that changed it.
//!
//! Entries are stamped by the store's clock and read by time, not by sequence: numbers are drawn
//! before commits, so a reader that asks for "all above the last" misses late committers. A
//! transaction ends within 10 s, so that looking 30 s back finds every one.
//!
//! Each entry rings where it can ([`super::doorbell`]), so that nobody has to look all the time.

use std::time::Duration;

use sha2::{Digest, Sha256};

use super::driver::{Lane, Tx};
use super::{Error, Row, Store};
use crate::model::code::Code;
use crate::model::id::{ChangeId, DomainId, LinkId};
use crate::model::time::Millis;
use crate::params;

/// How long entries are kept. A cache that has not looked for longer must be dropped.
pub const KEPT: Duration = Duration::from_secs(24 * 3600);

/// Entries read at once.
const PAGE: usize = 2_000;

/// Time for one statement of a reading. A connection whose other end has vanished says nothing, and
/// must not hold up a reader who has promised to be on time.
const STATEMENT_MAX: Duration = Duration::from_secs(1);

/// An entry of the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// Its id, to read it once.
    pub id: ChangeId,
    /// When, by the store's clock.
    pub at: Millis,
    /// The domain it is about.
    pub domain: DomainId,
    /// The codes that changed, or nothing for the domain itself.
    pub codes: Vec<Code>,
}

/// What the log says since a moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Changes {
    /// The store's clock at the reading.
    pub now: Millis,
    /// The entries, oldest first.
    pub entries: Vec<Change>,
}

/// The id of the change that gave a link this version (its deletion counts as one more).
///
/// Whoever made a change knows its id by that, and need not follow what it did itself.
#[must_use]
pub fn id_of(link: LinkId, version: i64) -> ChangeId {
    let mut digest = Sha256::new();
    digest.update(link.get().to_le_bytes());
    digest.update(version.to_le_bytes());
    let mut id = [0; 8];
    id.copy_from_slice(&digest.finalize()[..8]);
    ChangeId::from_stored((i64::from_le_bytes(id) & i64::MAX).max(1))
}

/// Logs the change that gave a link this version; `codes` is what it is and what it was called.
pub(super) async fn log_link(
    tx: &mut dyn Tx,
    id: ChangeId,
    domain: DomainId,
    codes: &[&Code],
) -> Result<(), Error> {
    let codes: Vec<_> = codes.iter().map(|code| code.as_str()).collect();
    log(tx, id, domain, &codes.join("\n")).await
}

pub(super) async fn log_domain(tx: &mut dyn Tx, domain: DomainId) -> Result<(), Error> {
    log(tx, ChangeId::random(), domain, "").await
}

async fn log(tx: &mut dyn Tx, id: ChangeId, domain: DomainId, codes: &str) -> Result<(), Error> {
    let rows = tx
        .query(
            "INSERT INTO changes (at, id, domain_id, codes) VALUES ({now}, $1, $2, $3)
             RETURNING at",
            params![id, domain, codes],
        )
        .await?;
    tx.ring(Millis::from_epoch(rows.first().ok_or(Error::Missing)?.int(0)?));
    Ok(())
}

/// Everything logged at or after `since`, read on the lane that redirects are read on.
///
/// # Errors
/// [`Error::Unavailable`].
pub async fn since(store: &Store, since: Millis) -> Result<Changes, Error> {
    // The clock is read before the entries: what is logged in between is found again next time.
    let clock = in_time(store.query_for(Lane::Redirect, "SELECT {now}", vec![])).await?;
    let now = Millis::from_epoch(clock.first().ok_or(Error::Missing)?.int(0)?);
    let mut entries: Vec<Change> = Vec::new();
    // No change has the id 0.
    let mut after = (since, ChangeId::from_stored(0));
    loop {
        let page = in_time(store.query_for(
            Lane::Redirect,
            "SELECT id, at, domain_id, codes FROM changes
             WHERE (at, id) > ($1, $2) ORDER BY at, id LIMIT $3",
            params![after.0, after.1, PAGE as i64],
        ))
        .await?;
        for row in &page {
            entries.push(read(row)?);
        }
        match entries.last() {
            Some(last) if page.len() == PAGE => after = (last.at, last.id),
            _ => return Ok(Changes { now, entries }),
        }
    }
}

fn read(row: &Row) -> Result<Change, Error> {
    Ok(Change {
        id: ChangeId::from_stored(row.int(0)?),
        at: Millis::from_epoch(row.int(1)?),
        domain: DomainId::from_stored(row.int(2)?),
        codes: row.text(3)?.lines().map(|code| Code::from_stored(code.to_owned())).collect(),
    })
}

async fn in_time<T>(statement: impl Future<Output = Result<T, Error>>) -> Result<T, Error> {
    match tokio::time::timeout(STATEMENT_MAX, statement).await {
        Ok(answer) => answer,
        Err(_) => {
            Err(Error::unavailable(format!("the change log was not read within {STATEMENT_MAX:?}")))
        }
    }
}

/// Forgets entries from before `before`.
///
/// # Errors
/// [`Error::Unavailable`].
pub async fn forget(store: &Store, before: Millis) -> Result<u64, Error> {
    store.execute(Lane::Background, "DELETE FROM changes WHERE at < $1", params![before]).await
}
