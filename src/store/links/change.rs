//! Changing and deleting links.

use std::sync::Arc;

use futures_util::future::BoxFuture;

use super::super::driver::{Lane, Tx};
use super::super::{Error, Store, audit, changes};
use super::{deed, row, search};
use crate::model::actor::Actor;
use crate::model::code::Code;
use crate::model::domain::CaseRule;
use crate::model::id::{LinkId, WorkspaceId};
use crate::model::link::{Link, LinkState, RedirectStatus};
use crate::model::max_clicks::MaxClicks;
use crate::model::time::Millis;
use crate::params;

/// How often a change of any version is tried against others.
const OVERTAKEN_MAX: usize = 32;

/// What is to be changed of a link; `None` leaves it.
#[derive(Debug, Clone, Default)]
pub struct Edit {
    /// Another code: the link keeps its id and its clicks.
    pub code: Option<Code>,
    /// Another target.
    pub url: Option<String>,
    /// Another status.
    pub status: Option<RedirectStatus>,
    /// Switched on or off.
    pub state: Option<LinkState>,
    /// Another title, or none.
    pub title: Option<Option<String>>,
    /// Another end, or none.
    pub expires_at: Option<Option<Millis>>,
    /// Another limit of clicks, or none. What was claimed under the one before stays claimed.
    pub max_clicks: Option<Option<MaxClicks>>,
}

/// A link before and after a change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Changed {
    /// The code it had, which caches must forget too.
    pub code_before: Code,
    /// The link as it is now.
    pub link: Link,
}

/// Changes a link, if it still has `version` (any, for `None`).
///
/// # Errors
/// [`Error::Missing`], [`Error::Stale`], or [`Error::Taken`] when the new code is in use.
pub async fn change(
    store: &Store,
    workspace: WorkspaceId,
    id: LinkId,
    version: Option<i64>,
    edit: Edit,
) -> Result<Changed, Error> {
    let wanted = (store.actor(), workspace, id, version, edit);
    unless_overtaken(version, || store.write(Lane::Admin, wanted.clone(), change_in)).await
}

/// Writes again when somebody else's change came in between and the caller named no version.
async fn unless_overtaken<T, W>(version: Option<i64>, write: impl Fn() -> W) -> Result<T, Error>
where
    W: Future<Output = Result<T, Error>>,
{
    for _ in 0..OVERTAKEN_MAX {
        match write().await {
            Err(Error::Stale) if version.is_none() => {}
            ended => return ended,
        }
    }
    Err(Error::Stale)
}

fn change_in(
    tx: &mut dyn Tx,
    (actor, workspace, id, version, edit): (Arc<Actor>, WorkspaceId, LinkId, Option<i64>, Edit),
) -> BoxFuture<'_, Result<Changed, Error>> {
    Box::pin(async move {
        let before = read_in(tx, workspace, id, version).await?;
        let edit = folded_in(tx, &before, edit).await?;
        let link = applied(&before, edit);
        let change = changes::id_of(link.id, link.version);
        if link.code == before.code {
            update_in(tx, &link, before.version).await?;
            changes::log_link(tx, change, link.domain, &[&link.code]).await?;
        } else {
            // A key column is never updated: a distributed table could not move the row.
            delete_in(tx, &before).await?;
            reinsert_in(tx, &link).await?;
            let codes = [&before.code, &link.code];
            changes::log_link(tx, change, link.domain, &codes).await?;
        }
        let link = read_in(tx, workspace, id, Some(link.version)).await?;
        audit::enter(tx, &actor, &deed::changed(&before, &link)).await?;
        Ok(Changed { code_before: before.code, link })
    })
}

/// A new code as the link's domain keeps codes.
async fn folded_in(tx: &mut dyn Tx, before: &Link, edit: Edit) -> Result<Edit, Error> {
    let Some(code) = edit.code else { return Ok(edit) };
    let rows =
        tx.query("SELECT case_rule FROM domains WHERE id = $1", params![before.domain]).await?;
    // A link whose domain was deleted as it was made is read as it stands.
    let word = rows.first().map(|row| row.text(0)).transpose()?;
    let rule = word.and_then(|word| CaseRule::from_word(&word)).unwrap_or_default();
    Ok(Edit { code: Some(rule.keep(code)), ..edit })
}

