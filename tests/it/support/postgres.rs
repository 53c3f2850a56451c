//! Postgres for tests: private clusters in temporary directories, and an empty place on them for
//! each test.
//!
//! A cluster is the child of a small shell script that listens to a pipe of ours. When the pipe is
//! closed, by us or by the kernel because we were killed, it stops the server and removes its files.

use std::cmp::Reverse;
use std::env;
use std::ffi::OsString;
use std::fs;
use std::io::Write as _;
use std::net::{SocketAddr, TcpListener};
use std::os::unix::fs::{MetadataExt as _, chown};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::time::Duration;

use carom::model::random;
use url::Url;

use super::process::{Signal, children_of, is_alive, send, wait_for_end};
use super::sql::execute;
use super::wait::eventually;

/// Names a database in which these tests may create schemas, as a superuser; then no server is
/// started for those that only need an empty place. Those that stop a server start their own.
const TEST_DATABASE_URL: &str = "TEST_DATABASE_URL";

/// A server that is not ready by then will not be.
const START_MAX: Duration = Duration::from_secs(30);

/// Enough for a shutdown in which five seconds are given to children that do not react.
const STOP_MAX: Duration = Duration::from_secs(20);

/// Another process may take a port between our finding it free and the server's binding it.
const TRIES: usize = 5;

/// The server's words, in the cluster's directory.
const LOG: &str = "postgres.log";

/// `$0` is the directory, the rest the server's command. An immediate shutdown is enough at the
/// end: nobody will need the files. A frozen server and its children must be woken to hear of it.
const SUPERVISOR: &str = r#"
exec 3<&0
while read -r word <&3; do
    case $word in
    start) "$@" 3<&- </dev/null >"$0/postgres.log" 2>&1 & server=$! ;;
    stop) kill -INT "$server"; wait "$server" ;;
    esac
done
kill -QUIT "$server" 2>/dev/null
kill -CONT "$server" $(cat "/proc/$server/task/$server/children") 2>/dev/null
wait
rm -rf "$0"
"#;

/// A private Postgres server. Dropping it stops it and removes its files.
#[derive(Debug)]
pub(crate) struct Cluster {
    supervisor: Child,
    directory: PathBuf,
    port: u16,
}

/// An empty place of one's own, whose address is that of a database.
///
/// It is a schema: nobody sees another's tables, and it is there in a millisecond, while
/// `CREATE DATABASE` copies 7 MiB and takes half a second.
#[derive(Debug)]
pub(crate) struct Database {
    /// How to reach it.
    pub(crate) url: String,
    name: String,
    /// Where it is dropped; one on a private cluster goes with the cluster.
    shared_server: Option<&'static str>,
}

/// The server that all tests of this process share.
///
/// # Panics
/// When there is no Postgres on this machine.
pub(crate) fn shared_server() -> &'static str {
    static URL: OnceLock<String> = OnceLock::new();
    // Never dropped: the supervisor ends it when this process ends.
    static CLUSTER: OnceLock<Cluster> = OnceLock::new();
    URL.get_or_init(|| {
        env::var(TEST_DATABASE_URL).unwrap_or_else(|_| CLUSTER.get_or_init(Cluster::start).url())
    })
}

/// An empty place on the shared server, dropped with this value.
pub(crate) fn fresh_database() -> Database {
    let server = shared_server();
    let mut database = Database::create(server);
    database.shared_server = Some(server);
    database
}

impl Database {
    fn create(server: &str) -> Self {
        let name = format!("carom_test_{}", random::text(b"abcdefghijkmnpqrstuvwxyz", 12));
        execute(server, &format!("CREATE SCHEMA {name}"))
            .unwrap_or_else(|error| panic!("no schema can be made on {server}: {error:?}"));
        let mut url = Url::parse(server).expect("the server's URL");
        url.query_pairs_mut().append_pair("options", &format!("-csearch_path={name}"));
        Self { url: url.into(), name, shared_server: None }
    }
}

impl Database {
    /// Runs a statement past the program.
    pub(crate) fn execute(&self, sql: &str) {
        execute(&self.url, sql).unwrap_or_else(|error| panic!("`{sql}`: {error:?}"));
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        if let Some(server) = self.shared_server {
            // A schema that stays is no failure of the test that used it.
            let _ = execute(server, &format!("DROP SCHEMA {} CASCADE", self.name));
        }
    }
}

impl Cluster {
    /// Creates a cluster and starts its server.
    ///
    /// # Panics
    /// When there is no Postgres on this machine, or it does not start.
    pub(crate) fn start() -> Self {
        let files = Files::create();
        files.initdb();
        for _ in 1..TRIES {
            if let Some(cluster) = Self::try_on(&files, free_port()) {
                return cluster;
            }
        }
        Self::try_on(&files, free_port()).unwrap_or_else(|| {
            panic!("Postgres does not start: see {}", files.directory.join(LOG).display())
        })
    }

