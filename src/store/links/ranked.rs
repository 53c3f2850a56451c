//! Links of a workspace, the most followed first.

use super::super::{Error, Row, Store};
use super::list::{Filter, among, finds_nothing};
use super::tags;
use crate::model::id::LinkId;
use crate::model::link::Link;
use crate::params;

/// Subjects that are ranked: whoever is further down was hardly ever followed.
const RANKED_MAX: usize = 1_000;

/// A page of a ranking.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Ranked {
    /// The links that the list holds, the most followed first.
    pub links: Vec<Link>,
    /// The rank after which the next page begins; nothing where this was the last.
    pub next: Option<u32>,
}

/// The links that people followed most, of those that the filter lets through; ranks up to `after`
/// are left out, and so is where the filter's own page begins. A link that nobody followed has no
/// rank, and nobody beyond the first 1,000 has one.
///
/// # Errors
/// [`Error::Unavailable`].
pub async fn most_followed(store: &Store, filter: &Filter, after: u32) -> Result<Ranked, Error> {
    if finds_nothing(filter) {
        return Ok(Ranked::default());
    }
    let ranking = ranking(store, filter).await?;
    let limit = filter.limit as usize;
    let mut links = Vec::new();
    let mut rank = after as usize;
    while let Some(ids) = ranking.get(rank..).filter(|ids| !ids.is_empty()) {
        let ids = &ids[..ids.len().min(tags::AT_ONCE)];
        let mut found = among(store, filter, ids).await?;
        found.retain(|link| {
            filter.tag.as_ref().is_none_or(|tag| link.tags.iter().any(|it| it == tag))
        });
        let place = |link: &Link| ids.iter().position(|id| *id == link.id);
        found.sort_unstable_by_key(place);
        for link in found {
            if links.len() == limit {
                return Ok(Ranked { links, next: u32::try_from(rank).ok() });
            }
            rank = 1 + ranking.iter().position(|id| *id == link.id).unwrap_or(rank);
            links.push(link);
        }
        let seen = ids.last().and_then(|last| ranking.iter().position(|id| id == last));
        rank = rank.max(seen.map_or(ranking.len(), |place| place + 1));
    }
    Ok(Ranked { links, next: None })
}

async fn ranking(store: &Store, filter: &Filter) -> Result<Vec<LinkId>, Error> {
    let rows = store
        .query(
            // No index: one row a link of the workspace is read, and an index by clicks would be
            // written by every flush.
            "SELECT subject_id FROM click_totals WHERE workspace_id = $1 AND people > 0
             ORDER BY people DESC, subject_id LIMIT $2",
            params![filter.workspace, RANKED_MAX as i64],
        )
        .await?;
    rows.iter().map(|row: &Row| Ok(LinkId::from_stored(row.int(0)?))).collect()
}
