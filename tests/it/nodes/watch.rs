//! When an edit that was made on one node is seen on another.

use std::io::Write as _;
use std::net::SocketAddr;
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::{Duration, Instant};

use super::fixture::version_of;
use crate::support::http::{Connection, Response};

/// Pause between two rounds over the edits that are not seen yet.
const PAUSE: Duration = Duration::from_millis(5);

/// Connections of one watcher: a redirect that waits for the store must not hold up the other looks.
const EYES: usize = 8;

/// An edit that is not seen by then never will be.
const LOST: Duration = Duration::from_secs(30);

/// An edit that was answered.
#[derive(Debug, Clone)]
pub(super) struct Edit {
    pub(super) path: String,
    pub(super) version: u64,
    pub(super) answered: Instant,
}

/// What was seen of edits on a node.
#[derive(Debug, Default)]
pub(super) struct Sightings {
    /// Time from an edit's answer to the first redirect of its version that was looked at; a look too
    /// late counts as a late sighting.
    seen: Vec<Duration>,
    /// The longest time after which a redirect to an older version was still asked for and given.
    stale: Duration,
    /// How often a node could not look a link up in time.
    unavailable: usize,
}

impl Sightings {
    /// Looks at a node until all edits that come are seen, and no more come.
    pub(super) fn at(edge: SocketAddr, edits: &Receiver<Edit>) -> Self {
        let mut eyes: Vec<_> = (0..EYES).map(|_| Connection::open(edge)).collect();
        let mut sightings = Self::default();
        let mut unseen: Vec<Edit> = Vec::new();
        loop {
            match edits.recv_timeout(PAUSE) {
                Ok(edit) => unseen.push(edit),
                Err(RecvTimeoutError::Disconnected) if unseen.is_empty() => return sightings,
                Err(_) => {}
            }
            unseen.extend(edits.try_iter());
            let looked_at = std::mem::take(&mut unseen);
            for edits in looked_at.chunks(EYES) {
                let asked: Vec<_> = edits
                    .iter()
                    .zip(&mut eyes)
                    .map(|(edit, eye)| {
                        eye.send("GET", &edit.path, &[], b"");
                        Instant::now()
                    })
                    .collect();
                for ((edit, eye), asked) in edits.iter().zip(&mut eyes).zip(asked) {
                    let response = eye.read_response();
                    if !sightings.take(edit, asked, &response) {
                        unseen.push(edit.clone());
                    }
                }
            }
        }
    }

    /// Whether an answer shows the edit.
    fn take(&mut self, edit: &Edit, asked: Instant, response: &Response) -> bool {
        let asked_after = asked - edit.answered;
        let version = match response.status {
            302 => version_of(response.header("location").expect("a target")),
            // It could not be looked up in time, which is neither old nor new.
            503 => {
                self.unavailable += 1;
                return false;
            }
            status => panic!("{status}: {}", response.text()),
        };
        if version >= edit.version {
            self.seen.push(edit.answered.elapsed());
            return true;
        }
        let Edit { path, version: wanted, .. } = edit;
        assert!(
            asked_after < LOST,
            "{path} is still at {version} of {wanted} after {asked_after:?}"
        );
        self.stale = self.stale.max(asked_after);
        false
    }

    /// Together with what was seen elsewhere.
    pub(super) fn and(mut self, other: Self) -> Self {
        self.seen.extend(other.seen);
        self.stale = self.stale.max(other.stale);
        self.unavailable += other.unavailable;
        self
    }

    /// How many edits were seen.
    pub(super) fn count(&self) -> usize {
        self.seen.len()
    }

    /// No node answered with an older version later than `bound` after an edit's answer; says how
    /// long it took.
    #[track_caller]
    pub(super) fn are_within(&mut self, bound: Duration, what: &str) {
        self.seen.sort_unstable();
        let last = self.seen.len().checked_sub(1).expect("an edit was seen");
        let at = |share: f64| self.seen[(last as f64 * share) as usize];
        let line = format!(
            "{what}: {} sightings, p50 {:.0?}, p90 {:.0?}, p99 {:.0?}, p99.9 {:.0?}, worst {:.0?}; \
             answered with an older version up to {:.0?} after the edit; {} answers were 503\n",
            self.seen.len(),
            at(0.5),
            at(0.9),
            at(0.99),
            at(0.999),
            at(1.0),
            self.stale,
            self.unavailable
        );
        // Past the capture, so that a run that passes shows it too with `--nocapture` or not.
        std::io::stdout().write_all(line.as_bytes()).expect("somewhere to write");
        assert!(self.stale <= bound, "{line}");
    }
}
