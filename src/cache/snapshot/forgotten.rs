//! What was changed since the snapshot was taken, on this node's disk: a start without the store
//! must not answer it from there. A link that was banned stays banned.
//!
//! ```text
//! carom forgotten links 1
//! store 4611686018427387904
//! 123 abc      the link /abc of the domain 123
//! 123          the domain 123 with all its links
//! *            everything
//! ```

use std::collections::HashSet;
use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::Snapshot;
use crate::model::id::{DomainId, StoreId};
use crate::node::{DataError, write_private};

/// The first line: what the file is, and the version of its format.
const TITLE: &str = "carom forgotten links 1";

/// The line that stands for everything.
const EVERYTHING: &str = "*";

/// Entries at most; beyond them the whole snapshot is forgotten. A snapshot that is written ends
/// that.
const ENTRIES_MAX: usize = 65_536;

/// What was changed since the snapshot.
pub struct Forgotten {
    path: PathBuf,
    store: StoreId,
    state: Mutex<State>,
    /// Held while the file is written.
    writing: tokio::sync::Mutex<()>,
}

#[derive(Default)]
struct State {
    /// The lines, in the order they came in.
    lines: Vec<String>,
    /// How many of them are on the disk.
    synced: usize,
    /// Counts lines that are no longer here.
    dropped: usize,
}

/// A moment in what was forgotten.
#[derive(Debug, Clone, Copy)]
pub struct Mark(usize);

impl Forgotten {
    /// What the file says was forgotten, which stays so until a snapshot is written. Blocks.
    #[must_use]
    pub fn open(path: PathBuf, store: StoreId) -> Self {
        let (lines, is_ours) = match fs::read_to_string(&path) {
            Ok(text) => lines_of(&text, store),
            Err(error) if error.kind() == io::ErrorKind::NotFound => (Vec::new(), true),
            Err(_) => (vec![EVERYTHING.to_owned()], false),
        };
        let state = State { synced: lines.len(), lines, dropped: 0 };
        let forgotten =
            Self { path, store, state: Mutex::new(state), writing: tokio::sync::Mutex::default() };
        if !is_ours {
            // What is appended must stand under a title of its own.
            let text = forgotten.text(&forgotten.lock().lines);
            if let Err(error) = write_private(&forgotten.path, text.as_bytes()) {
                forgotten.warn(&error);
            }
        }
        forgotten
    }

    /// Leaves out of a snapshot what was forgotten since.
    pub fn leave_out(&self, snapshot: &mut Snapshot) {
        let state = self.lock();
        let forgotten: HashSet<&str> = state.lines.iter().map(String::as_str).collect();
        if forgotten.is_empty() {
            return;
        }
        let is_everything = forgotten.contains(EVERYTHING);
        snapshot.forget(|key| {
            is_everything
                || forgotten.contains(key.domain.to_string().as_str())
                || forgotten.contains(line_of(key.domain, key.code).as_str())
        });
    }

    /// Notes a code.
    pub fn note(&self, domain: DomainId, code: &str) {
        self.add(line_of(domain, code));
    }

    /// Notes a domain with all its links.
    pub fn note_domain(&self, domain: DomainId) {
        self.add(domain.to_string());
    }

    /// Notes everything.
    pub fn note_everything(&self) {
        self.add(EVERYTHING.to_owned());
    }

    fn add(&self, line: String) {
        let mut state = self.lock();
        if state.lines.len() < ENTRIES_MAX {
            state.lines.push(line);
        } else if state.lines.last().is_none_or(|last| last != EVERYTHING) {
            state.lines.push(EVERYTHING.to_owned());
        }
    }

    /// Waits until everything noted so far is on the disk. A disk that refuses is said and does not
    /// stop anybody: the next snapshot makes up for it.
    pub async fn sync(&self) {
        let _writing = self.writing.lock().await;
        let (text, until) = {
            let state = self.lock();
            let fresh = &state.lines[state.synced..];
            if fresh.is_empty() {
                return;
            }
            let until = state.dropped + state.lines.len();
            (in_lines(fresh), until)
        };
        let (path, title) = (self.path.clone(), self.title());
        let written = tokio::task::spawn_blocking(move || append(&path, &title, &text)).await;
        match written {
            Ok(Ok(())) => {
                let mut state = self.lock();
                state.synced = until - state.dropped;
            }
            Ok(Err(error)) => self.warn(&error),
            Err(error) => tracing::error!(%error, "noting what was changed has panicked"),
        }
    }

    /// This moment.
    #[must_use]
    pub fn mark(&self) -> Mark {
        let state = self.lock();
        Mark(state.dropped + state.lines.len())
    }

