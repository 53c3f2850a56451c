//! Backups by themselves: one a period for all nodes of a store, and no more files than wanted.
//!
//! A lease in the store says when the next backup is due and whose it is, so that nodes share a
//! period and a restart does not begin a new one.

use std::fs::{self, DirBuilder};
use std::io;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use super::{BackupError, Saved, save};
use crate::metrics::BackupMetrics;
use crate::model::id::{NodeId, StoreId};
use crate::model::time::Millis;
use crate::store::{Store, facts, leases};
use crate::telemetry;

/// The lease's name.
const LEASE: &str = "backup";

/// Longest time between two looks whether a backup is due.
const LOOK_EVERY_MAX: Duration = Duration::from_secs(30);

/// A node that has begun and is not heard of for so long has died: another begins.
const BACKUP_TIME_MAX: Duration = Duration::from_secs(3600);

/// How long to wait after a failure.
const RETRY_AFTER: Duration = Duration::from_secs(300);

/// What is wanted.
#[derive(Debug, Clone)]
pub struct Plan {
    /// Time between two backups; zero for none.
    pub every: Duration,
    /// Where their files go. Made, for its owner alone, when missing.
    pub directory: PathBuf,
    /// Files of this store that are kept there.
    pub kept: usize,
}

/// Backups by themselves.
#[derive(Clone)]
pub struct Scheduled {
    plan: Plan,
    store: Store,
    store_id: StoreId,
    node: NodeId,
    metrics: Arc<BackupMetrics>,
}

impl Scheduled {
    /// Backups of this store by this node.
    #[must_use]
    pub fn new(
        plan: Plan,
        store: Store,
        store_id: StoreId,
        node: NodeId,
        metrics: Arc<BackupMetrics>,
    ) -> Self {
        Self { plan, store, store_id, node, metrics }
    }

    /// Runs for ever, or not at all when no backups are wanted.
    pub async fn run(self) {
        if self.plan.every.is_zero() {
            return;
        }
        let names = Names { directory: self.plan.directory.clone(), store: self.store_id };
        if let Some(at) = names.newest_at() {
            self.metrics.succeeded_at(at);
        }
        let look_every = (self.plan.every / 4).min(LOOK_EVERY_MAX);
        let mut ticks = tokio::time::interval(look_every);
        ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        let mut is_reported = false;
        loop {
            ticks.tick().await;
            // A store that does not answer is reported by others, and asked again at the next tick.
            let lease = self.plan.every.min(BACKUP_TIME_MAX);
            if !matches!(leases::take(&self.store, LEASE, self.node, lease).await, Ok(true)) {
                continue;
            }
            let began = Instant::now();
            let made = self.once(&names).await;
            let next = match &made {
                Ok(_) => self.plan.every.saturating_sub(began.elapsed()),
                Err(_) => self.plan.every.min(RETRY_AFTER),
            };
            self.report(made, &mut is_reported);
            // Should this fail, the lease ends by itself.
            let _ = leases::set(&self.store, LEASE, self.node, next).await;
        }
    }

    async fn once(&self, names: &Names) -> Result<Saved, BackupError> {
        let directory = &self.plan.directory;
        make_directory(directory).map_err(BackupError::io(directory))?;
        names.remove_parts().map_err(BackupError::io(directory))?;
        let now = facts::now(&self.store).await.map_err(BackupError::Store)?;
        let saved = save(&self.store, &names.file(now), Box::new(|_| {})).await?;
        names.prune(self.plan.kept).map_err(BackupError::io(directory))?;
        Ok(saved)
    }

    fn report(&self, made: Result<Saved, BackupError>, is_reported: &mut bool) {
        match made {
            Ok(saved) => {
                *is_reported = false;
                self.metrics.made(Millis::now(), saved.bytes);
                tracing::info!(
                    bytes = saved.bytes, rows = saved.rows.iter().sum::<u64>(),
                    directory = %self.plan.directory.display(), "the store is backed up"
                );
            }
            Err(error) => {
                self.metrics.failed();
                let why = telemetry::in_full(&error);
                // Whoever was told once looks at the metrics until it works again.
                if *is_reported {
                    tracing::debug!(%why, "the store could not be backed up again");
                } else {
                    tracing::error!(%why, "the store could not be backed up; it is tried again");
                }
                *is_reported = true;
            }
        }
    }
}

