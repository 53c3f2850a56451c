//! What somebody typed for a link with a password. Few wait for a hash: a crowd of forms stands in no
//! redirect's way.

use std::time::Duration;

use tokio::sync::Semaphore;
use tokio::time::timeout;

use super::links::LinkCache;
use crate::hashing::Hashing;
use crate::model::password::{Password, PasswordHash};

/// Visitors that wait for theirs; the next are told to come again.
const WAITING_MAX: usize = 64;

/// How long they wait.
const WAIT_MAX: Duration = Duration::from_secs(5);

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
pub(super) struct Checking {
    hashing: Hashing,
    waiting: Semaphore,
}

impl Checking {
    pub(super) fn new(hashing: Hashing) -> Self {
        Self { hashing, waiting: Semaphore::new(WAITING_MAX) }
    }
}

impl LinkCache {
    /// Checks a password.
    pub async fn check_password(&self, hash: &PasswordHash, typed: Password) -> PasswordChecked {
        let checking = &self.loader.checking;
        let Ok(_waits) = checking.waiting.try_acquire() else { return PasswordChecked::Busy };
        let hash = hash.clone();
        let checked = checking.hashing.run(move || hash.is_of(&typed));
        match timeout(WAIT_MAX, checked).await {
            Ok(true) => PasswordChecked::Right,
            Ok(false) => PasswordChecked::Wrong,
            Err(_) => PasswordChecked::Busy,
        }
    }
}
