//! Clicks of links with a limit: each is claimed before it is answered, and counts once.
//!
//! A claim has an id, made where the visitor asked. Its row and the link's count move in one
//! transaction, so a claim whose answer was lost can be offered again: the row says that it counts
//! already. The row is needed for as long as somebody may try again; the count stays for ever, also
//! when the link is deleted: a node that has not heard of that yet must not begin at zero.

use std::collections::HashMap;
use std::time::Instant;

use futures_util::future::BoxFuture;

use super::driver::{Lane, Tx};
use super::{Error, Row, Store};
use crate::model::id::{ClaimId, LinkId};
use crate::model::link::Link;
use crate::model::max_clicks::MaxClicks;
use crate::model::time::Millis;
use crate::params;

/// One click that a link with a limit is asked for.
#[derive(Debug, Clone, Copy)]
pub struct Claim {
    /// The link.
    pub link: LinkId,
    /// The same in each try.
    pub id: ClaimId,
    /// The link's limit.
    pub max: MaxClicks,
    /// When nobody waits for the answer any more. What has not begun to be written by then is not
    /// written, so that a queue at the store does not use up clicks for visitors who were sent away.
    pub until: Instant,
}

/// What became of a claim.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Claimed {
    /// The click is the visitor's, by this try or by an earlier one.
    Granted,
    /// All clicks were claimed before.
    Exhausted,
}

/// Claims one click of a link, if one is left. The same id counts once, however often it is offered.
///
/// # Errors
/// [`Error::Busy`]: nothing was claimed. [`Error::Unavailable`] leaves open whether it was; the same
/// claim can be offered again.
pub async fn claim(store: &Store, claim: Claim) -> Result<Claimed, Error> {
    match store.write(Lane::Redirect, claim, claim_in).await {
        Ok(()) => Ok(Claimed::Granted),
        // The refusal is an error so that the claim's row is taken back with it.
        Err(Error::Taken) => Ok(Claimed::Exhausted),
        Err(error) => Err(error),
    }
}

fn claim_in(tx: &mut dyn Tx, claim: Claim) -> BoxFuture<'_, Result<(), Error>> {
    Box::pin(async move {
        // Its own row first, then the count that all share: in this order no two can deadlock.
        let is_new = tx
            .execute(
                "INSERT INTO click_claims (link_id, claim_id, at) VALUES ($1, $2, {now})
                 ON CONFLICT DO NOTHING",
                params![claim.link, claim.id],
            )
            .await?;
        if is_new == 0 {
            return Ok(());
        }
        let counted = tx
            .execute(
                // A limit is at least 1, so the first claim of a link always counts.
                "INSERT INTO claimed_clicks (link_id, claimed) VALUES ($1, 1)
                 ON CONFLICT (link_id) DO UPDATE SET claimed = claimed_clicks.claimed + 1
                 WHERE claimed_clicks.claimed < $2",
                params![claim.link, claim.max],
            )
            .await?;
        if counted == 0 {
            return Err(Error::Taken);
        }
        // Last, since the count may have been waited for.
        if Instant::now() > claim.until {
            return Err(Error::busy("the store was free only when nobody waited any more"));
        }
        Ok(())
    })
}

/// Whether all clicks of a link are claimed, for a visitor who claims none.
///
/// # Errors
/// [`Error::Unavailable`].
pub async fn is_exhausted(store: &Store, link: LinkId, max: MaxClicks) -> Result<bool, Error> {
    let rows = store
        .query_for(
            Lane::Redirect,
            "SELECT claimed FROM claimed_clicks WHERE link_id = $1",
            params![link],
        )
        .await?;
    let claimed = rows.first().map_or(Ok(0), |row| row.count(0))?;
    Ok(claimed >= u64::from(max.get()))
}

/// Links that one statement asks for.
const AT_ONCE: usize = 8;

/// How many clicks were claimed of those of these links that have a limit; 0 for a link that is not
/// in the answer. Asks nothing when none of them has one.
///
/// # Errors
/// [`Error::Unavailable`].
pub async fn claimed_of(store: &Store, links: &[Link]) -> Result<HashMap<LinkId, u64>, Error> {
    let limited: Vec<_> =
        links.iter().filter(|it| it.max_clicks.is_some()).map(|it| it.id).collect();
    let mut claimed = HashMap::new();
    for some in limited.chunks(AT_ONCE) {
        // A shorter list asks for its first link more than once: the statement stays the same.
        let asked = |place: usize| *some.get(place).unwrap_or(&some[0]);
        let rows = store
            .query(
                "SELECT link_id, claimed FROM claimed_clicks
                 WHERE link_id IN ($1, $2, $3, $4, $5, $6, $7, $8)",
                (0..AT_ONCE).map(|place| asked(place).into()).collect(),
            )
            .await?;
        let read = |row: &Row| Ok((LinkId::from_stored(row.int(0)?), row.count(1)?));
        for row in &rows {
            let (link, count): (LinkId, u64) = read(row)?;
            claimed.insert(link, count);
        }
    }
    Ok(claimed)
}

/// How many clicks of one link were claimed; 0 for a link without a limit, and nothing is asked.
///
/// # Errors
/// [`Error::Unavailable`].
pub async fn claimed(store: &Store, link: &Link) -> Result<u64, Error> {
    let claimed = claimed_of(store, std::slice::from_ref(link)).await?;
    Ok(claimed.get(&link.id).copied().unwrap_or(0))
}

/// Forgets the claims from before `before`: nobody tries them again. What they counted stays.
///
/// # Errors
/// [`Error::Unavailable`].
pub async fn forget(store: &Store, before: Millis) -> Result<u64, Error> {
    store
        .execute(
            Lane::Background,
            // No index: at most a day's claims, looked through once an hour.
            "DELETE FROM click_claims WHERE at < $1",
            params![before],
        )
        .await
}
