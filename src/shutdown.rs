//! Leaving: what the signals mean.

use std::io;

use tokio::signal::unix::{Signal, SignalKind, signal};

/// The signals that end a process politely.
pub struct Signals {
    terminate: Signal,
    interrupt: Signal,
}

impl Signals {
    /// Listens for `SIGTERM` and `SIGINT` from now on.
    ///
    /// # Errors
    /// The operating system refuses.
    pub fn listen() -> io::Result<Self> {
        Ok(Self {
            terminate: signal(SignalKind::terminate())?,
            interrupt: signal(SignalKind::interrupt())?,
        })
    }

    /// Waits for the next of them and returns its name and the exit code of a process that it ends
    /// (128 and its number).
    pub async fn next(&mut self) -> (&'static str, i32) {
        tokio::select! {
            _ = self.terminate.recv() => ("SIGTERM", 143),
            _ = self.interrupt.recv() => ("SIGINT", 130),
        }
    }

    /// A second signal ends the process at once, whatever is still open.
    pub fn hurry(mut self) {
        tokio::spawn(async move {
            let (name, code) = self.next().await;
            tracing::error!("{name} again: leaving at once");
            std::process::exit(code);
        });
    }
}
