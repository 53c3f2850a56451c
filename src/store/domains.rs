//! Domains that links are served under.

use super::audit::{self, Deed, Subject};
use super::driver::Lane;
use super::{Error, Row, Store, changes};
use crate::model::id::{DomainId, WorkspaceId};
use crate::params;

/// A domain. The one with the empty host answers for every host that no other claims.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Domain {
    /// Its id.
    pub id: DomainId,
    /// The workspace that owns it.
    pub workspace: WorkspaceId,
    /// Its host name in lower case, or nothing.
    pub host: String,
}

/// Adds a domain.
///
/// # Errors
/// [`Error::Taken`] when the host is there already.
pub async fn create(store: &Store, workspace: WorkspaceId, host: String) -> Result<Domain, Error> {
    let domain = Domain { id: DomainId::random(), workspace, host };
    store
        .write(Lane::Admin, (store.actor(), domain.clone()), |tx, (actor, domain)| {
            Box::pin(async move {
                let inserted = tx
                    .execute(
                        "INSERT INTO domains (id, workspace_id, host, created_at)
                         VALUES ($1, $2, $3, {now}) ON CONFLICT DO NOTHING",
                        params![domain.id, domain.workspace, domain.host.as_str()],
                    )
                    .await?;
                if inserted == 0 {
                    return Err(Error::Taken);
                }
                let subject = Subject::new("domain", domain.id.get(), domain.host.as_str());
                let deed = Deed::new(domain.workspace, "domain.created", subject);
                audit::enter(tx, &actor, &deed).await?;
                changes::log_domain(tx, domain.id).await
            })
        })
        .await?;
    Ok(domain)
}

/// All domains of all workspaces, the default one first.
///
/// # Errors
/// [`Error::Unavailable`].
pub async fn all(store: &Store) -> Result<Vec<Domain>, Error> {
    let rows =
        store.query("SELECT id, workspace_id, host FROM domains ORDER BY host", vec![]).await?;
    rows.iter().map(read).collect()
}

fn read(row: &Row) -> Result<Domain, Error> {
    Ok(Domain {
        id: DomainId::from_stored(row.int(0)?),
        workspace: WorkspaceId::from_stored(row.int(1)?),
        host: row.text(2)?,
    })
}
