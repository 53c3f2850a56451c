//! Making a link.

use std::sync::Arc;

use futures_util::future::BoxFuture;

use super::super::driver::{Lane, Tx};
use super::super::idempotency::{self, Request};
use super::super::{Error, Store, audit, changes};
use super::{deed, row, search, tags};
use crate::model::actor::Actor;
use crate::model::code::Code;
use crate::model::id::{DomainId, LinkId, WorkspaceId};
use crate::model::link::{Conduct, Link, LinkState, RedirectStatus};
use crate::model::max_clicks::MaxClicks;
use crate::model::tag::Tags;
use crate::model::time::Millis;
use crate::params;

/// How often a random code is drawn again before giving up: at 7 letters and a billion links, five
/// collisions in a row happen once in 10^16.
pub(super) const DRAWS_MAX: usize = 5;

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
    /// The same without capitals, for a domain that folds them.
    RandomFolded {
        /// Letters of the code.
        length: usize,
    },
}

impl CodeChoice {
    /// A code of this sort: another each time, unless it was chosen.
    #[must_use]
    pub fn draw(&self) -> Code {
        match self {
            Self::Chosen(code) => code.clone(),
            Self::Random { length } => Code::random(*length),
            Self::RandomFolded { length } => Code::random_folded(*length),
        }
    }
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
    /// How often people may follow it.
    pub max_clicks: Option<MaxClicks>,
    /// What else it is told about how it answers.
    pub conduct: Conduct,
    /// A text for people.
    pub note: Option<String>,
    /// Words that people sort it by.
    pub tags: Tags,
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
    store.write(Lane::Admin, (store.actor(), link, once), create_in).await
}

fn create_in(
    tx: &mut dyn Tx,
    (actor, new, once): (Arc<Actor>, NewLink, Option<Once>),
) -> BoxFuture<'_, Result<Link, Error>> {
    Box::pin(async move {
        let link = match &new.code {
            CodeChoice::Chosen(code) => insert_in(tx, &actor, &new, code.clone()).await?,
            CodeChoice::Random { .. } | CodeChoice::RandomFolded { .. } => {
                let mut link = None;
                for _ in 0..DRAWS_MAX {
                    link = insert_in(tx, &actor, &new, new.code.draw()).await?;
                    if link.is_some() {
                        break;
                    }
                }
                link
            }
        };
        let link = link.ok_or(Error::Taken)?;
        tags::add_in(tx, [&link].into_iter()).await?;
        if let Some(once) = once
            && !idempotency::keep_in(tx, &once.request, link.id, &(once.answer)(&link)).await?
        {
            return Err(Error::Stale);
        }
        let change = changes::id_of(link.id, link.version);
        changes::log_link(tx, change, link.domain, &[&link.code]).await?;
        audit::enter(tx, &actor, &deed::made(&link)).await?;
        Ok(link)
    })
}

impl NewLink {
    /// The link that it is, made by this actor at this time of the store's clock.
    pub(super) fn made(&self, actor: &Actor, id: LinkId, code: Code, at: Millis) -> Link {
        Link {
            id,
            workspace: self.workspace,
            domain: self.domain,
            code,
            url: self.url.clone(),
            status: self.status,
            state: LinkState::Active,
            title: self.title.clone(),
            expires_at: self.expires_at,
            max_clicks: self.max_clicks,
            conduct: self.conduct.clone(),
            note: self.note.clone(),
            tags: self.tags.clone(),
            archived_at: None,
            created_by: Some(actor.name.clone()),
            created_at: at,
            updated_at: at,
            version: 1,
        }
    }
}

/// Inserts a new link under this code, or nothing when the code is in use.
async fn insert_in(
    tx: &mut dyn Tx,
    actor: &Actor,
    new: &NewLink,
    code: Code,
) -> Result<Option<Link>, Error> {
    let id = LinkId::random();
    let rows = tx
        .query(
            // No index: the clock is one row, and read once, since a link that was never changed was
            // changed when it was made.
            "INSERT INTO links
                 (domain_id, code, id, workspace_id, url, status, state, title, expires_at,
                  max_clicks, created_at, updated_at, version, search, note, created_by,
                  not_before, fallback_url, cache_seconds, forwards_query, password)
             SELECT $1, $2, $3, $4, $5, $6, 'active', $7, $8, $9, at, at, 1, $10, $11, $12, $13, $14,
                    $15, $16, $17
             FROM (SELECT {now} AS at) AS clock WHERE TRUE
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
                new.max_clicks,
                search::text_of(code.as_str(), &new.url, new.title.as_deref()),
                new.note.clone(),
                actor.name.as_str(),
                new.conduct.not_before,
                new.conduct.fallback_url.clone(),
                new.conduct.cache_seconds,
                new.conduct.forwards_query,
                row::password(&new.conduct)
            ],
        )
        .await?;
    let Some(row) = rows.first() else { return Ok(None) };
    let created_at = Millis::from_epoch(row.int(0)?);
    Ok(Some(new.made(actor, id, code, created_at)))
}
