//! Making many links at once.

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;

use futures_util::future::BoxFuture;

use super::super::driver::{Lane, Tx};
use super::super::{Error, Store, audit, changes};
use super::create::{CodeChoice, DRAWS_MAX, NewLink};
use super::{deed, search, tags};
use crate::model::actor::Actor;
use crate::model::code::Code;
use crate::model::id::{ChangeId, DomainId, LinkId};
use crate::model::link::Link;
use crate::model::time::Millis;

/// Links of one transaction: it ends long before a statement must, and one entry of the change log
/// holds its codes.
pub const BLOCK: usize = 1_000;

/// A new link as a driver inserts it.
#[derive(Debug, Clone)]
pub struct LinkRow {
    /// The link, active and of version 1.
    pub link: Link,
    /// What of it is searched.
    pub search: String,
}

/// Makes many links, a block of [`BLOCK`] in a transaction, and returns each link that was made at its
/// place in `links`: `None` where the chosen code is in use.
///
/// # Errors
/// [`Error::Unavailable`], or [`Error::Taken`] when random codes run out; the blocks before the one that
/// failed stay made.
pub async fn create_many(store: &Store, links: Vec<NewLink>) -> Result<Vec<Option<Link>>, Error> {
    let mut made = Vec::with_capacity(links.len());
    for block in links.chunks(BLOCK) {
        let block = (store.actor(), Arc::from(block));
        made.extend(store.write(Lane::Admin, block, create_block_in).await?);
    }
    Ok(made)
}

pub(super) fn create_block_in(
    tx: &mut dyn Tx,
    (actor, links): (Arc<Actor>, Arc<[NewLink]>),
) -> BoxFuture<'_, Result<Vec<Option<Link>>, Error>> {
    Box::pin(async move {
        let clock = tx.query("SELECT {now}", vec![]).await?;
        let now = Millis::from_epoch(clock.first().ok_or(Error::Missing)?.int(0)?);
        let mut made: Vec<Option<Link>> = vec![None; links.len()];
        let mut wanted: Vec<usize> = (0..links.len()).collect();
        for _ in 0..DRAWS_MAX {
            let mut rows: Vec<_> =
                wanted.iter().map(|&place| (row(&links[place], &actor, now), place)).collect();
            // Sorted, so that two who make the same codes cannot deadlock.
            rows.sort_by(|(a, _), (b, _)| key(a).cmp(&key(b)));
            let (rows, places): (Vec<_>, Vec<_>) = rows.into_iter().unzip();
            let inserted: HashSet<LinkId> = tx.insert_links(&rows).await?.into_iter().collect();
            wanted.clear();
            for (LinkRow { link, .. }, place) in rows.into_iter().zip(places) {
                if inserted.contains(&link.id) {
                    made[place] = Some(link);
                } else if !matches!(links[place].code, CodeChoice::Chosen(_)) {
                    wanted.push(place);
                }
            }
            if wanted.is_empty() {
                break;
            }
        }
        if !wanted.is_empty() {
            return Err(Error::Taken);
        }
        tags::add_in(tx, made.iter().flatten()).await?;
        log(tx, &made).await?;
        if let Some(first) = made.iter().flatten().next() {
            let count = made.iter().flatten().count();
            audit::enter(tx, &actor, &deed::made_many(first, count)).await?;
        }
        Ok(made)
    })
}

/// One entry a domain, with all codes of the block.
async fn log(tx: &mut dyn Tx, made: &[Option<Link>]) -> Result<(), Error> {
    let mut codes: BTreeMap<DomainId, Vec<&Code>> = BTreeMap::new();
    for link in made.iter().flatten() {
        codes.entry(link.domain).or_default().push(&link.code);
    }
    for (domain, codes) in codes {
        changes::log_link(tx, ChangeId::random(), domain, &codes).await?;
    }
    Ok(())
}

fn key(row: &LinkRow) -> (DomainId, &str) {
    (row.link.domain, row.link.code.as_str())
}

fn row(new: &NewLink, actor: &Actor, now: Millis) -> LinkRow {
    let code = new.code.draw();
    let search = search::text_of(code.as_str(), &new.url, new.title.as_deref());
    let link = new.made(actor, LinkId::random(), code, now);
    LinkRow { link, search }
}
