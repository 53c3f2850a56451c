//! What somebody typed for a link with a password. A hash takes a core for some hundredths of a
//! second and 19 MiB, so that two are made at once and few wait, on the background runtime's threads
//! for long work: a crowd of forms stands in no redirect's way.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::timeout;

use super::links::LinkCache;
use crate::model::password::{Password, PasswordHash};

/// Hashes at once.
const AT_ONCE_MAX: usize = 2;

/// Visitors that wait for theirs; the next are told to come again.
const WAITING_MAX: usize = 64;

/// How long they wait for their turn.
const TURN_WAIT_MAX: Duration = Duration::from_secs(5);

/// What a visitor who typed a password is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PasswordChecked {
    /// It is the link's.
    Right,
    /// It is not.
    Wrong,
    /// Too many are being checked.
    Busy,
}

/// What checks share.
pub(super) struct Hashing {
    turns: Arc<Semaphore>,
    waiting: Semaphore,
}

impl Default for Hashing {
    fn default() -> Self {
        let turns = Arc::new(Semaphore::new(AT_ONCE_MAX));
        Self { turns, waiting: Semaphore::new(WAITING_MAX) }
    }
}

/// The right to make one hash, until it is dropped.
#[derive(Debug)]
pub struct HashingTurn(
    #[allow(dead_code, reason = "it is held, not looked at")] Option<OwnedSemaphorePermit>,
);

impl LinkCache {
    /// Checks a password. Dropping the future gives the turn back when the hash has ended.
    pub async fn check_password(&self, hash: &PasswordHash, typed: Password) -> PasswordChecked {
        let hashing = &self.loader.hashing;
        let Ok(_waits) = hashing.waiting.try_acquire() else { return PasswordChecked::Busy };
        let Ok(turn) = timeout(TURN_WAIT_MAX, self.hashing_turn()).await else {
            return PasswordChecked::Busy;
        };
        let hash = hash.clone();
        let checking = self.loader.background.spawn_blocking(move || {
            let is_right = hash.is_of(&typed);
            drop(turn);
            is_right
        });
        match checking.await {
            Ok(true) => PasswordChecked::Right,
            Ok(false) => PasswordChecked::Wrong,
            Err(_) => PasswordChecked::Busy,
        }
    }

    /// Waits until a hash may be made, for those who set a password.
    pub async fn hashing_turn(&self) -> HashingTurn {
        // Nobody closes it.
        HashingTurn(Arc::clone(&self.loader.hashing.turns).acquire_owned().await.ok())
    }
}
