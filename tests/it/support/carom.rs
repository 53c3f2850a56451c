//! The program itself, running: `carom serve` on ports, files and a database of its own.

use std::fmt::Display;
use std::io::{BufRead as _, BufReader, Read};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::thread;
use std::time::Duration;

use tempfile::TempDir;

use super::process::{Leash, Signal, send, wait_for_end};
use super::wait::{SOON, eventually};

/// The program under test.
pub(crate) const PROGRAM: &str = env!("CARGO_BIN_EXE_carom");

/// Names another build of the program to be run by those tests that need nothing of a debug build.
const ANOTHER_BUILD: &str = "CAROM_TEST_PROGRAM";

/// Settings that only debug builds look at.
const DEBUG_SETTINGS: [&str; 1] = ["KILL_CAROM_AT"];

/// Everything a test asks comes from one address, and much of it with one key.
const UNLIMITED: [(&str, &str); 3] = [
    ("CAROM_ADMIN__READS_PER_MINUTE_MAX", "0"),
    ("CAROM_ADMIN__WRITES_PER_MINUTE_MAX", "0"),
    ("CAROM_ADMIN__NETWORK_REQUESTS_PER_MINUTE_MAX", "0"),
];
/// Hosts that the tests write into requests by hand, where the host is not what they are about.
const RAW_HOSTS: &str = "a,b,c,x,any.example,other.example";

/// Grace time of the program and then some.
const END_MAX: Duration = Duration::from_secs(20);

/// How a program is to be started.
#[derive(Debug, Clone)]
pub(crate) struct Options {
    store: String,
    key: Option<String>,
    settings: Vec<(String, String)>,
    lead: Vec<String>,
}

impl Options {
    /// On a SQLite file in the data directory.
    pub(crate) fn sqlite() -> Self {
        Self { store: "sqlite".to_owned(), key: None, settings: Vec::new(), lead: Vec::new() }
    }

    /// On this Postgres database.
    pub(crate) fn postgres(url: &str) -> Self {
        Self { store: url.to_owned(), key: None, settings: Vec::new(), lead: Vec::new() }
    }

    /// With a setting, such as `CAROM_EDGE__THREADS`.
    pub(crate) fn set(mut self, name: &str, value: impl Display) -> Self {
        self.settings.push((name.to_owned(), value.to_string()));
        self
    }

    /// With lookups that wait for their store however busy the machine is: for tests that are not
    /// about time.
    pub(crate) fn patient(self) -> Self {
        self.set("CAROM_CACHE__LOAD_BUDGET_MS", 10_000).set("CAROM_STORE__REDIRECT_WAIT_MS", 10_000)
    }

    /// With words before the program's own: a command that becomes the program.
    pub(crate) fn lead(mut self, words: impl IntoIterator<Item = String>) -> Self {
        self.lead = words.into_iter().collect();
        self
    }

    /// With a key of a store that is not empty, so that none is printed.
    pub(crate) fn key(mut self, key: &str) -> Self {
        self.key = Some(key.to_owned());
        self
    }
}

impl Options {
    fn program(&self) -> String {
        let is_debug = self.settings.iter().any(|(name, _)| DEBUG_SETTINGS.contains(&&**name));
        let another = std::env::var(ANOTHER_BUILD).ok().filter(|_| !is_debug);
        another.unwrap_or_else(|| PROGRAM.to_owned())
    }
}

/// A running server. Dropping it kills it and removes its data directory.
#[derive(Debug)]
pub(crate) struct Carom {
    options: Options,
    data: TempDir,
    /// `None` between an end and the next start.
    run: Option<Run>,
    key: OnceLock<String>,
}

/// One process, from its start to its end.
#[derive(Debug)]
struct Run {
    process: Child,
    leash: Option<Leash>,
    printed: Lines,
    logged: Lines,
    /// None where no visitors are answered.
    edge: Option<SocketAddr>,
    admin: SocketAddr,
}

impl Carom {
    /// Starts a server on an empty data directory and waits until it listens.
    ///
    /// # Panics
    /// When it does not.
    #[track_caller]
    pub(crate) fn start(options: Options) -> Self {
        let data = tempfile::Builder::new().prefix("carom-test-").tempdir();
        let data = data.expect("a temporary directory");
        let run = Run::start(&options, data.path());
        Self { options, data, run: Some(run), key: OnceLock::new() }
    }

