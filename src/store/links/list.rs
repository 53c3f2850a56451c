//! Lists of links, newest first, page by page.
//!
//! The index by time leads to links in no order at all: nearly nothing for a page of them, and ten times
//! the price of reading all links as they lie for whoever looks at every one. So a list that leaves
//! links out looks at the newest by the index, and then at the others as they lie.

use super::super::{Error, Row, Store, Value};
use super::{row, search, tags};
use crate::model::id::{DomainId, LinkId, WorkspaceId};
use crate::model::link::{Link, LinkState};
use crate::model::tag::Tag;
use crate::model::time::Millis;
use crate::params;

/// So many of the newest links are looked at one by one before all others are. A search that finds
/// many fills its page among them, and one that finds nothing pays some milliseconds for them.
const LOOKED_AT_FIRST: i64 = 1_000;

/// Where a page of a list begins: after the link that was made then.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cursor {
    /// When the last link of the page before was made.
    pub created_at: Millis,
    /// Its id.
    pub id: LinkId,
}

impl Cursor {
    /// Before the newest link.
    const NEWEST: Self = Self::at(i64::MAX);

    /// After the oldest one.
    const OLDEST: Self = Self::at(i64::MIN);

    const fn at(end: i64) -> Self {
        Self { created_at: Millis::from_epoch(end), id: LinkId::from_stored(end) }
    }
}

/// What a list does with links that were put out of sight.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Archived {
    /// It leaves them out.
    #[default]
    None,
    /// It holds nothing else.
    Only,
    /// It holds them as all others.
    All,
}

impl Archived {
    /// Every choice.
    pub const EVERY: [Self; 3] = [Self::None, Self::Only, Self::All];

    /// Its word in the API and on the command line.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Only => "only",
            Self::All => "all",
        }
    }

    /// The choice of this word.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        Self::EVERY.into_iter().find(|it| it.word() == word)
    }

    /// As a statement has it: 0 or 1 for those that are wanted, none for all.
    fn wanted(self) -> Option<i64> {
        match self {
            Self::None => Some(0),
            Self::Only => Some(1),
            Self::All => None,
        }
    }
}

/// What a list holds.
#[derive(Debug, Clone)]
pub struct Filter {
    /// The workspace whose links are listed.
    pub workspace: WorkspaceId,
    /// Only links of this domain.
    pub domain: Option<DomainId>,
    /// Only links with this text in code, target or title, in any case.
    pub search: Option<String>,
    /// Only links with this tag.
    pub tag: Option<Tag>,
    /// Only links in this state.
    pub state: Option<LinkState>,
    /// Only links made by whoever had this name then.
    pub created_by: Option<String>,
    /// Whether links that were put out of sight are among them.
    pub archived: Archived,
    /// Only links older than this one.
    pub after: Option<Cursor>,
    /// Links at most.
    pub limit: u32,
}

impl Filter {
    /// All links of a workspace.
    #[must_use]
    pub const fn every(workspace: WorkspaceId) -> Self {
        Self {
            workspace,
            domain: None,
            search: None,
            tag: None,
            state: None,
            created_by: None,
            archived: Archived::All,
            after: None,
            limit: u32::MAX,
        }
    }

    /// Whether it may leave out nearly all links.
    fn is_choosy(&self) -> bool {
        self.domain.is_some()
            || self.search.is_some()
            || self.state.is_some()
            || self.created_by.is_some()
            || self.archived == Archived::Only
    }
}

/// Links of a workspace, newest first.
///
/// # Errors
/// [`Error::Unavailable`].
pub async fn list(store: &Store, filter: &Filter) -> Result<Vec<Link>, Error> {
    if finds_nothing(filter) {
        return Ok(Vec::new());
    }
    let after = filter.after.unwrap_or(Cursor::NEWEST);
    if let Some(tag) = &filter.tag {
        return list_tagged(store, filter, tag, after).await;
    }
    let last = if filter.is_choosy() { look_at(store, filter, after).await? } else { None };
    let mut links = newest(store, filter, after, last.unwrap_or(Cursor::OLDEST)).await?;
    let wanted = i64::from(filter.limit) - links.len() as i64;
    if let Some(last) = last
        && wanted > 0
    {
        links.extend(older(store, filter, last, wanted).await?);
    }
    tags::fill(store, links).await
}

