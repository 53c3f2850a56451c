//! Finding domains. There are few enough of them that every node keeps all in memory.

use super::super::driver::Tx;
use super::super::{Error, Store};
use super::row::{self, Domain};
use crate::model::id::{DomainId, WorkspaceId};
use crate::params;

/// All domains of all workspaces, the default one first.
///
/// # Errors
/// [`Error::Unavailable`].
pub async fn all(store: &Store) -> Result<Vec<Domain>, Error> {
    let rows = store
        .query(
            "SELECT id, workspace_id, host, created_at, root_url, not_found_url, expired_url,
                    status, case_rule, proven_by, updated_at, version
             FROM domains ORDER BY host",
            vec![],
        )
        .await?;
    rows.iter().map(row::read).collect()
}

/// The domains of a workspace, by host.
///
/// # Errors
/// [`Error::Unavailable`].
pub async fn of_workspace(store: &Store, workspace: WorkspaceId) -> Result<Vec<Domain>, Error> {
    let rows = store
        .query(
            // No index: all domains fit into memory, and only people list them.
            "SELECT id, workspace_id, host, created_at, root_url, not_found_url, expired_url,
                    status, case_rule, proven_by, updated_at, version
             FROM domains WHERE workspace_id = $1 ORDER BY host",
            params![workspace],
        )
        .await?;
    rows.iter().map(row::read).collect()
}

/// The domain with this id, if the workspace owns it.
///
/// # Errors
/// [`Error::Unavailable`].
pub async fn get(
    store: &Store,
    workspace: WorkspaceId,
    id: DomainId,
) -> Result<Option<Domain>, Error> {
    let rows = store
        .query(
            "SELECT id, workspace_id, host, created_at, root_url, not_found_url, expired_url,
                    status, case_rule, proven_by, updated_at, version
             FROM domains WHERE id = $1 AND workspace_id = $2",
            params![id, workspace],
        )
        .await?;
    rows.first().map(row::read).transpose()
}

/// The same, in a transaction that changes it.
pub(super) async fn get_in(
    tx: &mut dyn Tx,
    workspace: WorkspaceId,
    id: DomainId,
) -> Result<Domain, Error> {
    let rows = tx
        .query(
            "SELECT id, workspace_id, host, created_at, root_url, not_found_url, expired_url,
                    status, case_rule, proven_by, updated_at, version
             FROM domains WHERE id = $1 AND workspace_id = $2",
            params![id, workspace],
        )
        .await?;
    row::read(rows.first().ok_or(Error::Missing)?)
}
