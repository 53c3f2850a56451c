//! A click of a link with a limit: the store is asked each time, by a task that ends although the
//! client hangs up.
//!
//! As many claims may wait as loads, and few of them are at the store at once: a crowd at one link
//! takes neither the loads' connections nor the writer of everything else. A breaker of its own
//! stands before the store: while writes fail, links may still be found.

use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::Semaphore;
use tokio::time::timeout_at;

use super::breaker::Breaker;
use super::links::LinkCache;
use super::load::PATIENCE;
use super::plan::Limits;
use crate::metrics::ClaimOutcome;
use crate::model::id::ClaimId;
use crate::store::{Error, Store, claims};
use crate::telemetry;

/// Claims at the store at once; more would wait there for the same row or the same writer.
const AT_STORE_MAX: usize = 4;

/// What a visitor of a link with a limit is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Claimed {
    /// It redirects.
    Granted,
    /// All its clicks were claimed before.
    Exhausted,
    /// The store did not answer, or too many claims are under way.
    Unavailable,
}

/// Whether a visitor uses up a click.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Claimant {
    /// A person does.
    Takes,
    /// A program only looks whether one is left.
    Looks,
}

/// What claims share.
pub(super) struct Claims {
    /// Claims under way, those that wait for their turn included.
    slots: Arc<Semaphore>,
    turns: Semaphore,
    breaker: Breaker,
}

impl Claims {
    /// Room for so many claims under way.
    pub(super) fn new(under_way_max: usize) -> Self {
        Self {
            slots: Arc::new(Semaphore::new(under_way_max)),
            turns: Semaphore::new(AT_STORE_MAX),
            breaker: Breaker::new(Instant::now()),
        }
    }
}

/// One visitor's question.
#[derive(Clone)]
struct Asked {
    limits: Arc<Limits>,
    claimant: Claimant,
    /// When the visitor is told that the store did not answer.
    until: Instant,
}

impl LinkCache {
    /// Asks the store for a click of a link with these limits; that it is exhausted is remembered.
    ///
    /// Ends within the budget of a load and a little. Dropping the future undoes nothing.
    pub async fn claim(self: &Arc<Self>, limits: &Arc<Limits>, claimant: Claimant) -> Claimed {
        let loader = &self.loader;
        let Ok(slot) = Arc::clone(&loader.claims.slots).try_acquire_owned() else {
            loader.metrics.claimed(ClaimOutcome::Refused);
            return Claimed::Unavailable;
        };
        let until = Instant::now() + loader.budget;
        let asked = Asked { limits: Arc::clone(limits), claimant, until };
        let cache = Arc::clone(self);
        let asking = loader.background.spawn(async move {
            let claimed = cache.ask(&asked).await;
            // Held to the end, also when nobody waits any more: what is bounded is the work.
            drop(slot);
            claimed
        });
        match timeout_at((until + PATIENCE).into(), asking).await {
            Ok(Ok(claimed)) => claimed,
            _ => Claimed::Unavailable,
        }
    }

    /// Waits for a turn, asks, and notes what the answer says of the link and of the store.
    async fn ask(&self, asked: &Asked) -> Claimed {
        let loader = &self.loader;
        let turn = timeout_at(asked.until.into(), loader.claims.turns.acquire()).await;
        if turn.is_err() || !loader.claims.breaker.allows(Instant::now()) {
            loader.metrics.claimed(ClaimOutcome::Refused);
            return Claimed::Unavailable;
        }
        let answer = asked.at(&loader.store).await;
        if answer.is_ok() {
            loader.claims.breaker.succeeded();
            loader.health.store_answered();
        }
        let (claimed, outcome) = match answer {
            Ok(claims::Claimed::Granted) => (Claimed::Granted, ClaimOutcome::Granted),
            Ok(claims::Claimed::Exhausted) => {
                asked.limits.exhaust();
                (Claimed::Exhausted, ClaimOutcome::Exhausted)
            }
            Err(Error::Busy(_)) => (Claimed::Unavailable, ClaimOutcome::Refused),
            Err(error @ Error::Unavailable(_)) => {
                loader.claims.breaker.failed(Instant::now());
                loader.health.store_failed(&error);
                (Claimed::Unavailable, ClaimOutcome::Failed)
            }
            // About this claim, not about the store's health: others must not suffer for it.
            Err(error) => {
                tracing::error!(why = %telemetry::in_full(&error), "a claim was refused");
                (Claimed::Unavailable, ClaimOutcome::Failed)
            }
        };
        loader.metrics.claimed(outcome);
        claimed
    }
}

impl Asked {
    async fn at(&self, store: &Store) -> Result<claims::Claimed, Error> {
        let Limits { link, max, .. } = *self.limits;
        if self.claimant == Claimant::Looks {
            let is_exhausted = claims::is_exhausted(store, link, max).await?;
            return Ok(if is_exhausted {
                claims::Claimed::Exhausted
            } else {
                claims::Claimed::Granted
            });
        }
        let began = Instant::now();
        let claim = claims::Claim { link, id: ClaimId::random(), max, until: self.until };
        match claims::claim(store, claim).await {
            // Perhaps it was made and only the answer was lost: the same id counts once. A failure
            // that took most of the time would be repeated in vain.
            Err(Error::Unavailable(_)) if began.elapsed() < self.left() => {
                claims::claim(store, claim).await
            }
            ended => ended,
        }
    }

    fn left(&self) -> Duration {
        self.until.saturating_duration_since(Instant::now())
    }
}
