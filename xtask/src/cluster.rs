//! A private Postgres cluster that cannot outlive us.

use std::ffi::OsString;
use std::fs::{self, File};
use std::net::TcpListener;
use std::os::unix::fs::chown;
use std::os::unix::process::CommandExt as _;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use nix::sys::signal::Signal;
use nix::unistd::{User, geteuid};
use tempfile::TempDir;

use crate::postgres;
use crate::process;
use crate::server::tail;

/// A cluster that is not ready by then will not be.
const START_MAX: Duration = Duration::from_secs(60);

/// Enough for the checkpoint of a fast shutdown.
const STOP_MAX: Duration = Duration::from_secs(30);

/// Another process may take the port between our asking for a free one and the server's binding it.
const TRIES: usize = 3;

/// Holds the server as its child until its own stdin is closed, which the kernel does for us even
/// when we are killed. `$0` is the directory to remove afterwards.
const SUPERVISOR: &str = r#"
exec 3<&0
"$@" 3<&- </dev/null &
server=$!
read -r _ <&3
kill -INT "$server" 2>/dev/null
wait "$server"
rm -rf "$0"
"#;

/// Whether commits survive a power cut.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Durability {
    /// They do, as Postgres has it by default.
    Synced,
    /// They do not: faster, and the figures mean less.
    Unsynced,
}

/// A running private cluster in a temporary directory. Dropping it stops it and removes its files.
pub(crate) struct Cluster {
    supervisor: Child,
    files: Files,
    port: u16,
}

/// Where a cluster lives, and as whom.
struct Files {
    binaries: PathBuf,
    directory: TempDir,
    /// Postgres refuses to run as root, who becomes this user for it.
    user: Option<User>,
}

impl Cluster {
    /// Creates a cluster and starts it on a free port of 127.0.0.1, open to whoever can reach that.
    pub(crate) fn start(durability: Durability) -> Result<Self> {
        for _ in 1..TRIES {
            if let Ok(cluster) = Self::start_once(durability) {
                return Ok(cluster);
            }
        }
        Self::start_once(durability)
    }

    /// The URL of its empty database, as a superuser without a password.
    pub(crate) fn url(&self) -> String {
        format!("postgres://carom@127.0.0.1:{}/postgres", self.port)
    }

    /// The server's process, whose children do its work.
    pub(crate) fn pid(&self) -> Option<u32> {
        self.files.server_pid()
    }

    fn start_once(durability: Durability) -> Result<Self> {
        let files = Files::create()?;
        files.initdb()?;
        let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
        let supervisor = files.supervise(&files.server(port, durability))?;
        let cluster = Self { supervisor, files, port };
        cluster.wait_until_ready()?;
        Ok(cluster)
    }

    fn wait_until_ready(&self) -> Result<()> {
        let deadline = Instant::now() + START_MAX;
        let log = self.files.log();
        while !self.files.is_ready() {
            let has_failed = fs::read_to_string(&log).unwrap_or_default().contains("FATAL");
            ensure!(
                !has_failed && Instant::now() < deadline,
                "Postgres did not start{}",
                tail(&log)
            );
            thread::sleep(Duration::from_millis(20));
        }
        Ok(())
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        drop(self.supervisor.stdin.take());
        if let Ok(Some(_)) = process::wait_within(&mut self.supervisor, STOP_MAX) {
            return;
        }
        // Immediate shutdown; the supervisor waits for it and then ends by itself.
        if let Some(server) = self.files.server_pid() {
            process::send(server, Signal::SIGQUIT);
        }
        let _ = self.supervisor.wait();
    }
}

impl Files {
    fn create() -> Result<Self> {
        let binaries = postgres::find().context("there is no Postgres server on this machine")?;
        let directory = tempfile::Builder::new().prefix("carom-postgres-").tempdir()?;
        let user = if geteuid().is_root() {
            let user = User::from_name("postgres")?;
            let user =
                user.context("Postgres refuses to run as root, and there is no user `postgres`")?;
            chown(directory.path(), Some(user.uid.as_raw()), Some(user.gid.as_raw()))?;
            Some(user)
        } else {
            None
        };
        Ok(Self { binaries, directory, user })
    }

    fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    fn log(&self) -> PathBuf {
        self.path("postgres.log")
    }

    /// A program of Postgres's and its arguments, to be run as the right user.
    fn program(&self, name: &str) -> Vec<OsString> {
        let mut words: Vec<OsString> = Vec::new();
        if let Some(user) = &self.user {
            let (user, group) = (format!("--reuid={}", user.uid), format!("--regid={}", user.gid));
            words.extend([
                "setpriv".into(),
                user.into(),
                group.into(),
                "--clear-groups".into(),
                "--".into(),
            ]);
        }
        words.push(self.binaries.join(name).into());
        words.extend(["-D".into(), self.path("data").into()]);
        words
    }

    fn initdb(&self) -> Result<()> {
        let mut words = self.program("initdb");
        let options = ["-U", "carom", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync"];
        words.extend(options.map(OsString::from));
        let output = Command::new(&words[0])
            .args(&words[1..])
            .current_dir(self.directory.path())
            .stdin(Stdio::null())
            .output()
            .context("cannot run initdb")?;
        let said = String::from_utf8_lossy(&output.stderr);
        ensure!(output.status.success(), "initdb failed ({}): {}", output.status, said.trim());
        Ok(())
    }

    fn server(&self, port: u16, durability: Durability) -> Vec<OsString> {
        let mut words = self.program("postgres");
        let mut set =
            |name: &str, value: &str| words.extend(["-c".into(), format!("{name}={value}").into()]);
        set("listen_addresses", "127.0.0.1");
        set("port", &port.to_string());
        set("unix_socket_directories", &self.directory.path().to_string_lossy());
        if durability == Durability::Unsynced {
            for name in ["fsync", "synchronous_commit", "full_page_writes"] {
                set(name, "off");
            }
        }
        words
    }

    fn supervise(&self, server: &[OsString]) -> Result<Child> {
        let log = File::create(self.log())?;
        Command::new("sh")
            .arg("-c")
            .arg(SUPERVISOR)
            .arg(self.directory.path())
            .args(server)
            .current_dir(self.directory.path())
            .stdin(Stdio::piped())
            .stdout(log.try_clone()?)
            .stderr(log)
            // Out of reach of the terminal's Ctrl-C: it ends us, and our end ends the supervisor in
            // good order.
            .process_group(0)
            .spawn()
            .context("cannot start the supervisor of Postgres")
    }

    /// The server writes its state into the eighth line of its pid file.
    fn is_ready(&self) -> bool {
        let text = self.pid_file();
        text.lines().nth(7).is_some_and(|state| state.trim() == "ready")
    }

    fn server_pid(&self) -> Option<u32> {
        self.pid_file().lines().next()?.trim().parse().ok()
    }

    fn pid_file(&self) -> String {
        fs::read_to_string(self.path("data/postmaster.pid")).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use std::net::TcpStream;

    use super::*;

    #[test]
    fn a_cluster_is_reachable_while_we_hold_it_and_gone_afterwards() -> Result<()> {
        if postgres::find().is_none() {
            println!("skipped: there is no Postgres server on this machine");
            return Ok(());
        }
        let cluster = Cluster::start(Durability::Unsynced)?;
        let port = cluster.port;
        let directory = cluster.files.directory.path().to_owned();
        TcpStream::connect(("127.0.0.1", port))?;

        drop(cluster);

        assert!(TcpStream::connect(("127.0.0.1", port)).is_err());
        assert!(!directory.exists());
        Ok(())
    }
}