/// The links of these ids that a list holds, whatever their tags, newest first.
///
/// # Errors
/// [`Error::Unavailable`].
pub async fn among(store: &Store, filter: &Filter, ids: &[LinkId]) -> Result<Vec<Link>, Error> {
    let mut links = Vec::new();
    for some in ids.chunks(tags::AT_ONCE) {
        links.extend(matching(store, filter, some).await?);
    }
    tags::fill(store, links).await
}

/// No link holds a NUL, and Postgres refuses texts with one.
pub(super) fn finds_nothing(filter: &Filter) -> bool {
    let is_nowhere = |text: &String| text.len() > search::BYTES_MAX || text.contains('\0');
    filter.search.iter().chain(&filter.created_by).any(is_nowhere)
}

/// The last of the links that are looked at one by one; none when there are no more than these.
async fn look_at(store: &Store, filter: &Filter, after: Cursor) -> Result<Option<Cursor>, Error> {
    let rows = store
        .query(
            // `links_newest` has all of it.
            "SELECT created_at, id FROM links
             WHERE workspace_id = $1 AND (created_at, id) < ($2, $3)
             ORDER BY created_at DESC, id DESC LIMIT 1 OFFSET $4",
            params![filter.workspace, after.created_at, after.id, LOOKED_AT_FIRST - 1],
        )
        .await?;
    let read = |row: &Row| -> Result<Cursor, Error> {
        let created_at = Millis::from_epoch(row.int(0)?);
        Ok(Cursor { created_at, id: LinkId::from_stored(row.int(1)?) })
    };
    rows.first().map(read).transpose()
}

/// Those between two links, the second one among them, as far as the list goes.
async fn newest(
    store: &Store,
    filter: &Filter,
    after: Cursor,
    last: Cursor,
) -> Result<Vec<Link>, Error> {
    let ends = params![last.created_at, last.id];
    let rows = store
        .query(
            // Walks `links_newest` backwards and stops at the limit.
            "SELECT id, workspace_id, domain_id, code, url, status, state, title, expires_at,
                    created_at, updated_at, version, max_clicks, note, archived_at, created_by,
                    not_before, fallback_url, cache_seconds, forwards_query, password
             FROM links
             WHERE workspace_id = $1 AND (created_at, id) < ($2, $3)
               AND (created_at, id) >= ($10, $11)
               AND (CAST($4 AS BIGINT) IS NULL OR domain_id = $4)
               AND (CAST($5 AS TEXT) IS NULL OR search LIKE $5 ESCAPE '\\')
               AND (CAST($6 AS TEXT) IS NULL OR state = $6)
               AND (CAST($7 AS BIGINT) IS NULL
                    OR (CASE WHEN archived_at IS NULL THEN 0 ELSE 1 END) = $7)
               AND (CAST($8 AS TEXT) IS NULL OR created_by = $8)
             ORDER BY created_at DESC, id DESC LIMIT $9",
            asked(filter, after, filter.limit.into()).into_iter().chain(ends).collect(),
        )
        .await?;
    rows.iter().map(row::read).collect()
}