    /// Where redirects are answered.
    #[track_caller]
    pub(crate) fn edge(&self) -> SocketAddr {
        self.running().edge.expect("it answers visitors")
    }

    /// Where the admin API is.
    #[track_caller]
    pub(crate) fn admin(&self) -> SocketAddr {
        self.running().admin
    }

    /// Its process id.
    #[track_caller]
    pub(crate) fn pid(&self) -> u32 {
        self.running().process.id()
    }

    /// An API key that may do everything.
    #[track_caller]
    pub(crate) fn key(&self) -> &str {
        self.key.get_or_init(|| match &self.options.key {
            Some(key) => key.clone(),
            None => std::fs::read_to_string(self.key_file())
                .expect("the first key's file can be read")
                .trim()
                .to_owned(),
        })
    }

    /// Where the first API key of this store was written to.
    #[track_caller]
    pub(crate) fn key_file(&self) -> PathBuf {
        let run = self.running();
        let path = eventually(SOON, "the first key is announced", || {
            run.printed.find(|line| {
                let words = line.trim().strip_prefix("first key")?;
                words.split_whitespace().find(|word| word.starts_with('/')).map(str::to_owned)
            })
        });
        PathBuf::from(path.trim_end_matches(':'))
    }

    /// The directory that it keeps its files in.
    pub(crate) fn data_dir(&self) -> &Path {
        self.data.path()
    }

    /// What `--store` said.
    pub(crate) fn store(&self) -> &str {
        &self.options.store
    }

    /// What it has logged so far.
    #[track_caller]
    pub(crate) fn log(&self) -> String {
        self.running().logged.text()
    }

    /// What it has printed so far.
    #[track_caller]
    pub(crate) fn printed(&self) -> String {
        self.running().printed.text()
    }

    /// Asks it to end, and waits until it has.
    ///
    /// # Panics
    /// When it does not.
    #[track_caller]
    pub(crate) fn terminate(&mut self) -> ExitStatus {
        self.end_by(Signal::Term)
    }

    /// [`Carom::terminate`], and everything it has said on standard error.
    #[track_caller]
    pub(crate) fn terminate_and_listen(&mut self) -> (ExitStatus, String) {
        let said = self.running().logged.clone();
        let status = self.terminate();
        (status, said.whole())
    }

    /// [`Carom::terminate`], and everything it has printed.
    #[track_caller]
    pub(crate) fn terminate_and_read(&mut self) -> (ExitStatus, String) {
        let printed = self.running().printed.clone();
        let status = self.terminate();
        (status, printed.whole())
    }

    /// Sends a signal that ends it, and waits until it has ended.
    ///
    /// # Panics
    /// When it goes on.
    #[track_caller]
    pub(crate) fn end_by(&mut self, signal: Signal) -> ExitStatus {
        let run = self.run.as_mut().expect("it runs");
        send(signal, &[run.process.id()]);
        let status = wait_for_end(&mut run.process, END_MAX);
        self.run = None;
        status
    }

    /// Kills it: no grace, no last flush.
    #[track_caller]
    pub(crate) fn kill(&mut self) {
        self.end_by(Signal::Kill);
    }

    /// Starts it again on the same files and the same store, with other ports. What still runs is
    /// terminated first.
    #[track_caller]
    pub(crate) fn restart(&mut self) {
        if self.run.is_some() {
            // The key's file is announced by the first process only.
            self.key();
            let status = self.terminate();
            assert!(status.success(), "it did not end well: {status}");
        }
        self.run = Some(Run::start(&self.options, self.data.path()));
    }

    /// Names another store for the commands and the starts from now on.
    pub(crate) fn move_to(&mut self, store: &str) {
        store.clone_into(&mut self.options.store);
    }

    /// Leaves a setting out from the next start on.
    pub(crate) fn unset(&mut self, name: &str) {
        self.options.settings.retain(|(setting, _)| setting != name);
    }

    /// Waits until it has ended by itself.
    #[track_caller]
    pub(crate) fn wait_for_end(&mut self) -> ExitStatus {
        let run = self.run.as_mut().expect("it runs");
        let status = wait_for_end(&mut run.process, END_MAX);
        self.run = None;
        status
    }

