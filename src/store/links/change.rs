//! Changing and deleting links.

use std::sync::Arc;

use futures_util::future::BoxFuture;

use super::super::driver::{Lane, Tx};
use super::super::{Error, Store, audit, changes};
use super::batch::Owner;
use super::{deed, row, search, tags};
use crate::model::actor::Actor;
use crate::model::cache_seconds::CacheSeconds;
use crate::model::code::Code;
use crate::model::domain::CaseRule;
use crate::model::id::{LinkId, WorkspaceId};
use crate::model::link::{Conduct, Link, LinkState, RedirectStatus};
use crate::model::max_clicks::MaxClicks;
use crate::model::password::PasswordHash;
use crate::model::tag::Tags;
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
    /// Another beginning, or none.
    pub not_before: Option<Option<Millis>>,
    /// Another place to go at the end, or none.
    pub fallback_url: Option<Option<String>>,
    /// Another time to be remembered for, or that of its status.
    pub cache_seconds: Option<Option<CacheSeconds>>,
    /// Whether a request's query is added to the target's.
    pub forwards_query: Option<bool>,
    /// Another password, or none.
    pub password: Option<Option<PasswordHash>>,
    /// Another note, or none.
    pub note: Option<Option<String>>,
    /// Other tags, all of them.
    pub tags: Option<Tags>,
    /// Whether it is out of sight.
    pub archived: Option<bool>,
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
pub(super) async fn unless_overtaken<T, W>(
    version: Option<i64>,
    write: impl Fn() -> W,
) -> Result<T, Error>
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
        let owner = Owner { workspace, domains: None };
        change_one_in(tx, &actor, &owner, id, version, &edit).await
    })
}

/// Changes a link. Where it ends in [`Error::Missing`] or [`Error::Taken`], nothing was written.
pub(super) async fn change_one_in(
    tx: &mut dyn Tx,
    actor: &Actor,
    owner: &Owner,
    id: LinkId,
    version: Option<i64>,
    edit: &Edit,
) -> Result<Changed, Error> {
    let before = read_in(tx, owner, id, version).await?;
    let mut link = applied(&before, edit);
    link.code = kept_in(tx, &before, link.code).await?;
    if edit.archived == Some(true) && link.archived_at.is_none() {
        link.archived_at = Some(now_in(tx).await?);
    }
    let change = changes::id_of(link.id, link.version);
    if link.code == before.code {
        link.updated_at = update_in(tx, &link, before.version).await?;
        changes::log_link(tx, change, link.domain, &[&link.code]).await?;
    } else {
        // A key column is never updated: a distributed table could not move the row. First the new
        // row: where its code is taken, nothing was changed yet.
        link.updated_at = reinsert_in(tx, &link).await?;
        delete_in(tx, &before).await?;
        let codes = [&before.code, &link.code];
        changes::log_link(tx, change, link.domain, &codes).await?;
    }
    tags::change_in(tx, &before, &link).await?;
    audit::enter(tx, actor, &deed::changed(&before, &link)).await?;
    Ok(Changed { code_before: before.code, link })
}

/// A new code as the link's domain keeps codes.
async fn kept_in(tx: &mut dyn Tx, before: &Link, code: Code) -> Result<Code, Error> {
    if code == before.code {
        return Ok(code);
    }
    let rows =
        tx.query("SELECT case_rule FROM domains WHERE id = $1", params![before.domain]).await?;
    // A link whose domain was deleted as it was made is read as it stands.
    let word = rows.first().map(|row| row.text(0)).transpose()?;
    let rule = word.and_then(|word| CaseRule::from_word(&word)).unwrap_or_default();
    Ok(rule.keep(code))
}

fn applied(before: &Link, edit: &Edit) -> Link {
    fn or<T: Clone>(edited: &Option<T>, before: &T) -> T {
        edited.as_ref().unwrap_or(before).clone()
    }
    let told = &before.conduct;
    Link {
        code: or(&edit.code, &before.code),
        url: or(&edit.url, &before.url),
        status: or(&edit.status, &before.status),
        state: or(&edit.state, &before.state),
        title: or(&edit.title, &before.title),
        expires_at: or(&edit.expires_at, &before.expires_at),
        max_clicks: or(&edit.max_clicks, &before.max_clicks),
        conduct: Conduct {
            not_before: or(&edit.not_before, &told.not_before),
            fallback_url: or(&edit.fallback_url, &told.fallback_url),
            cache_seconds: or(&edit.cache_seconds, &told.cache_seconds),
            forwards_query: or(&edit.forwards_query, &told.forwards_query),
            password: or(&edit.password, &told.password),
        },
        note: or(&edit.note, &before.note),
        tags: or(&edit.tags, &before.tags),
        archived_at: before.archived_at.filter(|_| edit.archived != Some(false)),
        version: before.version + 1,
        ..before.clone()
    }
}

