//! The salts of visitor hashes: one a UTC day, the same on every node, gone two days later.
//!
//! They are kept out of every backup and export: who has a day's salt can tell whether an address
//! was among that day's visitors.

use std::fmt;

use futures_util::future::BoxFuture;

use super::driver::{Lane, Tx};
use super::{Error, Store};
use crate::model::random;
use crate::model::time::Millis;
use crate::params;

/// The key of one UTC day's visitor hashes.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Salt {
    /// The start of the day.
    pub day: Millis,
    /// 128 random bits.
    pub bytes: [u8; 16],
}

// A salt in a log outlives its deletion.
impl fmt::Debug for Salt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Salt").field("day", &self.day).finish_non_exhaustive()
    }
}

/// The salts of these days, in their order. A day without one gets it now; of several nodes that
/// offer one at once the first wins, and all of them get the same answer.
///
/// # Errors
/// [`Error::Unavailable`]; [`Error::Corrupt`] when a stored salt has another length.
pub async fn ensure(store: &Store, days: &[Millis]) -> Result<Vec<Salt>, Error> {
    let mut offered: Vec<Salt> =
        days.iter().map(|at| Salt { day: at.day(), bytes: random::bytes() }).collect();
    // Sorted, so that two nodes which offer the same days cannot deadlock.
    offered.sort_unstable_by_key(|salt| salt.day);
    let kept = store.write(Lane::Background, offered, ensure_in).await?;
    let of_day = |at: &Millis| kept.iter().find(|salt| salt.day == at.day()).copied();
    days.iter().map(|at| of_day(at).ok_or(Error::Missing)).collect()
}

fn ensure_in(tx: &mut dyn Tx, offered: Vec<Salt>) -> BoxFuture<'_, Result<Vec<Salt>, Error>> {
    Box::pin(async move {
        let mut kept = Vec::with_capacity(offered.len());
        for Salt { day, bytes } in offered {
            tx.execute(
                "INSERT INTO visitor_salts (day, salt) VALUES ($1, $2) ON CONFLICT DO NOTHING",
                params![day, bytes.to_vec()],
            )
            .await?;
            let rows =
                tx.query("SELECT salt FROM visitor_salts WHERE day = $1", params![day]).await?;
            let bytes = rows.first().ok_or(Error::Missing)?.bytes(0)?;
            let bytes = bytes.try_into().map_err(|_| {
                Error::Corrupt(format!("the salt of {day} has {} bytes and not 16", bytes.len()))
            })?;
            kept.push(Salt { day, bytes });
        }
        Ok(kept)
    })
}

/// Forgets the salts of days that began before `before`, and says how many.
///
/// # Errors
/// [`Error::Unavailable`].
pub async fn forget(store: &Store, before: Millis) -> Result<u64, Error> {
    store
        .execute(Lane::Background, "DELETE FROM visitor_salts WHERE day < $1", params![before])
        .await
}
