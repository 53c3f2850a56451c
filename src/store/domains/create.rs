//! A domain by the word of whoever runs Carom.

use std::sync::Arc;

use futures_util::future::BoxFuture;

use super::super::driver::{Lane, Tx};
use super::super::{Error, Store, audit, changes};
use super::row::{self, Domain};
use crate::model::actor::Actor;
use crate::model::domain::ProvenBy;
use crate::model::id::{DomainId, WorkspaceId};
use crate::params;

/// Adds a domain. What its workspace has said about the name before needs no proof any more.
///
/// # Errors
/// [`Error::Taken`] when the host is there already.
pub async fn create(store: &Store, workspace: WorkspaceId, host: String) -> Result<Domain, Error> {
    store.write(Lane::Admin, (store.actor(), workspace, host), create_in).await
}

fn create_in(
    tx: &mut dyn Tx,
    (actor, workspace, host): (Arc<Actor>, WorkspaceId, String),
) -> BoxFuture<'_, Result<Domain, Error>> {
    Box::pin(async move {
        tx.execute(
            "DELETE FROM domain_claims WHERE workspace_id = $1 AND host = $2",
            params![workspace, host.as_str()],
        )
        .await?;
        let domain =
            insert_in(tx, DomainId::random(), workspace, &host, ProvenBy::Operator).await?;
        audit::enter(tx, &actor, &domain.deed("domain.created")).await?;
        Ok(domain)
    })
}

/// Inserts a domain and logs it.
pub(super) async fn insert_in(
    tx: &mut dyn Tx,
    id: DomainId,
    workspace: WorkspaceId,
    host: &str,
    proven_by: ProvenBy,
) -> Result<Domain, Error> {
    let rows = tx
        .query(
            "INSERT INTO domains (id, workspace_id, host, created_at, proven_by, updated_at)
             VALUES ($1, $2, $3, {now}, $4, {now}) ON CONFLICT DO NOTHING
             RETURNING id, workspace_id, host, created_at, root_url, not_found_url, expired_url,
                       status, case_rule, proven_by, updated_at, version",
            params![id, workspace, host, proven_by.word()],
        )
        .await?;
    let domain = row::read(rows.first().ok_or(Error::Taken)?)?;
    changes::log_domain(tx, domain.id).await?;
    Ok(domain)
}
