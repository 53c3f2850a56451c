//! Leases: work that one process at a time does, by the store's clock.

use std::time::Duration;

use super::driver::Lane;
use super::{Error, Store};
use crate::model::id::NodeId;
use crate::params;

/// Takes a lease for so long if nobody has it, and says whether it was to be had. Whoever had it last
/// gets it no sooner than others.
///
/// # Errors
/// [`Error::Unavailable`].
pub async fn take(
    store: &Store,
    name: &'static str,
    holder: NodeId,
    time: Duration,
) -> Result<bool, Error> {
    let taken = store
        .execute(
            Lane::Background,
            "INSERT INTO leases (name, holder, until) VALUES ($1, $2, {now} + $3)
             ON CONFLICT (name) DO UPDATE SET holder = excluded.holder, until = excluded.until
             WHERE leases.until < {now}",
            params![name, holder, millis(time)],
        )
        .await?;
    Ok(taken == 1)
}

/// Has a lease that one holds end so long from now, unless somebody else has it by now.
///
/// # Errors
/// [`Error::Unavailable`].
pub async fn set(
    store: &Store,
    name: &'static str,
    holder: NodeId,
    time: Duration,
) -> Result<(), Error> {
    store
        .execute(
            Lane::Background,
            "UPDATE leases SET until = {now} + $3 WHERE name = $1 AND holder = $2",
            params![name, holder, millis(time)],
        )
        .await
        .map(drop)
}

fn millis(time: Duration) -> i64 {
    i64::try_from(time.as_millis()).unwrap_or(i64::MAX)
}
