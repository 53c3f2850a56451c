//! Links: the redirect's lookup, and what people do with them.

use std::sync::Arc;

use futures_util::future::BoxFuture;

use super::driver::{Lane, Tx};
use super::idempotency::{self, Request};
use super::{Error, Row, Store, changes};
use crate::model::code::Code;
use crate::model::id::{DomainId, LinkId, WorkspaceId};
use crate::model::link::{Destination, Link, LinkState, RedirectStatus};
use crate::model::time::Millis;
use crate::params;

/// How often a random code is drawn again before giving up: at 7 letters and a billion links, five
/// collisions in a row happen once in 10^16.
const DRAWS_MAX: usize = 5;

/// Which code a new link gets.
#[derive(Debug, Clone)]
pub enum CodeChoice {
    /// This one, or [`Error::Taken`].
    Chosen(Code),
    /// A random one of this length.
    Random {
        /// Letters of the code.
        length: usize,
    },
}

/// A link to be made.
#[derive(Debug, Clone)]
pub struct NewLink {
    /// The workspace that will own it.
    pub workspace: WorkspaceId,
    /// The domain it is served under.
    pub domain: DomainId,
    /// Its code.
    pub code: CodeChoice,
    /// A serialised [`crate::model::target::Target`].
    pub url: String,
    /// The status it redirects with.
    pub status: RedirectStatus,
    /// A name for people.
    pub title: Option<String>,
    /// When it stops redirecting.
    pub expires_at: Option<Millis>,
}

/// A request that must make one link, and how its answer reads.
#[derive(Clone)]
pub struct Once {
    /// The request.
    pub request: Request,
    /// The answer's body for the link that was made.
    pub answer: Arc<dyn Fn(&Link) -> String + Send + Sync>,
}

/// Makes a link. With `once`, its answer is kept in the same transaction.
///
/// # Errors
/// [`Error::Taken`] when the chosen code is in use; [`Error::Stale`] when a concurrent request of the
/// same name was first.
pub async fn create(store: &Store, link: NewLink, once: Option<Once>) -> Result<Link, Error> {
    store.write(Lane::Admin, (link, once), |tx, (link, once)| create_in(tx, link, once)).await
}

fn create_in(
    tx: &mut dyn Tx,
    new: NewLink,
    once: Option<Once>,
) -> BoxFuture<'_, Result<Link, Error>> {
    Box::pin(async move {
        let link = match &new.code {
            CodeChoice::Chosen(code) => insert_in(tx, &new, code.clone()).await?,
            CodeChoice::Random { length } => {
                let mut link = None;
                for _ in 0..DRAWS_MAX {
                    link = insert_in(tx, &new, Code::random(*length)).await?;
                    if link.is_some() {
                        break;
                    }
                }
                link
            }
        };
        let link = link.ok_or(Error::Taken)?;
        if let Some(once) = once
            && !idempotency::keep_in(tx, &once.request, link.id, &(once.answer)(&link)).await?
        {
            return Err(Error::Stale);
        }
        changes::log_code(tx, link.domain, &link.code).await?;
        Ok(link)
    })
}

/// Inserts a new link under this code, or nothing when the code is in use.
async fn insert_in(tx: &mut dyn Tx, new: &NewLink, code: Code) -> Result<Option<Link>, Error> {
    let id = LinkId::random();
    let rows = tx
        .query(
            "INSERT INTO links
                 (domain_id, code, id, workspace_id, url, status, state, title, expires_at,
                  created_at, updated_at, version, search)
             VALUES ($1, $2, $3, $4, $5, $6, 'active', $7, $8, {now}, {now}, 1, $9)
             ON CONFLICT DO NOTHING
             RETURNING created_at",
            params![
                new.domain,
                code.as_str(),
                id,
                new.workspace,
                new.url.as_str(),
                i64::from(new.status.number()),
                new.title.clone(),
                new.expires_at,
                folded(code.as_str(), &new.url, new.title.as_deref())
            ],
        )
        .await?;
    let Some(row) = rows.first() else { return Ok(None) };
    let created_at = Millis::from_epoch(row.int(0)?);
    Ok(Some(Link {
        id,
        workspace: new.workspace,
        domain: new.domain,
        code,
        url: new.url.clone(),
        status: new.status,
        state: LinkState::Active,
        title: new.title.clone(),
        expires_at: new.expires_at,
        created_at,
        updated_at: created_at,
        version: 1,
    }))
}

/// What is searched, in lower case: databases fold letters differently, so Carom does it.
fn folded(code: &str, url: &str, title: Option<&str>) -> String {
    format!("{code}\n{url}\n{}", title.unwrap_or_default()).to_lowercase()
}

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
            "SELECT id, workspace_id, url, status, state, expires_at
             FROM links WHERE domain_id = $1 AND code = $2",
            params![domain, code],
        )
        .await?;
    let read = |row: &Row| {
        Ok(Destination {
            id: LinkId::from_stored(row.int(0)?),
            workspace: WorkspaceId::from_stored(row.int(1)?),
            url: row.text(2)?,
            status: status(row, 3)?,
            state: state(row, 4)?,
            expires_at: row.opt_int(5)?.map(Millis::from_epoch),
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
                    created_at, updated_at, version
             FROM links WHERE id = $1 AND workspace_id = $2",
            params![id, workspace],
        )
        .await?;
    rows.first().map(read).transpose()
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
                    created_at, updated_at, version
             FROM links WHERE domain_id = $1 AND code = $2 AND workspace_id = $3",
            params![domain, code, workspace],
        )
        .await?;
    rows.first().map(read).transpose()
}

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
    let after = filter.after.unwrap_or(Cursor {
        created_at: Millis::from_epoch(i64::MAX),
        id: LinkId::from_stored(i64::MAX),
    });
    let rows = store
        .query(
            // Walks `links_newest` backwards and stops at the limit; a search that finds little
            // reads the workspace's rows in that order.
            "SELECT id, workspace_id, domain_id, code, url, status, state, title, expires_at,
                    created_at, updated_at, version
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
                filter.search.as_deref().map(pattern),
                i64::from(filter.limit)
            ],
        )
        .await?;
    rows.iter().map(read).collect()
}

