//! The keys of this node: renewed from the store, a day ahead, and cached on disk.
//!
//! By the store's clock today's and tomorrow's salts are made sure of every ten minutes, and every
//! five seconds while one of them is missing. A salt is forgotten when the second day after its own
//! begins, here, on disk and in the store; yesterday's is kept for clicks that a late clock stamped.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use arc_swap::ArcSwap;

use super::cache;
use super::key::VisitorKeys;
use crate::model::id::StoreId;
use crate::model::time::{DAY_MS, Millis};
use crate::store::salts::{self, Salt};
use crate::store::{Error, Store, facts};

/// The file in the data directory that holds the salts.
const FILE: &str = "visitor-salts";

/// Time between two renewals.
const EVERY: Duration = Duration::from_secs(600);

/// Time between two tries while a key is missing.
const EVERY_WITHOUT: Duration = Duration::from_secs(5);

/// The keys of this node, shared by its threads.
pub struct Salts {
    keys: ArcSwap<VisitorKeys>,
    path: PathBuf,
    store: StoreId,
    /// Whether the file holds these keys.
    is_saved: AtomicBool,
}

impl Salts {
    /// The keys that this node kept on disk for this store. A file that cannot be used is left out,
    /// and replaced by the first renewal.
    #[must_use]
    pub fn open(data_dir: &Path, store: StoreId) -> Self {
        let path = data_dir.join(FILE);
        let read = cache::read(&path, store);
        let is_saved = AtomicBool::new(read.is_ok());
        let salts = read.unwrap_or_else(|error| {
            let why = crate::telemetry::in_full(&error);
            tracing::warn!(file = %path.display(), %why, "the visitor salts on disk are not used");
            Vec::new()
        });
        Self { keys: ArcSwap::from_pointee(VisitorKeys::of(salts)), path, store, is_saved }
    }

    /// The keys as they are now.
    #[must_use]
    pub fn load(&self) -> Arc<VisitorKeys> {
        self.keys.load_full()
    }

    /// Renews the keys for ever.
    pub async fn run(self: Arc<Self>, store: Store) {
        let mut is_reported = false;
        loop {
            let now = match self.renew(&store).await {
                Ok(now) => {
                    is_reported = false;
                    now
                }
                Err(error) => {
                    // What has to go goes in time, whether the store answers or not.
                    let now = Millis::now();
                    self.forget(now);
                    is_reported = is_reported || self.report(&error, now);
                    now
                }
            };
            tokio::time::sleep(self.pause(now)).await;
        }
    }

    /// Says what a failure costs, if anything, and whether it said so. That the store does not
    /// answer is said by others.
    fn report(&self, error: &Error, now: Millis) -> bool {
        let why = crate::telemetry::in_full(error);
        if !matches!(error, Error::Unavailable(_) | Error::TooLong { .. } | Error::Busy(_)) {
            tracing::error!(%why, "the store refuses visitor salts; those at hand are used");
        } else if self.load().at(now).is_none() {
            tracing::warn!(%why, "without today's salt unique visitors are not counted");
        } else {
            return false;
        }
        true
    }

    /// Makes sure of today's and tomorrow's keys by the store's clock, which it returns, and forgets
    /// old salts everywhere.
    ///
    /// # Errors
    /// The store's; the keys stay as they are.
    pub async fn renew(&self, store: &Store) -> Result<Millis, Error> {
        let now = facts::now(store).await?;
        self.renew_at(store, now).await?;
        Ok(now)
    }

    /// Makes sure of the keys of the day of `now` and the one after it, and forgets older salts.
    ///
    /// # Errors
    /// The store's; the keys stay as they are.
    pub async fn renew_at(&self, store: &Store, now: Millis) -> Result<(), Error> {
        // Those of the store win: salts made while it had lost its own would split its visitors.
        let ensured = salts::ensure(store, &[now, after(now)]).await?;
        self.replace(now, &ensured);
        salts::forget(store, oldest(now)).await.map(drop)
    }

    /// Forgets salts whose time has passed, here and on disk.
    pub fn forget(&self, now: Millis) {
        self.replace(now, &[]);
    }

    /// How long to wait for the next renewal.
    #[must_use]
    pub fn pause(&self, now: Millis) -> Duration {
        let keys = self.load();
        let is_ready = keys.at(now).is_some() && keys.at(after(now)).is_some();
        if is_ready { EVERY } else { EVERY_WITHOUT }
    }

