//! Finding a link: the redirect's lookup, and a person's.

use super::super::driver::Lane;
use super::super::{Error, Row, Store};
use super::{row, tags};
use crate::model::id::{DomainId, LinkId, WorkspaceId};
use crate::model::link::{Destination, Link};
use crate::model::time::Millis;
use crate::params;

/// Where a code leads: the lookup behind the cache.
///
/// # Errors
/// [`Error::Unavailable`]: never mistaken for an unknown code.
pub async fn find(
    store: &Store,
    domain: DomainId,
    code: &str,
) -> Result<Option<Destination>, Error> {
    let rows = store
        .query_for(
            Lane::Redirect,
            "SELECT id, workspace_id, url, status, state, expires_at, max_clicks,
                    not_before, fallback_url, cache_seconds, forwards_query, password
             FROM links WHERE domain_id = $1 AND code = $2",
            params![domain, code],
        )
        .await?;
    let read = |row: &Row| {
        Ok(Destination {
            id: LinkId::from_stored(row.int(0)?),
            workspace: WorkspaceId::from_stored(row.int(1)?),
            url: row.text(2)?,
            status: row::status(row, 3)?,
            state: row::state(row, 4)?,
            expires_at: row.opt_int(5)?.map(Millis::from_epoch),
            max_clicks: row::max_clicks(row, 6)?,
            conduct: row::conduct(row, 7)?,
        })
    };
    rows.first().map(read).transpose()
}

/// What people know a link by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Description {
    /// Its name.
    pub title: Option<String>,
    /// When it was made.
    pub created_at: Millis,
}

/// What the link of a code is called, for a preview.
///
/// # Errors
/// [`Error::Unavailable`]: never mistaken for an unknown code.
pub async fn describe(
    store: &Store,
    domain: DomainId,
    code: &str,
) -> Result<Option<Description>, Error> {
    let rows = store
        .query_for(
            Lane::Redirect,
            "SELECT title, created_at FROM links WHERE domain_id = $1 AND code = $2",
            params![domain, code],
        )
        .await?;
    let read = |row: &Row| {
        let created_at = Millis::from_epoch(row.int(1)?);
        Ok(Description { title: row.opt_text(0)?, created_at })
    };
    rows.first().map(read).transpose()
}

/// The link with this id, if the workspace owns it.
///
/// # Errors
/// [`Error::Unavailable`].
pub async fn get(store: &Store, workspace: WorkspaceId, id: LinkId) -> Result<Option<Link>, Error> {
    let rows = store
        .query(
            "SELECT id, workspace_id, domain_id, code, url, status, state, title, expires_at,
                    created_at, updated_at, version, max_clicks, note, archived_at, created_by,
                    not_before, fallback_url, cache_seconds, forwards_query, password
             FROM links WHERE id = $1 AND workspace_id = $2",
            params![id, workspace],
        )
        .await?;
    tags::with(store, rows.first()).await
}

/// The link of this code, if the workspace owns it.
///
/// # Errors
/// [`Error::Unavailable`].
pub async fn get_by_code(
    store: &Store,
    workspace: WorkspaceId,
    domain: DomainId,
    code: &str,
) -> Result<Option<Link>, Error> {
    let rows = store
        .query(
            "SELECT id, workspace_id, domain_id, code, url, status, state, title, expires_at,
                    created_at, updated_at, version, max_clicks, note, archived_at, created_by,
                    not_before, fallback_url, cache_seconds, forwards_query, password
             FROM links WHERE domain_id = $1 AND code = $2 AND workspace_id = $3",
            params![domain, code, workspace],
        )
        .await?;
    tags::with(store, rows.first()).await
}