fn applied(before: &Link, edit: Edit) -> Link {
    Link {
        code: edit.code.unwrap_or_else(|| before.code.clone()),
        url: edit.url.unwrap_or_else(|| before.url.clone()),
        status: edit.status.unwrap_or(before.status),
        state: edit.state.unwrap_or(before.state),
        title: edit.title.unwrap_or_else(|| before.title.clone()),
        expires_at: edit.expires_at.unwrap_or(before.expires_at),
        max_clicks: edit.max_clicks.unwrap_or(before.max_clicks),
        version: before.version + 1,
        ..before.clone()
    }
}

/// Deletes a link, if it still has `version` (any, for `None`), and returns what it was.
///
/// # Errors
/// [`Error::Missing`] or [`Error::Stale`].
pub async fn delete(
    store: &Store,
    workspace: WorkspaceId,
    id: LinkId,
    version: Option<i64>,
) -> Result<Link, Error> {
    let wanted = (store.actor(), workspace, id, version);
    unless_overtaken(version, || store.write(Lane::Admin, wanted.clone(), remove_in)).await
}

fn remove_in(
    tx: &mut dyn Tx,
    (actor, workspace, id, version): (Arc<Actor>, WorkspaceId, LinkId, Option<i64>),
) -> BoxFuture<'_, Result<Link, Error>> {
    Box::pin(async move {
        let link = read_in(tx, workspace, id, version).await?;
        delete_in(tx, &link).await?;
        let change = changes::id_of(link.id, link.version + 1);
        changes::log_link(tx, change, link.domain, &[&link.code]).await?;
        audit::enter(tx, &actor, &deed::deleted(&link)).await?;
        Ok(link)
    })
}

async fn read_in(
    tx: &mut dyn Tx,
    workspace: WorkspaceId,
    id: LinkId,
    version: Option<i64>,
) -> Result<Link, Error> {
    let rows = tx
        .query(
            "SELECT id, workspace_id, domain_id, code, url, status, state, title, expires_at,
                    created_at, updated_at, version, max_clicks
             FROM links WHERE id = $1 AND workspace_id = $2",
            params![id, workspace],
        )
        .await?;
    let link = row::read(rows.first().ok_or(Error::Missing)?)?;
    if version.is_some_and(|version| version != link.version) {
        return Err(Error::Stale);
    }
    Ok(link)
}

async fn update_in(tx: &mut dyn Tx, link: &Link, version_before: i64) -> Result<(), Error> {
    let updated = tx
        .execute(
            "UPDATE links SET url = $3, status = $4, state = $5, title = $6, expires_at = $7,
                    max_clicks = $8, updated_at = {now}, version = $9, search = $10
             WHERE domain_id = $1 AND code = $2 AND version = $11",
            params![
                link.domain,
                link.code.as_str(),
                link.url.as_str(),
                i64::from(link.status.number()),
                link.state.word(),
                link.title.clone(),
                link.expires_at,
                link.max_clicks,
                link.version,
                search::text_of(link.code.as_str(), &link.url, link.title.as_deref()),
                version_before
            ],
        )
        .await?;
    if updated == 1 { Ok(()) } else { Err(Error::Stale) }
}

async fn delete_in(tx: &mut dyn Tx, link: &Link) -> Result<(), Error> {
    let deleted = tx
        .execute(
            "DELETE FROM links WHERE domain_id = $1 AND code = $2 AND version = $3",
            params![link.domain, link.code.as_str(), link.version],
        )
        .await?;
    if deleted == 1 { Ok(()) } else { Err(Error::Stale) }
}

async fn reinsert_in(tx: &mut dyn Tx, link: &Link) -> Result<(), Error> {
    let inserted = tx
        .execute(
            "INSERT INTO links
                 (domain_id, code, id, workspace_id, url, status, state, title, expires_at,
                  max_clicks, created_at, updated_at, version, search)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, {now}, $12, $13)
             ON CONFLICT DO NOTHING",
            params![
                link.domain,
                link.code.as_str(),
                link.id,
                link.workspace,
                link.url.as_str(),
                i64::from(link.status.number()),
                link.state.word(),
                link.title.clone(),
                link.expires_at,
                link.max_clicks,
                link.created_at,
                link.version,
                search::text_of(link.code.as_str(), &link.url, link.title.as_deref())
            ],
        )
        .await?;
    if inserted == 1 { Ok(()) } else { Err(Error::Taken) }
}