    fn try_on(files: &Files, port: u16) -> Option<Self> {
        let supervisor = files.supervise(port);
        let mut cluster = Self { supervisor, directory: files.directory.clone(), port };
        if cluster.launch() {
            return Some(cluster);
        }
        // The files are still needed: the supervisor must not tidy up.
        send(Signal::Kill, &[cluster.supervisor.id()]);
        None
    }

    /// The URL of its empty database, for a superuser without a password.
    pub(crate) fn url(&self) -> String {
        format!("postgres://carom@127.0.0.1:{}/postgres", self.port)
    }

    /// Where it listens.
    pub(crate) fn address(&self) -> SocketAddr {
        ([127, 0, 0, 1], self.port).into()
    }

    /// What the server has logged since its last start.
    pub(crate) fn log(&self) -> String {
        fs::read_to_string(self.directory.join(LOG)).expect("the server's log")
    }

    /// An empty place on this server.
    pub(crate) fn fresh_database(&self) -> Database {
        Database::create(&self.url())
    }

    /// Ends the server in good order: clients are told, and the port refuses.
    pub(crate) fn stop(&mut self) {
        let server = self.server();
        self.tell("stop");
        eventually(STOP_MAX, "Postgres stops", || !is_alive(server));
    }

    /// Ends the server and everything of it on the spot.
    pub(crate) fn kill(&mut self) {
        let all = self.everybody();
        send(Signal::Kill, &all);
        eventually(STOP_MAX, "Postgres is gone", || all.iter().all(|&pid| !is_alive(pid)));
    }

    /// Starts the server again, on the same port and the same data.
    pub(crate) fn start_again(&mut self) {
        assert!(self.launch(), "Postgres did not start again");
    }

    /// Makes the server a standby that waits for a primary: it can only be read.
    pub(crate) fn become_standby(&mut self) {
        self.stop();
        fs::write(self.directory.join("data/standby.signal"), "").expect("the cluster's directory");
        self.start_again();
    }

    /// Halts the server: connections stay open, and nothing answers.
    pub(crate) fn freeze(&self) {
        // The parent first, so that no child is born meanwhile.
        send(Signal::Stop, &[self.server()]);
        send(Signal::Stop, &children_of(self.server()));
    }

    /// Ends the halt.
    pub(crate) fn thaw(&self) {
        send(Signal::Continue, &self.everybody());
    }

    fn tell(&mut self, word: &str) {
        let pipe = self.supervisor.stdin.as_mut().expect("the pipe to the supervisor");
        writeln!(pipe, "{word}").expect("the supervisor lives");
    }

    /// Starts the server and waits until it is ready; `false` if it ended instead.
    fn launch(&mut self) -> bool {
        let log = self.directory.join(LOG);
        // What the server before left would be taken for this one's; there may be nothing.
        let _ = fs::remove_file(self.pid_file());
        let _ = fs::remove_file(&log);
        self.tell("start");
        eventually(START_MAX, "Postgres starts", || {
            // It writes its state into the eighth line of its pid file.
            let state = fs::read_to_string(self.pid_file()).unwrap_or_default();
            let state = state.lines().nth(7).unwrap_or_default().trim();
            if matches!(state, "ready" | "standby") {
                return Some(true);
            }
            let said = fs::read_to_string(&log).unwrap_or_default();
            said.contains("database system is shut down").then_some(false)
        })
    }

    fn everybody(&self) -> Vec<u32> {
        let server = self.server();
        std::iter::once(server).chain(children_of(server)).collect()
    }

    fn server(&self) -> u32 {
        let file = fs::read_to_string(self.pid_file()).expect("a running server's pid file");
        file.lines()
            .next()
            .and_then(|pid| pid.trim().parse().ok())
            .expect("its first line is a pid")
    }

    fn pid_file(&self) -> PathBuf {
        self.directory.join("data/postmaster.pid")
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        drop(self.supervisor.stdin.take());
        wait_for_end(&mut self.supervisor, STOP_MAX);
    }
}

/// Where a cluster lives, and as whom.
struct Files {
    binaries: PathBuf,
    directory: PathBuf,
    /// Words before a command: Postgres refuses to run as root, who becomes `postgres` for it.
    lead: Vec<OsString>,
}

