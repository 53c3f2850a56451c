//! Leaving: what the signals mean.

use std::io;
use std::time::Duration;

use tokio::signal::unix::{Signal, SignalKind, signal};

/// Signals so soon after the first are its echo.
const ECHO: Duration = Duration::from_millis(250);

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

    /// A second signal, a moment later, ends the process at once, whatever is still open.
    pub fn hurry(mut self) {
        tokio::spawn(async move {
            // A supervisor may send the same signal to the process and to its group at once.
            let echoes = async { while self.next().await.1 > 0 {} };
            let _ = tokio::time::timeout(ECHO, echoes).await;
            tracing::info!("another signal ends this process at once");
            let (name, code) = self.next().await;
            tracing::error!("{name} again: leaving at once");
            std::process::exit(code);
        });
    }
}