async fn now_in(tx: &mut dyn Tx) -> Result<Millis, Error> {
    let clock = tx.query("SELECT {now}", vec![]).await?;
    Ok(Millis::from_epoch(clock.first().ok_or(Error::Missing)?.int(0)?))
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
        let owner = Owner { workspace, domains: None };
        remove_one_in(tx, &actor, &owner, id, version).await
    })
}

/// Deletes a link. Where it ends in [`Error::Missing`], nothing was written.
pub(super) async fn remove_one_in(
    tx: &mut dyn Tx,
    actor: &Actor,
    owner: &Owner,
    id: LinkId,
    version: Option<i64>,
) -> Result<Link, Error> {
    let link = read_in(tx, owner, id, version).await?;
    delete_in(tx, &link).await?;
    tags::delete_in(tx, &link).await?;
    let change = changes::id_of(link.id, link.version + 1);
    changes::log_link(tx, change, link.domain, &[&link.code]).await?;
    audit::enter(tx, actor, &deed::deleted(&link)).await?;
    Ok(link)
}

async fn read_in(
    tx: &mut dyn Tx,
    owner: &Owner,
    id: LinkId,
    version: Option<i64>,
) -> Result<Link, Error> {
    let rows = tx
        .query(
            "SELECT id, workspace_id, domain_id, code, url, status, state, title, expires_at,
                    created_at, updated_at, version, max_clicks, note, archived_at, created_by,
                    not_before, fallback_url, cache_seconds, forwards_query, password
             FROM links WHERE id = $1 AND workspace_id = $2",
            params![id, owner.workspace],
        )
        .await?;
    let mut link = row::read(rows.first().ok_or(Error::Missing)?)?;
    if owner.domains.as_ref().is_some_and(|domains| !domains.contains(&link.domain)) {
        return Err(Error::Missing);
    }
    if version.is_some_and(|version| version != link.version) {
        return Err(Error::Stale);
    }
    link.tags = tags::of_in(tx, link.id).await?;
    Ok(link)
}

/// Returns when that was.
async fn update_in(tx: &mut dyn Tx, link: &Link, version_before: i64) -> Result<Millis, Error> {
    let updated = tx
        .query(
            "UPDATE links SET url = $3, status = $4, state = $5, title = $6, expires_at = $7,
                    max_clicks = $8, updated_at = {now}, version = $9, search = $10, note = $12,
                    archived_at = $13, not_before = $14, fallback_url = $15, cache_seconds = $16,
                    forwards_query = $17, password = $18
             WHERE domain_id = $1 AND code = $2 AND version = $11
             RETURNING updated_at",
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
                version_before,
                link.note.clone(),
                link.archived_at,
                link.conduct.not_before,
                link.conduct.fallback_url.clone(),
                link.conduct.cache_seconds,
                link.conduct.forwards_query,
                row::password(&link.conduct)
            ],
        )
        .await?;
    Ok(Millis::from_epoch(updated.first().ok_or(Error::Stale)?.int(0)?))
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

/// Returns when that was.
async fn reinsert_in(tx: &mut dyn Tx, link: &Link) -> Result<Millis, Error> {
    let inserted = tx
        .query(
            "INSERT INTO links
                 (domain_id, code, id, workspace_id, url, status, state, title, expires_at,
                  max_clicks, created_at, updated_at, version, search, note, archived_at,
                  created_by, not_before, fallback_url, cache_seconds, forwards_query, password)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, {now}, $12, $13, $14, $15, $16,
                     $17, $18, $19, $20, $21)
             ON CONFLICT DO NOTHING
             RETURNING updated_at",
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
                search::text_of(link.code.as_str(), &link.url, link.title.as_deref()),
                link.note.clone(),
                link.archived_at,
                link.created_by.clone(),
                link.conduct.not_before,
                link.conduct.fallback_url.clone(),
                link.conduct.cache_seconds,
                link.conduct.forwards_query,
                row::password(&link.conduct)
            ],
        )
        .await?;
    Ok(Millis::from_epoch(inserted.first().ok_or(Error::Taken)?.int(0)?))
}
