//! Finding a link: the redirect's lookup, and a person's.

use super::super::driver::Lane;
use super::super::{Error, Row, Store};
use super::row;
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
            "SELECT id, workspace_id, url, status, state, expires_at, max_clicks
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
        })
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
                    created_at, updated_at, version, max_clicks
             FROM links WHERE id = $1 AND workspace_id = $2",
            params![id, workspace],
        )
        .await?;
    rows.first().map(row::read).transpose()
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
                    created_at, updated_at, version, max_clicks
             FROM links WHERE domain_id = $1 AND code = $2 AND workspace_id = $3",
            params![domain, code, workspace],
        )
        .await?;
    rows.first().map(row::read).transpose()
}
