//! A server of our own: started, its addresses read from what it prints, and gone at the end
//! whatever happens.

use std::fs::{self, File};
use std::io::{BufRead as _, BufReader};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail, ensure};
use nix::sys::signal::Signal;

use crate::cores::Cores;
use crate::process;

/// A server that has not said where it listens by then will not.
const START_MAX: Duration = Duration::from_secs(30);

/// How long a server may take to stop when asked.
const STOP_MAX: Duration = Duration::from_secs(15);

/// A running server. Dropping it kills it.
pub(crate) struct Server {
    child: Child,
    name: String,
    log: PathBuf,
}

impl Server {
    /// Starts `command` on the server's core and waits until it has printed a line for each of
    /// `labels`: the label, white space, a URL. Returns the URLs in the order of the labels. What
    /// it says on stderr goes to a file in `directory`.
    pub(crate) fn start<const N: usize>(
        name: &str,
        command: &mut Command,
        cores: Cores,
        directory: &Path,
        labels: [&str; N],
    ) -> Result<(Self, [String; N])> {
        let log = directory.join(format!("{name}.log"));
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(File::create(&log)?);
        let mut child =
            cores.spawn_server(command).with_context(|| format!("cannot start {name}"))?;
        let stdout = child.stdout.take();
        let server = Self { child, name: name.to_owned(), log };
        let stdout = stdout.context("the server's stdout is not ours")?;
        let urls = server.await_urls(stdout, labels)?;
        Ok((server, urls))
    }

    /// The process id.
    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Asks the server to stop and requires that it ends in time and with exit code 0.
    pub(crate) fn stop(mut self) -> Result<()> {
        process::send(self.pid(), Signal::SIGTERM);
        let status = process::wait_within(&mut self.child, STOP_MAX)?;
        let Some(status) = status else {
            bail!(
                "{} did not stop within {} s of SIGTERM{}",
                self.name,
                STOP_MAX.as_secs(),
                self.last_words()
            )
        };
        ensure!(
            status.success(),
            "{} ended with {status} after SIGTERM{}",
            self.name,
            self.last_words()
        );
        Ok(())
    }

    fn await_urls<const N: usize>(
        &self,
        stdout: ChildStdout,
        labels: [&str; N],
    ) -> Result<[String; N]> {
        let (sender, lines) = mpsc::channel();
        thread::spawn(move || forward_lines(stdout, &sender));
        let deadline = Instant::now() + START_MAX;
        let mut found = [const { None }; N];
        while found.iter().any(Option::is_none) {
            let line = match lines.recv_timeout(deadline.saturating_duration_since(Instant::now()))
            {
                Ok(line) => line,
                Err(RecvTimeoutError::Timeout) => {
                    bail!(
                        "{} did not say where it listens within {} s{}",
                        self.name,
                        START_MAX.as_secs(),
                        self.last_words()
                    )
                }
                Err(RecvTimeoutError::Disconnected) => {
                    bail!("{} ended before it listened{}", self.name, self.last_words())
                }
            };
            for (label, url) in labels.iter().zip(&mut found) {
                *url = url.take().or_else(|| url_after(label, &line));
            }
        }
        Ok(found.map(Option::unwrap_or_default))
    }

    /// The end of the log, for an error.
    fn last_words(&self) -> String {
        tail(&self.log)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // Already awaited when it was stopped: then this does nothing.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The last lines of a log as the end of an error message, or nothing when it is empty.
pub(crate) fn tail(log: &Path) -> String {
    let text = fs::read(log).unwrap_or_default();
    let text = String::from_utf8_lossy(&text);
    let lines: Vec<&str> = text.trim_end().lines().rev().take(10).collect();
    lines.iter().rev().map(|line| format!("\n  | {line}")).collect()
}

/// The host and port of a URL such as `http://127.0.0.1:43211`.
pub(crate) fn address_of(url: &str) -> Result<SocketAddr> {
    url.strip_prefix("http://")
        .and_then(|rest| rest.trim_end_matches('/').parse().ok())
        .with_context(|| format!("`{url}` is not http://ADDRESS:PORT"))
}

/// Reads to the end, even when nobody wants the lines any more: a full pipe would stop the server.
fn forward_lines(stdout: ChildStdout, lines: &Sender<String>) {
    for line in BufReader::new(stdout).lines().map_while(Result::ok) {
        let _ = lines.send(line);
    }
}

fn url_after(label: &str, line: &str) -> Option<String> {
    let rest = line.trim().strip_prefix(label)?;
    if !rest.starts_with(char::is_whitespace) {
        return None;
    }
    let url = rest.split_whitespace().next()?;
    url.starts_with("http://").then(|| url.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_follows_its_label() {
        let url = || Some("http://127.0.0.1:43211".to_owned());
        assert_eq!(url_after("redirects", "  redirects  http://127.0.0.1:43211"), url());
        assert_eq!(url_after("listening", "listening http://127.0.0.1:43211"), url());
        assert_eq!(url_after("admin", "  redirects  http://127.0.0.1:43211"), None);
        assert_eq!(url_after("admin", "administrator http://127.0.0.1:43211"), None);
        assert_eq!(url_after("admin", "admin is off"), None);
        assert_eq!(url_after("admin", "admin"), None);
    }

    #[test]
    fn an_address_is_read_from_a_url() -> Result<()> {
        assert_eq!(address_of("http://127.0.0.1:80/")?, "127.0.0.1:80".parse()?);
        assert!(address_of("https://127.0.0.1:80").is_err());
        assert!(address_of("http://127.0.0.1").is_err());
        Ok(())
    }

    #[test]
    fn a_server_that_ends_at_once_is_reported_with_its_last_words() -> Result<()> {
        let directory = tempfile::tempdir()?;
        let mut command = Command::new("sh");
        command.args(["-c", "echo no store named >&2"]);
        let error =
            Server::start("sh", &mut command, Cores::Shared, directory.path(), ["listening"])
                .err()
                .context("it never listened")?;
        assert_eq!(error.to_string(), "sh ended before it listened\n  | no store named");
        Ok(())
    }

    #[test]
    fn a_stopped_server_must_end_with_zero() -> Result<()> {
        let directory = tempfile::tempdir()?;
        let start = |script: &str| {
            let mut command = Command::new("sh");
            command.args(["-c", script]);
            Server::start("sh", &mut command, Cores::Shared, directory.path(), ["listening"])
        };
        let script = |code| {
            format!(
                "trap 'exit {code}' TERM; echo listening http://127.0.0.1:1; while :; do sleep 0.05; done"
            )
        };
        let (server, [url]) = start(&script(0))?;
        assert_eq!(url, "http://127.0.0.1:1");
        server.stop()?;
        let (server, _) = start(&script(3))?;
        assert!(server.stop().is_err());
        Ok(())
    }
}
