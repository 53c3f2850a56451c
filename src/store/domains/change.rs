//! Changing and deleting domains.

use std::sync::Arc;

use futures_util::future::BoxFuture;

use super::super::driver::{Lane, Tx};
use super::super::{Error, Store, audit, changes};
use super::find::get_in;
use super::row::{Domain, Settings};
use crate::model::actor::Actor;
use crate::model::domain::CaseRule;
use crate::model::id::{DomainId, WorkspaceId};
use crate::model::link::RedirectStatus;
use crate::params;

/// What is to be changed of a domain; `None` leaves it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Edit {
    /// Another target of `/`, or none.
    pub root_url: Option<Option<String>>,
    /// Another target of unknown codes, or none.
    pub not_found_url: Option<Option<String>>,
    /// Another target of links that are over, or none.
    pub expired_url: Option<Option<String>>,
    /// Another status of new links that name none.
    pub status: Option<RedirectStatus>,
    /// Another way to read codes, while there are none.
    pub case_rule: Option<CaseRule>,
}

/// A domain in its workspace, at a version (any, for `None`).
type Wanted = (Arc<Actor>, WorkspaceId, DomainId, Option<i64>);

/// Changes a domain, if it still has `version` (any, for `None`).
///
/// A link that somebody else makes at the same moment, as long as a node takes to hear of a change,
/// may still be written by the rule before.
///
/// # Errors
/// [`Error::Missing`], [`Error::Stale`], or [`Error::InUse`] when the case rule is to be changed and
/// there are links.
pub async fn change(
    store: &Store,
    workspace: WorkspaceId,
    id: DomainId,
    version: Option<i64>,
    edit: Edit,
) -> Result<Domain, Error> {
    let wanted = (store.actor(), workspace, id, version);
    store.write(Lane::Admin, (wanted, edit), change_in).await
}

fn change_in(
    tx: &mut dyn Tx,
    ((actor, workspace, id, version), edit): (Wanted, Edit),
) -> BoxFuture<'_, Result<Domain, Error>> {
    Box::pin(async move {
        let before = get_at(tx, workspace, id, version).await?;
        let settings = applied(&before.settings, edit);
        if settings.case_rule != before.settings.case_rule && has_links(tx, id).await? {
            return Err(Error::InUse);
        }
        update_in(tx, &before, &settings).await?;
        changes::log_domain(tx, id).await?;
        let difference = audit::difference(&before.settings.told(), &settings.told());
        audit::enter(tx, &actor, &before.deed("domain.changed").with(difference)).await?;
        get_in(tx, workspace, id).await
    })
}

fn applied(before: &Settings, edit: Edit) -> Settings {
    Settings {
        root_url: edit.root_url.unwrap_or_else(|| before.root_url.clone()),
        not_found_url: edit.not_found_url.unwrap_or_else(|| before.not_found_url.clone()),
        expired_url: edit.expired_url.unwrap_or_else(|| before.expired_url.clone()),
        status: edit.status.unwrap_or(before.status),
        case_rule: edit.case_rule.unwrap_or(before.case_rule),
    }
}

async fn update_in(tx: &mut dyn Tx, before: &Domain, settings: &Settings) -> Result<(), Error> {
    let updated = tx
        .execute(
            "UPDATE domains SET root_url = $3, not_found_url = $4, expired_url = $5, status = $6,
                    case_rule = $7, updated_at = {now}, version = version + 1
             WHERE id = $1 AND version = $2",
            params![
                before.id,
                before.version,
                settings.root_url.clone(),
                settings.not_found_url.clone(),
                settings.expired_url.clone(),
                i64::from(settings.status.number()),
                settings.case_rule.word()
            ],
        )
        .await?;
    if updated == 1 { Ok(()) } else { Err(Error::Stale) }
}

/// Deletes a domain without links, if it still has `version` (any, for `None`), and returns what it
/// was.
///
/// # Errors
/// [`Error::Missing`], [`Error::Stale`], or [`Error::InUse`] when it has links or is the default one.
pub async fn delete(
    store: &Store,
    workspace: WorkspaceId,
    id: DomainId,
    version: Option<i64>,
) -> Result<Domain, Error> {
    store.write(Lane::Admin, (store.actor(), workspace, id, version), delete_in).await
}

fn delete_in(
    tx: &mut dyn Tx,
    (actor, workspace, id, version): Wanted,
) -> BoxFuture<'_, Result<Domain, Error>> {
    Box::pin(async move {
        let domain = get_at(tx, workspace, id, version).await?;
        if domain.is_default() || has_links(tx, id).await? {
            return Err(Error::InUse);
        }
        let deleted = tx
            .execute(
                "DELETE FROM domains WHERE id = $1 AND version = $2",
                params![id, domain.version],
            )
            .await?;
        if deleted == 0 {
            return Err(Error::Stale);
        }
        changes::log_domain(tx, id).await?;
        audit::enter(tx, &actor, &domain.deed("domain.deleted")).await?;
        Ok(domain)
    })
}

async fn get_at(
    tx: &mut dyn Tx,
    workspace: WorkspaceId,
    id: DomainId,
    version: Option<i64>,
) -> Result<Domain, Error> {
    let domain = get_in(tx, workspace, id).await?;
    if version.is_some_and(|version| version != domain.version) {
        return Err(Error::Stale);
    }
    Ok(domain)
}

/// One row of the primary key says it, however many there are.
async fn has_links(tx: &mut dyn Tx, id: DomainId) -> Result<bool, Error> {
    let rows = tx.query("SELECT id FROM links WHERE domain_id = $1 LIMIT 1", params![id]).await?;
    Ok(!rows.is_empty())
}
