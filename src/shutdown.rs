//! What the signals mean: leaving, and reading the configuration again.

use std::io;
use std::time::Duration;

use tokio::signal::unix::{Signal, SignalKind, signal};

/// Signals so soon after the first are its echo.
const ECHO: Duration = Duration::from_millis(250);

/// The signals that this process listens to.
pub struct Signals {
    terminate: Signal,
    interrupt: Signal,
    hangup: Signal,
}

/// What a signal asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Told {
    /// To leave: the signal's name and the exit code of a process that it ends (128 and its number).
    Leave(&'static str, i32),
    /// To read the configuration again.
    Reload,
}

impl Signals {
    /// Listens for `SIGTERM`, `SIGINT` and `SIGHUP` from now on.
    ///
    /// # Errors
    /// The operating system refuses.
    pub fn listen() -> io::Result<Self> {
        Ok(Self {
            terminate: signal(SignalKind::terminate())?,
            interrupt: signal(SignalKind::interrupt())?,
            hangup: signal(SignalKind::hangup())?,
        })
    }

    /// Waits for the next of them.
    pub async fn next(&mut self) -> Told {
        tokio::select! {
            _ = self.terminate.recv() => Told::Leave("SIGTERM", 143),
            _ = self.interrupt.recv() => Told::Leave("SIGINT", 130),
            _ = self.hangup.recv() => Told::Reload,
        }
    }

    /// A second signal, a moment later, ends the process at once, whatever is still open.
    pub fn hurry(mut self) {
        tokio::spawn(async move {
            // A supervisor may send the same signal to the process and to its group at once.
            let echoes = async {
                loop {
                    self.next().await;
                }
            };
            let _ = tokio::time::timeout(ECHO, echoes).await;
            tracing::info!("another signal ends this process at once");
            loop {
                if let Told::Leave(name, code) = self.next().await {
                    tracing::error!("{name} again: leaving at once");
                    std::process::exit(code);
                }
            }
        });
    }
}