impl Files {
    fn create() -> Self {
        let binaries = find_binaries();
        let directory = tempfile::Builder::new()
            .prefix("carom-test-postgres-")
            .tempdir()
            .expect("a temporary directory")
            .keep();
        let is_root = fs::metadata("/proc/self").is_ok_and(|me| me.uid() == 0);
        let lead = if is_root {
            let (user, group) = user_postgres();
            chown(&directory, Some(user), Some(group)).expect("root gives directories away");
            let words = [format!("--reuid={user}"), format!("--regid={group}")];
            let words = words.map(OsString::from).into_iter();
            std::iter::once("setpriv".into())
                .chain(words)
                .chain(["--clear-groups".into(), "--".into()])
                .collect()
        } else {
            Vec::new()
        };
        Self { binaries, directory, lead }
    }

    /// A program of Postgres', to be run as the right user.
    fn program(&self, name: &str) -> Vec<OsString> {
        let mut words = self.lead.clone();
        words.push(self.binaries.join(name).into());
        words.extend(["-D".into(), self.directory.join("data").into()]);
        words
    }

    fn initdb(&self) {
        let mut words = self.program("initdb");
        let options = ["-U", "carom", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync"];
        words.extend(options.map(OsString::from));
        let output = Command::new(&words[0])
            .args(&words[1..])
            .current_dir(&self.directory)
            .stdin(Stdio::null())
            .output()
            .unwrap_or_else(|error| panic!("cannot run {}: {error}", words[0].display()));
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "initdb failed ({}): {said}", output.status);
    }

    fn supervise(&self, port: u16) -> Child {
        let mut server = self.program("postgres");
        let sockets = self.directory.display();
        for setting in [
            "listen_addresses=127.0.0.1".to_owned(),
            format!("port={port}"),
            format!("unix_socket_directories={sockets}"),
            "max_connections=300".to_owned(),
            // The files need not survive the machine. What is committed must survive `kill`.
            "fsync=off".to_owned(),
            "full_page_writes=off".to_owned(),
        ] {
            server.extend(["-c".into(), setting.into()]);
        }
        Command::new("sh")
            .arg("-c")
            .arg(SUPERVISOR)
            .arg(&self.directory)
            .args(server)
            .current_dir(&self.directory)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            // Out of reach of the terminal's Ctrl-C: it ends us, and our end ends the server.
            .process_group(0)
            .spawn()
            .expect("every Unix has a shell")
    }
}

/// The directory with `initdb` and `postgres`: on the `PATH`, else the newest of Debian's.
fn find_binaries() -> PathBuf {
    let path = env::var_os("PATH").unwrap_or_default();
    let mut versions: Vec<PathBuf> = fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .flatten()
        .map(|entry| entry.path())
        .collect();
    versions.sort_by_key(|directory| Reverse(version_of(directory)));
    env::split_paths(&path)
        .chain(versions.into_iter().map(|directory| directory.join("bin")))
        .find(|directory| ["initdb", "postgres"].iter().all(|name| directory.join(name).is_file()))
        .unwrap_or_else(|| {
            panic!(
                "these tests need a Postgres server: install one (on Debian `apt-get install \
                 postgresql`), put its `initdb` and `postgres` on the PATH, or name a server in \
                 {TEST_DATABASE_URL}"
            )
        })
}

fn version_of(directory: &Path) -> u32 {
    let name = directory.file_name().and_then(|name| name.to_str());
    name.and_then(|name| name.parse().ok()).unwrap_or_default()
}

/// User and group of the account that Debian's package makes.
fn user_postgres() -> (u32, u32) {
    let accounts = fs::read_to_string("/etc/passwd").unwrap_or_default();
    let account = accounts.lines().find_map(|line| line.strip_prefix("postgres:"));
    let mut fields = account
        .expect("Postgres refuses to run as root, and there is no user `postgres` to run it as")
        .split(':')
        .skip(1)
        .map(|number| number.parse().expect("passwd(5): the third and fourth fields are numbers"));
    (fields.next().expect("a user"), fields.next().expect("a group"))
}

/// A port below those that the kernel hands out by itself: nobody is given it while the server is
/// stopped.
fn free_port() -> u16 {
    loop {
        let port = 10_000 + u16::from_le_bytes(random::bytes()) % 20_000;
        if TcpListener::bind(("127.0.0.1", port)).is_ok() {
            return port;
        }
    }
}

/// Proof that the script keeps its word: a test process cannot be killed from inside a test, but its
/// pipe can be closed.
#[test]
fn a_cluster_is_gone_with_its_files_when_its_pipe_is_closed() {
    let mut cluster = Cluster::start();
    let (directory, everybody) = (cluster.directory.clone(), cluster.everybody());
    cluster.freeze();

    drop(cluster.supervisor.stdin.take());

    eventually(STOP_MAX, "the server is gone", || everybody.iter().all(|&pid| !is_alive(pid)));
    eventually(STOP_MAX, "the files are gone", || !directory.exists());
}