    /// Keeps the salts of yesterday and later, those of `fresh` before others of their day. Only one
    /// task does so at a time.
    fn replace(&self, now: Millis, fresh: &[Salt]) {
        let present: Vec<Salt> = self.load().salts().collect();
        let is_replaced = |salt: &Salt| fresh.iter().any(|other| other.day == salt.day);
        // A salt from beyond tomorrow stays out as well: there are three keys at most.
        let is_kept = |salt: &Salt| (oldest(now)..=after(now).day()).contains(&salt.day);
        let mut kept: Vec<Salt> =
            present.iter().filter(|salt| !is_replaced(salt)).chain(fresh).copied().collect();
        kept.retain(is_kept);
        kept.sort_unstable_by_key(|salt| salt.day);
        if kept != present {
            self.keys.store(Arc::new(VisitorKeys::of(kept.iter().copied())));
            self.is_saved.store(false, Ordering::Relaxed);
        }
        if !self.is_saved.load(Ordering::Relaxed) {
            self.save(kept);
        }
    }

    /// Writes the file: twice a day, and a few hundred bytes, which is not worth a thread of its own.
    fn save(&self, salts: Vec<Salt>) {
        match cache::write(&self.path, self.store, salts) {
            Ok(()) => self.is_saved.store(true, Ordering::Relaxed),
            Err(error) => {
                let why = crate::telemetry::in_full(&error);
                tracing::warn!(%why, "the visitor salts are not on disk: a restart needs the store");
            }
        }
    }
}

/// The same time a day later.
fn after(now: Millis) -> Millis {
    Millis::from_epoch(now.get().saturating_add(DAY_MS))
}

/// The first day whose salt is still kept.
fn oldest(now: Millis) -> Millis {
    now.day().before(Duration::from_millis(DAY_MS.unsigned_abs()))
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    const DAY: i64 = 20_000;

    fn at(day: i64) -> Millis {
        Millis::from_epoch(day * DAY_MS)
    }

    fn salt(day: i64, byte: u8) -> Salt {
        Salt { day: at(day), bytes: [byte; 16] }
    }

    fn days(salts: &Salts) -> Vec<i64> {
        salts.load().salts().map(|salt| salt.day.get() / DAY_MS).collect()
    }

    #[test]
    fn a_salt_goes_when_the_second_day_after_its_own_begins_also_from_the_disk() {
        let directory = tempfile::tempdir().expect("a directory");
        let store = StoreId::random();
        let salts = Salts::open(directory.path(), store);
        salts.replace(at(DAY), &[salt(DAY, 1), salt(DAY + 1, 2)]);

        salts.forget(Millis::from_epoch(at(DAY + 2).get() - 1));
        assert_eq!(days(&salts), [DAY, DAY + 1]);
        salts.forget(at(DAY + 2));
        assert_eq!(days(&salts), [DAY + 1]);
        assert_eq!(days(&Salts::open(directory.path(), store)), [DAY + 1]);
    }

    #[test]
    fn a_restart_without_the_store_keeps_the_keys_and_another_store_gets_none_of_them() {
        let directory = tempfile::tempdir().expect("a directory");
        let store = StoreId::random();
        Salts::open(directory.path(), store).replace(at(DAY), &[salt(DAY, 1), salt(DAY + 1, 2)]);

        let again = Salts::open(directory.path(), store).load();
        assert_eq!(again.at(at(DAY)).map(|key| *key.salt()), Some(salt(DAY, 1)));
        assert_eq!(days(&Salts::open(directory.path(), StoreId::random())), [0; 0]);
    }

    #[test]
    fn a_damaged_file_is_left_out_and_replaced() {
        let directory = tempfile::tempdir().expect("a directory");
        let store = StoreId::random();
        fs::write(directory.path().join(FILE), b"\xffrubbish").expect("written");

        let salts = Salts::open(directory.path(), store);
        assert_eq!(days(&salts), [0; 0]);
        salts.replace(at(DAY), &[salt(DAY, 1)]);
        assert_eq!(days(&Salts::open(directory.path(), store)), [DAY]);
    }

    #[test]
    fn the_salts_of_the_store_win_and_yesterdays_stays() {
        let directory = tempfile::tempdir().expect("a directory");
        let salts = Salts::open(directory.path(), StoreId::random());
        salts.replace(at(DAY), &[salt(DAY, 1), salt(DAY + 1, 2)]);
        salts.replace(at(DAY + 1), &[salt(DAY + 1, 9), salt(DAY + 2, 3)]);

        let kept: Vec<Salt> = salts.load().salts().collect();
        assert_eq!(kept, [salt(DAY, 1), salt(DAY + 1, 9), salt(DAY + 2, 3)]);
    }

    #[test]
    fn a_missing_key_is_asked_for_every_five_seconds() {
        let directory = tempfile::tempdir().expect("a directory");
        let salts = Salts::open(directory.path(), StoreId::random());
        assert_eq!(salts.pause(at(DAY)), EVERY_WITHOUT);
        salts.replace(at(DAY), &[salt(DAY, 1)]);
        assert_eq!(salts.pause(at(DAY)), EVERY_WITHOUT);
        salts.replace(at(DAY), &[salt(DAY + 1, 2)]);
        assert_eq!(salts.pause(at(DAY)), EVERY);
        assert_eq!(salts.pause(at(DAY + 1)), EVERY_WITHOUT);
    }
}