    /// A snapshot that was begun at this moment is on the disk: what was noted before is in it. Blocks;
    /// not for a thread that runs tasks.
    ///
    /// # Errors
    /// The file cannot be written: it then forgets more than it need.
    pub fn keep_since(&self, mark: Mark) -> Result<(), DataError> {
        let _writing = self.writing.blocking_lock();
        let text = {
            let mut state = self.lock();
            let old = mark.0 - state.dropped;
            state.lines.drain(..old);
            state.dropped = mark.0;
            state.synced = state.lines.len();
            self.text(&state.lines)
        };
        write_private(&self.path, text.as_bytes())
    }

    fn title(&self) -> String {
        format!("{TITLE}\nstore {}\n", self.store)
    }

    fn text(&self, lines: &[String]) -> String {
        self.title() + &in_lines(lines)
    }

    fn warn(&self, error: &(dyn std::error::Error + 'static)) {
        let (path, why) = (self.path.display(), crate::telemetry::in_full(error));
        tracing::warn!(%path, %why, "what was changed cannot be noted for a start without the store");
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn line_of(domain: DomainId, code: &str) -> String {
    format!("{domain} {code}")
}

fn in_lines(lines: &[String]) -> String {
    lines.iter().flat_map(|line| [line.as_str(), "\n"]).collect()
}

/// The entries in a file, and whether more can be appended to it. What is not Carom's forgets
/// everything; what is another store's, nothing.
fn lines_of(text: &str, store: StoreId) -> (Vec<String>, bool) {
    let everything = || (vec![EVERYTHING.to_owned()], false);
    let mut lines = text.lines();
    if lines.next() != Some(TITLE) {
        return everything();
    }
    match lines.next().and_then(|line| line.strip_prefix("store ")) {
        // A line that a crash has cut short was never acknowledged.
        Some(owner) if owner == store.to_string() => {
            (lines.map(str::to_owned).collect(), text.ends_with('\n'))
        }
        Some(_) => (Vec::new(), false),
        None => everything(),
    }
}

fn append(path: &Path, title: &str, text: &str) -> io::Result<()> {
    let mut file = OpenOptions::new().append(true).create(true).mode(0o600).open(path)?;
    if file.metadata()?.len() == 0 {
        file.write_all(title.as_bytes())?;
    }
    file.write_all(text.as_bytes())?;
    file.sync_data()
}

#[cfg(test)]
mod tests {
    use super::*;

    const STORE: StoreId = StoreId::from_stored(7);
    const DOMAIN: DomainId = DomainId::from_stored(3);

    fn lines(path: &Path) -> Vec<String> {
        Forgotten::open(path.to_owned(), STORE).lock().lines.clone()
    }

    #[tokio::test]
    async fn what_was_noted_outlives_the_process_until_a_snapshot_has_it() {
        let directory = tempfile::tempdir().expect("a directory");
        let path = directory.path().join("links.forgotten");
        let forgotten = Forgotten::open(path.clone(), STORE);
        forgotten.note(DOMAIN, "a b");
        forgotten.sync().await;
        forgotten.note_domain(DOMAIN);
        forgotten.sync().await;
        assert_eq!(lines(&path), ["3 a b", "3"]);

        let mark = forgotten.mark();
        forgotten.note(DOMAIN, "later");
        let forgotten = std::sync::Arc::new(forgotten);
        let keeping = std::sync::Arc::clone(&forgotten);
        let kept = tokio::task::spawn_blocking(move || keeping.keep_since(mark)).await;
        kept.expect("it does not panic").expect("written");
        assert_eq!(lines(&path), ["3 later"]);
        forgotten.note(DOMAIN, "last");
        forgotten.sync().await;
        assert_eq!(lines(&path), ["3 later", "3 last"]);
    }

    #[tokio::test]
    async fn a_file_that_cannot_be_trusted_forgets_everything_and_another_stores_nothing() {
        let directory = tempfile::tempdir().expect("a directory");
        let path = directory.path().join("links.forgotten");
        for (text, read) in [
            ("", &["*"][..]),
            ("rubbish\n", &["*"]),
            ("carom forgotten links 1\n", &["*"]),
            ("carom forgotten links 1\nstore 8\n3 a\n", &[]),
            ("carom forgotten links 1\nstore 7\n3 a\n3 b", &["3 a", "3 b"]),
        ] {
            fs::write(&path, text).expect("written");
            let forgotten = Forgotten::open(path.clone(), STORE);
            assert_eq!(forgotten.lock().lines, read, "{text:?}");
            forgotten.note(DOMAIN, "more");
            forgotten.sync().await;
            assert_eq!(lines(&path), [read, &["3 more"]].concat(), "{text:?}");
        }
    }

    #[test]
    fn it_does_not_grow_for_ever() {
        let directory = tempfile::tempdir().expect("a directory");
        let forgotten = Forgotten::open(directory.path().join("links.forgotten"), STORE);
        for place in 0..2 * ENTRIES_MAX {
            forgotten.note(DOMAIN, &place.to_string());
        }
        let state = forgotten.lock();
        assert_eq!(state.lines.len(), ENTRIES_MAX + 1);
        assert_eq!(state.lines.last().map(String::as_str), Some(EVERYTHING));
    }
}
