//! Names that a workspace says are its own: a domain each, once it is proven.
//!
//! A claim takes nothing from anybody: several workspaces may claim one name, and whoever proves it
//! first has it.

use std::sync::Arc;

use futures_util::future::BoxFuture;
use serde_json::json;

use super::super::audit::{self, Deed};
use super::super::driver::{Lane, Tx};
use super::super::{Error, Row, Store};
use super::create::insert_in;
use super::row::{Domain, subject};
use crate::model::actor::Actor;
use crate::model::domain::ProvenBy;
use crate::model::id::{DomainId, WorkspaceId};
use crate::model::time::Millis;
use crate::params;

/// A name without a proof yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claim {
    /// The id that the domain will have.
    pub id: DomainId,
    /// Who says it.
    pub workspace: WorkspaceId,
    /// The name, in lower-case ASCII.
    pub host: String,
    /// What the record must hold. No secret: it stands in the DNS for all to read.
    pub token: String,
    /// When it was said.
    pub created_at: Millis,
    /// When the record was last looked up.
    pub checked_at: Option<Millis>,
    /// What was wrong with it then.
    pub problem: Option<String>,
}

impl Claim {
    fn deed(&self, action: &'static str) -> Deed {
        Deed::new(self.workspace, action, subject(self.id, &self.host))
    }
}

/// Claims a name.
///
/// # Errors
/// [`Error::Taken`] when this workspace has claimed it already, or has it as a domain. That another
/// has it shows when it is proven.
pub async fn create(
    store: &Store,
    workspace: WorkspaceId,
    host: String,
    token: String,
) -> Result<Claim, Error> {
    store.write(Lane::Admin, (store.actor(), workspace, host, token), create_in).await
}

fn create_in(
    tx: &mut dyn Tx,
    (actor, workspace, host, token): (Arc<Actor>, WorkspaceId, String, String),
) -> BoxFuture<'_, Result<Claim, Error>> {
    Box::pin(async move {
        let own = tx
            .query(
                "SELECT id FROM domains WHERE host = $1 AND workspace_id = $2",
                params![host.as_str(), workspace],
            )
            .await?;
        if !own.is_empty() {
            return Err(Error::Taken);
        }
        let rows = tx
            .query(
                "INSERT INTO domain_claims (workspace_id, host, id, token, created_at)
                 VALUES ($1, $2, $3, $4, {now}) ON CONFLICT DO NOTHING
                 RETURNING id, workspace_id, host, token, created_at, checked_at, problem",
                params![workspace, host.as_str(), DomainId::random(), token.as_str()],
            )
            .await?;
        let claim = read(rows.first().ok_or(Error::Taken)?)?;
        audit::enter(tx, &actor, &claim.deed("domain.claimed")).await?;
        Ok(claim)
    })
}

/// All claims of all workspaces, by host.
///
/// # Errors
/// [`Error::Unavailable`].
pub async fn all(store: &Store) -> Result<Vec<Claim>, Error> {
    let rows = store
        .query(
            "SELECT id, workspace_id, host, token, created_at, checked_at, problem
             FROM domain_claims ORDER BY host, workspace_id",
            vec![],
        )
        .await?;
    rows.iter().map(read).collect()
}

/// The claims of a workspace, by host.
///
/// # Errors
/// [`Error::Unavailable`].
pub async fn of_workspace(store: &Store, workspace: WorkspaceId) -> Result<Vec<Claim>, Error> {
    let rows = store
        .query(
            "SELECT id, workspace_id, host, token, created_at, checked_at, problem
             FROM domain_claims WHERE workspace_id = $1 ORDER BY host",
            params![workspace],
        )
        .await?;
    rows.iter().map(read).collect()
}

/// The claim with this id, if it is the workspace's.
///
/// # Errors
/// [`Error::Unavailable`].
pub async fn get(
    store: &Store,
    workspace: WorkspaceId,
    id: DomainId,
) -> Result<Option<Claim>, Error> {
    let rows = store
        .query(
            "SELECT id, workspace_id, host, token, created_at, checked_at, problem
             FROM domain_claims WHERE workspace_id = $1 AND id = $2",
            params![workspace, id],
        )
        .await?;
    rows.first().map(read).transpose()
}