/// A `LIKE` pattern that finds `text` anywhere, taken literally.
fn pattern(text: &str) -> String {
    let mut pattern = String::from("%");
    for c in text.to_lowercase().chars() {
        if matches!(c, '%' | '_' | '\\') {
            pattern.push('\\');
        }
        pattern.push(c);
    }
    pattern.push('%');
    pattern
}

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
    store
        .write(Lane::Admin, (workspace, id, version, edit), |tx, (workspace, id, version, edit)| {
            Box::pin(async move {
                let before = read_in(tx, workspace, id, version).await?;
                let link = applied(&before, edit);
                if link.code == before.code {
                    update_in(tx, &link, before.version).await?;
                } else {
                    // A key column is never updated: a distributed table could not move the row.
                    delete_in(tx, &before).await?;
                    reinsert_in(tx, &link).await?;
                    changes::log_code(tx, before.domain, &before.code).await?;
                }
                changes::log_code(tx, link.domain, &link.code).await?;
                let link = read_in(tx, workspace, id, Some(link.version)).await?;
                Ok(Changed { code_before: before.code, link })
            })
        })
        .await
}

fn applied(before: &Link, edit: Edit) -> Link {
    Link {
        code: edit.code.unwrap_or_else(|| before.code.clone()),
        url: edit.url.unwrap_or_else(|| before.url.clone()),
        status: edit.status.unwrap_or(before.status),
        state: edit.state.unwrap_or(before.state),
        title: edit.title.unwrap_or_else(|| before.title.clone()),
        expires_at: edit.expires_at.unwrap_or(before.expires_at),
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
    store
        .write(Lane::Admin, (workspace, id, version), |tx, (workspace, id, version)| {
            Box::pin(async move {
                let link = read_in(tx, workspace, id, version).await?;
                delete_in(tx, &link).await?;
                changes::log_code(tx, link.domain, &link.code).await?;
                Ok(link)
            })
        })
        .await
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
                    created_at, updated_at, version
             FROM links WHERE id = $1 AND workspace_id = $2",
            params![id, workspace],
        )
        .await?;
    let link = read(rows.first().ok_or(Error::Missing)?)?;
    if version.is_some_and(|version| version != link.version) {
        return Err(Error::Stale);
    }
    Ok(link)
}

async fn update_in(tx: &mut dyn Tx, link: &Link, version_before: i64) -> Result<(), Error> {
    let updated = tx
        .execute(
            "UPDATE links SET url = $3, status = $4, state = $5, title = $6, expires_at = $7,
                    updated_at = {now}, version = $8, search = $9
             WHERE domain_id = $1 AND code = $2 AND version = $10",
            params![
                link.domain,
                link.code.as_str(),
                link.url.as_str(),
                i64::from(link.status.number()),
                link.state.word(),
                link.title.clone(),
                link.expires_at,
                link.version,
                folded(link.code.as_str(), &link.url, link.title.as_deref()),
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
                  created_at, updated_at, version, search)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, {now}, $11, $12)
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
                link.created_at,
                link.version,
                folded(link.code.as_str(), &link.url, link.title.as_deref())
            ],
        )
        .await?;
    if inserted == 1 { Ok(()) } else { Err(Error::Taken) }
}

fn read(row: &Row) -> Result<Link, Error> {
    Ok(Link {
        id: LinkId::from_stored(row.int(0)?),
        workspace: WorkspaceId::from_stored(row.int(1)?),
        domain: DomainId::from_stored(row.int(2)?),
        code: Code::from_stored(row.text(3)?),
        url: row.text(4)?,
        status: status(row, 5)?,
        state: state(row, 6)?,
        title: row.opt_text(7)?,
        expires_at: row.opt_int(8)?.map(Millis::from_epoch),
        created_at: Millis::from_epoch(row.int(9)?),
        updated_at: Millis::from_epoch(row.int(10)?),
        version: row.int(11)?,
    })
}

fn status(row: &Row, place: usize) -> Result<RedirectStatus, Error> {
    RedirectStatus::try_from(row.int(place)?).map_err(|e| Error::Corrupt(e.to_string()))
}

fn state(row: &Row, place: usize) -> Result<LinkState, Error> {
    let word = row.text(place)?;
    LinkState::from_word(&word).ok_or_else(|| Error::Corrupt(format!("a link's state is {word}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_search_is_taken_literally() {
        assert_eq!(pattern("50%_A\\"), "%50\\%\\_a\\\\%");
    }
}
