//! Lists of links, newest first, page by page.

use super::super::{Error, Store};
use super::{row, search};
use crate::model::id::{DomainId, LinkId, WorkspaceId};
use crate::model::link::Link;
use crate::model::time::Millis;
use crate::params;

/// Where a page of a list begins: after the link that was made then.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cursor {
    /// When the last link of the page before was made.
    pub created_at: Millis,
    /// Its id.
    pub id: LinkId,
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
    /// Only links older than this one.
    pub after: Option<Cursor>,
    /// Links at most.
    pub limit: u32,
}

/// Links of a workspace, newest first.
///
/// # Errors
/// [`Error::Unavailable`].
pub async fn list(store: &Store, filter: &Filter) -> Result<Vec<Link>, Error> {
    // No link holds a NUL, and Postgres refuses texts with one.
    let finds_nothing = |text: &String| text.len() > search::BYTES_MAX || text.contains('\0');
    if filter.search.as_ref().is_some_and(finds_nothing) {
        return Ok(Vec::new());
    }
    let after = filter.after.unwrap_or(Cursor {
        created_at: Millis::from_epoch(i64::MAX),
        id: LinkId::from_stored(i64::MAX),
    });
    let rows = store
        .query(
            // Walks `links_newest` backwards and stops at the limit; a search that finds little
            // reads the workspace's rows in that order.
            "SELECT id, workspace_id, domain_id, code, url, status, state, title, expires_at,
                    created_at, updated_at, version, max_clicks
             FROM links
             WHERE workspace_id = $1 AND (created_at, id) < ($2, $3)
               AND (CAST($4 AS BIGINT) IS NULL OR domain_id = $4)
               AND (CAST($5 AS TEXT) IS NULL OR search LIKE $5 ESCAPE '\\')
             ORDER BY created_at DESC, id DESC LIMIT $6",
            params![
                filter.workspace,
                after.created_at,
                after.id,
                filter.domain,
                filter.search.as_deref().map(search::pattern),
                i64::from(filter.limit)
            ],
        )
        .await?;
    rows.iter().map(row::read).collect()
}