/// Takes a claim back, and returns what it was.
///
/// # Errors
/// [`Error::Missing`].
pub async fn delete(store: &Store, workspace: WorkspaceId, id: DomainId) -> Result<Claim, Error> {
    store.write(Lane::Admin, (store.actor(), workspace, id), delete_in).await
}

fn delete_in(
    tx: &mut dyn Tx,
    (actor, workspace, id): (Arc<Actor>, WorkspaceId, DomainId),
) -> BoxFuture<'_, Result<Claim, Error>> {
    Box::pin(async move {
        let claim = take_in(tx, workspace, id).await?;
        audit::enter(tx, &actor, &claim.deed("domain.unclaimed")).await?;
        Ok(claim)
    })
}

/// Notes that a claim's record was looked up, and what was wrong with it.
///
/// # Errors
/// [`Error::Missing`].
pub async fn checked(
    store: &Store,
    workspace: WorkspaceId,
    id: DomainId,
    problem: String,
) -> Result<Claim, Error> {
    store.write(Lane::Admin, (store.actor(), workspace, id, problem), checked_in).await
}

fn checked_in(
    tx: &mut dyn Tx,
    (actor, workspace, id, problem): (Arc<Actor>, WorkspaceId, DomainId, String),
) -> BoxFuture<'_, Result<Claim, Error>> {
    Box::pin(async move {
        let rows = tx
            .query(
                "UPDATE domain_claims SET checked_at = {now}, problem = $3
                 WHERE workspace_id = $1 AND id = $2
                 RETURNING id, workspace_id, host, token, created_at, checked_at, problem",
                params![workspace, id, problem.as_str()],
            )
            .await?;
        let claim = read(rows.first().ok_or(Error::Missing)?)?;
        let deed = claim.deed("domain.checked").with(json!({ "problem": problem }));
        audit::enter(tx, &actor, &deed).await?;
        Ok(claim)
    })
}

/// Makes a domain of a claim whose record was seen.
///
/// # Errors
/// [`Error::Missing`] when the claim was taken back meanwhile; [`Error::Taken`] when somebody else has
/// the name: the claim stays.
pub async fn prove(store: &Store, workspace: WorkspaceId, id: DomainId) -> Result<Domain, Error> {
    store.write(Lane::Admin, (store.actor(), workspace, id), prove_in).await
}

fn prove_in(
    tx: &mut dyn Tx,
    (actor, workspace, id): (Arc<Actor>, WorkspaceId, DomainId),
) -> BoxFuture<'_, Result<Domain, Error>> {
    Box::pin(async move {
        let claim = take_in(tx, workspace, id).await?;
        let domain = insert_in(tx, id, workspace, &claim.host, ProvenBy::Dns).await?;
        audit::enter(tx, &actor, &domain.deed("domain.proven")).await?;
        Ok(domain)
    })
}

async fn take_in(tx: &mut dyn Tx, workspace: WorkspaceId, id: DomainId) -> Result<Claim, Error> {
    let rows = tx
        .query(
            "DELETE FROM domain_claims WHERE workspace_id = $1 AND id = $2
             RETURNING id, workspace_id, host, token, created_at, checked_at, problem",
            params![workspace, id],
        )
        .await?;
    read(rows.first().ok_or(Error::Missing)?)
}

fn read(row: &Row) -> Result<Claim, Error> {
    Ok(Claim {
        id: DomainId::from_stored(row.int(0)?),
        workspace: WorkspaceId::from_stored(row.int(1)?),
        host: row.text(2)?,
        token: row.text(3)?,
        created_at: Millis::from_epoch(row.int(4)?),
        checked_at: row.opt_int(5)?.map(Millis::from_epoch),
        problem: row.opt_text(6)?,
    })
}