fn make_directory(directory: &Path) -> io::Result<()> {
    if directory.is_dir() {
        return Ok(());
    }
    DirBuilder::new().recursive(true).mode(0o700).create(directory)
}

/// The files of one store's scheduled backups.
struct Names {
    directory: PathBuf,
    store: StoreId,
}

impl Names {
    fn file(&self, at: Millis) -> PathBuf {
        let stamp: String = at.to_string().chars().filter(char::is_ascii_alphanumeric).collect();
        self.directory.join(format!("carom-{}-{stamp}.backup", self.store))
    }

    /// Whether a name is one that [`Names::file`] gives, with this ending.
    fn is_ours(&self, name: &str, ending: &str) -> bool {
        let lead = format!("carom-{}-", self.store);
        let stamp = name.strip_prefix(&lead).and_then(|rest| rest.strip_suffix(ending));
        let is_stamp = |stamp: &str| {
            let fits = |(place, c): (usize, char)| match place {
                8 => c == 'T',
                18 => c == 'Z',
                _ => c.is_ascii_digit(),
            };
            stamp.len() == 19 && stamp.chars().enumerate().all(fits)
        };
        stamp.is_some_and(is_stamp)
    }

    /// Oldest first.
    fn files(&self, ending: &str) -> io::Result<Vec<PathBuf>> {
        let mut files = Vec::new();
        for entry in fs::read_dir(&self.directory)? {
            let entry = entry?;
            if entry.file_name().to_str().is_some_and(|name| self.is_ours(name, ending)) {
                files.push(entry.path());
            }
        }
        files.sort_unstable();
        Ok(files)
    }

    fn prune(&self, kept: usize) -> io::Result<()> {
        let files = self.files(".backup")?;
        let surplus = files.len().saturating_sub(kept);
        files[..surplus].iter().try_for_each(fs::remove_file)
    }

    /// What a process that was killed has left.
    fn remove_parts(&self) -> io::Result<()> {
        self.files(".backup.part")?.iter().try_for_each(fs::remove_file)
    }

    fn newest_at(&self) -> Option<Millis> {
        let newest = self.files(".backup").ok()?.pop()?;
        let at: SystemTime = fs::metadata(newest).ok()?.modified().ok()?;
        let since = at.duration_since(UNIX_EPOCH).ok()?;
        i64::try_from(since.as_millis()).ok().map(Millis::from_epoch)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_files_of_this_store_are_pruned_and_the_newest_stay() {
        let directory = tempfile::tempdir().expect("a directory");
        let store = StoreId::from_stored(7);
        let names = Names { directory: directory.path().to_owned(), store };
        let at = |second: i64| names.file(Millis::from_epoch(1_700_000_000_000 + second * 1000));
        let others = [
            "carom-8-20231114T221320000Z.backup",
            "carom-7-20231114T221320000Z.backup.old",
            "carom-7-before-the-move.backup",
            "carom-7-20231114X221320000Z.backup",
            "notes.txt",
        ];
        for path in (0..5).map(at).chain(others.map(|name| directory.path().join(name))) {
            fs::write(path, "x").expect("written");
        }

        names.prune(2).expect("a directory that can be read");

        assert_eq!(names.files(".backup").expect("read"), [at(3), at(4)]);
        assert!(others.iter().all(|name| directory.path().join(name).exists()));
        assert!(names.newest_at().is_some());
    }

    #[test]
    fn what_a_killed_process_left_goes_and_backups_stay() {
        let directory = tempfile::tempdir().expect("a directory");
        let names =
            Names { directory: directory.path().to_owned(), store: StoreId::from_stored(7) };
        let whole = names.file(Millis::from_epoch(1_700_000_000_000));
        let part = whole.with_extension("backup.part");
        for path in [&whole, &part] {
            fs::write(path, "x").expect("written");
        }
        names.remove_parts().expect("a directory that can be read");
        assert!(whole.exists() && !part.exists());
    }
}
