//! Many changes and deletions at once, each with its own outcome; and a whole batch, all or nothing.

use std::sync::{Arc, Mutex, PoisonError};

use futures_util::future::BoxFuture;

use super::super::driver::{Lane, Tx};
use super::super::{Error, Store};
use super::bulk::create_block_in;
use super::change::{Changed, Edit, change_one_in, remove_one_in, unless_overtaken};
use super::create::NewLink;
use crate::model::actor::Actor;
use crate::model::id::{DomainId, LinkId, WorkspaceId};
use crate::model::link::Link;

/// Changes of one transaction: each is a handful of statements, and a transaction ends within 10 s.
const BLOCK: usize = 100;

/// Items of a batch that is written whole or not at all, for the same reason.
pub const WHOLE_MAX: usize = 1_000;

/// Whose links are changed.
#[derive(Debug, Clone)]
pub struct Owner {
    /// The workspace.
    pub workspace: WorkspaceId,
    /// The domains that the caller is confined to; none: all of the workspace.
    pub domains: Option<Arc<[DomainId]>>,
}

/// What is to be done to a link.
#[derive(Debug, Clone)]
pub enum Alteration {
    /// It is changed.
    Change(LinkId, Box<Edit>),
    /// It is deleted.
    Delete(LinkId),
}

/// What was done to it.
#[derive(Debug)]
pub enum Altered {
    /// It was changed.
    Changed(Box<Changed>),
    /// It was deleted, and was this.
    Deleted(Box<Link>),
    /// There is no such link.
    Missing,
    /// The code it was to get is in use.
    Taken,
}

/// What became of a whole batch.
#[derive(Debug)]
pub enum Whole {
    /// All of it was done.
    Done {
        /// The outcome of each alteration.
        altered: Vec<Altered>,
        /// The links that were made.
        made: Vec<Link>,
    },
    /// Nothing was done, because of this alteration.
    AlterationRefused(usize, Altered),
    /// Nothing was done, because the code of this new link is in use.
    CodeTaken(usize),
}

/// Alters many links, a block in a transaction. One that cannot be altered stops no other.
///
/// # Errors
/// [`Error::Unavailable`]; the blocks before the one that failed stay done.
pub async fn alter_many(
    store: &Store,
    owner: &Owner,
    alterations: Vec<Alteration>,
) -> Result<Vec<Altered>, Error> {
    let mut altered = Vec::with_capacity(alterations.len());
    for block in alterations.chunks(BLOCK) {
        let block: Arc<[Alteration]> = block.into();
        let wanted = (store.actor(), owner.clone(), block);
        let write = || store.write(Lane::Admin, wanted.clone(), alter_block_in);
        altered.extend(unless_overtaken(None, write).await?);
    }
    Ok(altered)
}

fn alter_block_in(
    tx: &mut dyn Tx,
    (actor, owner, block): (Arc<Actor>, Owner, Arc<[Alteration]>),
) -> BoxFuture<'_, Result<Vec<Altered>, Error>> {
    Box::pin(async move {
        let mut altered = Vec::with_capacity(block.len());
        for alteration in block.iter() {
            altered.push(alter_in(tx, &actor, &owner, alteration).await?);
        }
        Ok(altered)
    })
}

/// A link that is missing and a code that is taken are found before anything is written, so that the
/// transaction can go on.
async fn alter_in(
    tx: &mut dyn Tx,
    actor: &Actor,
    owner: &Owner,
    alteration: &Alteration,
) -> Result<Altered, Error> {
    let altered = match alteration {
        Alteration::Change(id, edit) => change_one_in(tx, actor, owner, *id, None, edit)
            .await
            .map(|changed| Altered::Changed(Box::new(changed))),
        Alteration::Delete(id) => remove_one_in(tx, actor, owner, *id, None)
            .await
            .map(|link| Altered::Deleted(Box::new(link))),
    };
    match altered {
        Err(Error::Missing) => Ok(Altered::Missing),
        Err(Error::Taken) => Ok(Altered::Taken),
        ended => ended,
    }
}

/// Why a whole batch was rolled back.
type Refusal = Arc<Mutex<Option<Whole>>>;

/// Does all of a batch, alterations first, or nothing of it: at most [`WHOLE_MAX`] items.
///
/// # Errors
/// [`Error::Unavailable`], or [`Error::Taken`] when random codes run out.
pub async fn all_or_nothing(
    store: &Store,
    owner: &Owner,
    alterations: Vec<Alteration>,
    links: Vec<NewLink>,
) -> Result<Whole, Error> {
    let refusal = Refusal::default();
    let (alterations, links): (Arc<[_]>, Arc<[_]>) = (alterations.into(), links.into());
    let wanted = (store.actor(), owner.clone(), alterations, links, Arc::clone(&refusal));
    let done = unless_overtaken(None, || store.write(Lane::Admin, wanted.clone(), whole_in)).await;
    match (refusal.lock().unwrap_or_else(PoisonError::into_inner).take(), done) {
        (Some(refused), Err(_)) => Ok(refused),
        (_, done) => done,
    }
}

type WholeInput = (Arc<Actor>, Owner, Arc<[Alteration]>, Arc<[NewLink]>, Refusal);

fn whole_in(
    tx: &mut dyn Tx,
    (actor, owner, alterations, links, refusal): WholeInput,
) -> BoxFuture<'_, Result<Whole, Error>> {
    Box::pin(async move {
        let refuse = |because: Option<Whole>| {
            *refusal.lock().unwrap_or_else(PoisonError::into_inner) = because;
        };
        // It may be run again.
        refuse(None);
        let mut altered = Vec::with_capacity(alterations.len());
        for (place, alteration) in alterations.iter().enumerate() {
            match alter_in(tx, &actor, &owner, alteration).await? {
                outcome @ (Altered::Missing | Altered::Taken) => {
                    refuse(Some(Whole::AlterationRefused(place, outcome)));
                    // Any error rolls back.
                    return Err(Error::Missing);
                }
                outcome => altered.push(outcome),
            }
        }
        let made = create_block_in(tx, (actor, Arc::clone(&links))).await?;
        if let Some(place) = made.iter().position(Option::is_none) {
            refuse(Some(Whole::CodeTaken(place)));
            return Err(Error::Taken);
        }
        Ok(Whole::Done { altered, made: made.into_iter().flatten().collect() })
    })
}
