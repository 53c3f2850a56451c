//! Out of file descriptors, or of the kernel's memory: room is made, or whoever waits is told that
//! there is none. Never a loop that turns as fast as it can: `accept` would fail each time.

use std::fs::File;
use std::io;
use std::rc::Rc;
use std::task::Poll;
use std::time::{Duration, Instant};

use rustix::io::Errno;
use tokio::net::TcpListener;

use super::listener::{accepted, admit};
use super::worker::Worker;
use crate::metrics::ConnectionEvent;

/// Pause after an error of `accept` that the next call would meet again.
const PAUSE: Duration = Duration::from_millis(50);

/// Clients that are turned away between two pauses; the next ones wait for descriptors meanwhile.
const TURNED_AWAY_MAX: usize = 64;

/// Descriptors that each worker keeps for turning clients away. Several, because the one that is given
/// up may go to whoever else waits for one, such as the journal: what that wants is soon satisfied.
const SPARES: usize = 8;

/// One warning in so long: a flood must not fill the log.
const WARNED_FOR: Duration = Duration::from_secs(60);

/// What one worker knows of the shortage it is in.
pub(super) struct Shortage {
    /// One is given up to accept a client, who is then let go.
    spares: Vec<File>,
    /// Whether there was nobody to make room the last time.
    is_crowded: bool,
    warned_at: Option<Instant>,
}

impl Shortage {
    /// No shortage yet.
    pub(super) fn new() -> Self {
        let mut shortage = Self { spares: Vec::new(), is_crowded: false, warned_at: None };
        shortage.keep_spares();
        shortage
    }

    /// Somebody was accepted.
    pub(super) fn is_over(&mut self) {
        self.is_crowded = false;
        if self.spares.len() < SPARES {
            self.keep_spares();
        }
    }

    fn keep_spares(&mut self) {
        while self.spares.len() < SPARES
            && let Ok(spare) = File::open("/dev/null")
        {
            self.spares.push(spare);
        }
    }

    /// `accept` has failed: makes room and takes in whoever waits, or pauses.
    pub(super) async fn met(
        &mut self,
        worker: &Rc<Worker>,
        listener: &TcpListener,
        error: &io::Error,
    ) {
        worker.metrics.connection(ConnectionEvent::NotAccepted);
        self.warn(error);
        if !is_shortage(error) {
            return tokio::time::sleep(PAUSE).await;
        }
        if worker.crowd.make_room() {
            worker.metrics.connection(ConnectionEvent::MadeRoom);
            // Its task closes it in its next turn.
            tokio::task::yield_now().await;
            if let Poll::Ready(Ok((socket, peer))) = accepted(listener) {
                admit(worker, socket, peer);
                return self.is_over();
            }
            // Another thread was faster. A pause, or it would get all that are idle, one by one.
        } else if std::mem::replace(&mut self.is_crowded, true) {
            // Twice in a row everybody was busy: better a closed door than one nobody answers.
            self.turn_away(worker, listener);
        }
        tokio::time::sleep(PAUSE).await;
    }

    fn turn_away(&mut self, worker: &Worker, listener: &TcpListener) {
        for _ in 0..TURNED_AWAY_MAX {
            if self.spares.pop().is_none() {
                break;
            }
            let Poll::Ready(accepted) = accepted(listener) else { break };
            if let Ok(client) = accepted {
                worker.metrics.connection(ConnectionEvent::Refused);
                drop(client);
            }
            // In the place that the client had; or there is one fewer.
            self.spares.extend(File::open("/dev/null"));
        }
    }

    fn warn(&mut self, error: &io::Error) {
        let now = Instant::now();
        if self.warned_at.is_none_or(|at| now.duration_since(at) > WARNED_FOR) {
            self.warned_at = Some(now);
            tracing::warn!(
                %error,
                "cannot accept connections: the longest idle ones make room \
                 (said once a minute; carom_connections_total{{event=\"not_accepted\"}} counts)"
            );
        }
    }
}

/// Whether it ends when a connection does.
fn is_shortage(error: &io::Error) -> bool {
    let short = [Errno::MFILE, Errno::NFILE, Errno::NOBUFS, Errno::NOMEM];
    Errno::from_io_error(error).is_some_and(|errno| short.contains(&errno))
}