    /// The command line of the same program, on the same store.
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = clean_command(self.data.path());
        command.args(arguments).arg("--store").arg(&self.options.store);
        command.arg("--data-dir").arg(self.data.path());
        command
    }

    #[track_caller]
    fn running(&self) -> &Run {
        self.run.as_ref().expect("it runs")
    }
}

impl Run {
    #[track_caller]
    fn start(options: &Options, data: &Path) -> Self {
        let program = options.program();
        let words: Vec<&str> = options.lead.iter().chain([&program]).map(String::as_str).collect();
        let mut process = clean(Command::new(words[0]), data)
            .args(&words[1..])
            .args(["serve", "--store", &options.store, "--data-dir"])
            .arg(data)
            .args(["--edge-listen", "127.0.0.1:0", "--admin-listen", "127.0.0.1:0"])
            .envs(UNLIMITED)
            .env("CAROM_DOMAINS__DEFAULT_HOSTS", RAW_HOSTS)
            .envs(options.settings.iter().map(|(name, value)| (name, value)))
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap_or_else(|error| panic!("cannot run {program}: {error}"));
        let leash = Some(Leash::on(process.id()));
        let printed = Lines::of(process.stdout.take().expect("a pipe"));
        let logged = Lines::of(process.stderr.take().expect("a pipe"));
        let listener = |name: &str| {
            printed.find(|line| {
                let rest = line.trim().strip_prefix(name)?;
                rest.starts_with(char::is_whitespace).then(|| address_of(rest))
            })
        };
        let (edge, admin) = eventually(SOON, "carom prints where it listens", || {
            if let Some(status) = process.try_wait().expect("a child of ours") {
                let (printed, logged) = (printed.text(), logged.text());
                panic!("carom ended instead of serving: {status}\n{printed}\n{logged}");
            }
            // It is printed last.
            let admin = listener("admin").or_else(|| listener("health"))?;
            Some((listener("redirects"), admin))
        });
        Self { process, leash, printed, logged, edge, admin }
    }
}

impl Drop for Run {
    fn drop(&mut self) {
        // It may have ended already, which is no failure.
        let _ = self.process.kill();
        let _ = self.process.wait();
        if let Some(leash) = self.leash.take() {
            leash.let_go();
        }
        if thread::panicking() {
            show(&self.logged.text());
        }
    }
}

#[allow(clippy::print_stderr, reason = "what is printed is shown beside the test that failed")]
fn show(log: &str) {
    eprintln!("carom logged:\n{log}");
}

/// The program with none of our own environment, in a directory without a configuration file.
fn clean_command(directory: &Path) -> Command {
    clean(Command::new(PROGRAM), directory)
}

fn clean(mut command: Command, directory: &Path) -> Command {
    command.env_clear().current_dir(directory);
    command.envs(std::env::var_os("PATH").map(|path| ("PATH", path)));
    command
}

#[track_caller]
fn address_of(words: &str) -> SocketAddr {
    let url = words.split_whitespace().find_map(|word| word.strip_prefix("http://"));
    let address = url.unwrap_or_else(|| panic!("no URL in `{words}`")).trim_end_matches('/');
    address.parse().unwrap_or_else(|error| panic!("`{address}` is no address: {error}"))
}

/// Lines of a pipe as they come.
#[derive(Debug, Clone, Default)]
struct Lines {
    lines: Arc<Mutex<Vec<String>>>,
    is_whole: Arc<AtomicBool>,
}

impl Lines {
    fn of(pipe: impl Read + Send + 'static) -> Self {
        let lines = Self::default();
        let kept = lines.clone();
        // Read to its end, or the program would block on a full pipe.
        thread::spawn(move || {
            for line in BufReader::new(pipe).lines().map_while(Result::ok) {
                kept.lines.lock().unwrap_or_else(PoisonError::into_inner).push(line);
            }
            kept.is_whole.store(true, Ordering::Release);
        });
        lines
    }

    fn find<T>(&self, read: impl Fn(&str) -> Option<T>) -> Option<T> {
        let lines = self.lines.lock().unwrap_or_else(PoisonError::into_inner);
        lines.iter().find_map(|line| read(line))
    }

    fn text(&self) -> String {
        self.lines.lock().unwrap_or_else(PoisonError::into_inner).join("\n")
    }

    /// The text, once the pipe has ended.
    #[track_caller]
    fn whole(&self) -> String {
        eventually(SOON, "the pipe ends", || self.is_whole.load(Ordering::Acquire));
        self.text()
    }
}