/// So many links after this one, found by reading all of the workspace.
async fn older(
    store: &Store,
    filter: &Filter,
    after: Cursor,
    wanted: i64,
) -> Result<Vec<Link>, Error> {
    let rows = store
        .query(
            // No index: one for each filter would cost every write more than it saves those who
            // look for little. The cast keeps SQLite from `links_newest`, and it reads the primary
            // key's range of each domain instead: 30 ms for 100,000 links, 230 ms by the index.
            // Links are on domains of their own workspace alone; all domains fit into memory.
            "SELECT id, workspace_id, domain_id, code, url, status, state, title, expires_at,
                    created_at, updated_at, version, max_clicks, note, archived_at, created_by,
                    not_before, fallback_url, cache_seconds, forwards_query, password
             FROM links
             WHERE domain_id IN (SELECT id FROM domains WHERE workspace_id = $1)
               AND CAST(workspace_id AS BIGINT) = $1 AND (created_at, id) < ($2, $3)
               AND (CAST($4 AS BIGINT) IS NULL OR domain_id = $4)
               AND (CAST($5 AS TEXT) IS NULL OR search LIKE $5 ESCAPE '\\')
               AND (CAST($6 AS TEXT) IS NULL OR state = $6)
               AND (CAST($7 AS BIGINT) IS NULL
                    OR (CASE WHEN archived_at IS NULL THEN 0 ELSE 1 END) = $7)
               AND (CAST($8 AS TEXT) IS NULL OR created_by = $8)
             ORDER BY created_at DESC, id DESC LIMIT $9",
            asked(filter, after, wanted),
        )
        .await?;
    rows.iter().map(row::read).collect()
}

/// The first nine parameters of both.
fn asked(filter: &Filter, after: Cursor, limit: i64) -> Vec<Value> {
    params![
        filter.workspace,
        after.created_at,
        after.id,
        filter.domain,
        filter.search.as_deref().map(search::pattern),
        filter.state.map(LinkState::word),
        filter.archived.wanted(),
        filter.created_by.as_deref(),
        limit
    ]
}

/// Follows the tag's own order, which is that of the links, and looks at the links piece by piece.
async fn list_tagged(
    store: &Store,
    filter: &Filter,
    tag: &Tag,
    mut after: Cursor,
) -> Result<Vec<Link>, Error> {
    let limit = usize::try_from(filter.limit).unwrap_or(usize::MAX);
    let mut links = Vec::new();
    loop {
        let page = tags::page(store, filter.workspace, tag, after).await?;
        let Some(last) = page.last() else { break };
        after = *last;
        let ids: Vec<LinkId> = page.iter().map(|place| place.id).collect();
        links.extend(matching(store, filter, &ids).await?);
        if links.len() >= limit || ids.len() < tags::AT_ONCE {
            break;
        }
    }
    links.truncate(limit);
    tags::fill(store, links).await
}

/// Those of these links that a list holds, newest first.
async fn matching(store: &Store, filter: &Filter, ids: &[LinkId]) -> Result<Vec<Link>, Error> {
    let asked = params![
        filter.workspace,
        filter.domain,
        filter.search.as_deref().map(search::pattern),
        filter.state.map(LinkState::word),
        filter.archived.wanted(),
        filter.created_by.as_deref()
    ];
    let rows = store
        .query(
            // By `links_by_id`. The cast keeps SQLite from walking the workspace's whole index, which
            // has the wanted order: 470 ms for a page of 100,000 links, 10 ms without.
            "SELECT id, workspace_id, domain_id, code, url, status, state, title, expires_at,
                    created_at, updated_at, version, max_clicks, note, archived_at, created_by,
                    not_before, fallback_url, cache_seconds, forwards_query, password
             FROM links
             WHERE CAST(workspace_id AS BIGINT) = $1
               AND (CAST($2 AS BIGINT) IS NULL OR domain_id = $2)
               AND (CAST($3 AS TEXT) IS NULL OR search LIKE $3 ESCAPE '\\')
               AND (CAST($4 AS TEXT) IS NULL OR state = $4)
               AND (CAST($5 AS BIGINT) IS NULL
                    OR (CASE WHEN archived_at IS NULL THEN 0 ELSE 1 END) = $5)
               AND (CAST($6 AS TEXT) IS NULL OR created_by = $6)
               AND id IN ($7, $8, $9, $10, $11, $12, $13, $14, $15, $16,
                          $17, $18, $19, $20, $21, $22, $23, $24, $25, $26,
                          $27, $28, $29, $30, $31, $32, $33, $34, $35, $36,
                          $37, $38, $39, $40, $41, $42, $43, $44, $45, $46,
                          $47, $48, $49, $50, $51, $52, $53, $54, $55, $56)
             ORDER BY created_at DESC, id DESC",
            asked.into_iter().chain(tags::repeated(ids)).collect(),
        )
        .await?;
    rows.iter().map(row::read).collect()
}
