//! A headless Chromium of one's own, driven over WebDriver (W3C) and the DevTools protocol.
//!
//! Everything here blocks, as the tests do: a runtime of its own runs while a command is under way.

use std::env;
use std::net::TcpListener;
use std::os::unix::process::CommandExt as _;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::{Condvar, Mutex, PoisonError};
use std::time::{Duration, Instant};

use fantoccini::actions::{InputSource as _, KeyAction, KeyActions};
use fantoccini::elements::Element;
use fantoccini::error::CmdError;
use fantoccini::key::Key;
use fantoccini::wd::WebDriverCompatibleCommand;
use fantoccini::{Client, ClientBuilder, Locator};
use hyper_util::client::legacy::connect::HttpConnector;
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::runtime::Runtime;

use super::process::{Leash, Signal, naming, send};
use super::wait::{SOON, eventually, in_time};

/// Starts and commands that take longer hang; a busy machine takes its time.
const PATIENCE: Duration = Duration::from_secs(60);

/// Another process may take a port between our finding it free and the driver's binding it.
const TRIES: usize = 3;

/// Browsers that run at once: each keeps a core busy, and other tests have deadlines.
const AT_ONCE: usize = 2;

/// As headless as it gets, and without whatever talks to the world or asks a person.
const SWITCHES: [&str; 12] = [
    "--headless=new",
    // It refuses to run as root otherwise; what it opens is ours.
    "--no-sandbox",
    "--disable-gpu",
    // Containers have small ones.
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-default-apps",
    "--disable-sync",
    "--no-first-run",
    "--no-default-browser-check",
    "--password-store=basic",
    "--force-color-profile=srgb",
];

/// A running browser. Dropping it ends it and removes its profile.
pub(crate) struct Chromium {
    runtime: Runtime,
    client: Client,
    driver: Driver,
    leash: Option<Leash>,
    _turn: Turn,
}

impl Chromium {
    /// Starts a driver and a browser.
    ///
    /// # Panics
    /// When one of them is not on this machine, or does not start.
    #[track_caller]
    pub(crate) fn start() -> Self {
        let turn = Turn::take();
        let driver = (0..TRIES).find_map(|_| Driver::start()).expect("the driver starts");
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        let runtime = runtime.expect("a runtime");
        let url = format!("http://127.0.0.1:{}", driver.port);
        let mut builder = ClientBuilder::new(HttpConnector::new());
        builder.capabilities(driver.capabilities());
        let connecting = in_time(PATIENCE, "the browser starts", builder.connect(&url));
        let client = runtime.block_on(connecting).expect("the browser starts");
        // Its children end with it.
        let pid = client.capabilities().and_then(|it| it.get("goog:processID")?.as_u64());
        let leash = pid.and_then(|pid| u32::try_from(pid).ok()).map(Leash::on);
        Self { runtime, client, driver, leash, _turn: turn }
    }

    /// What a command answers.
    ///
    /// # Panics
    /// When it fails.
    #[track_caller]
    fn wait<T>(&self, what: &str, command: impl Future<Output = Result<T, CmdError>>) -> T {
        let outcome = self.runtime.block_on(in_time(PATIENCE, what, command));
        outcome.unwrap_or_else(|error| panic!("{what}: {error}"))
    }

    /// Opens an address, and waits until the page and what belongs to it are loaded.
    #[track_caller]
    pub(crate) fn open(&self, url: &str) {
        self.wait(url, self.client.goto(url));
    }

    /// Where it is.
    #[track_caller]
    pub(crate) fn address(&self) -> String {
        self.wait("the address", self.client.current_url()).to_string()
    }

    /// Gives it a cookie for this address.
    #[track_caller]
    pub(crate) fn keep_cookie(&self, url: &str, pair: &str) {
        let (name, value) = pair.split_once('=').expect("a name and a value");
        let cookie = json!({ "url": url, "name": name, "value": value });
        let kept = self.devtools("Network.setCookie", &cookie);
        assert_eq!(kept["success"], true, "{kept}");
    }

    /// Runs the body of a function in the page, and returns what it returns.
    #[track_caller]
    pub(crate) fn run(&self, script: &str, arguments: Vec<Value>) -> Value {
        self.wait(script, self.client.execute(script, arguments))
    }

    /// The same for a function that answers later, by calling its last argument.
    #[track_caller]
    pub(crate) fn run_later(&self, script: &str, arguments: Vec<Value>) -> Value {
        self.wait(script, self.client.execute_async(script, arguments))
    }

    /// The element with this selector.
    #[track_caller]
    fn find(&self, selector: &str) -> Element {
        self.wait(selector, self.client.find(Locator::Css(selector)))
    }

    /// Whether there is one.
    #[track_caller]
    pub(crate) fn has(&self, selector: &str) -> bool {
        !self.wait(selector, self.client.find_all(Locator::Css(selector))).is_empty()
    }

    /// The text of an element as it is shown.
    #[track_caller]
    pub(crate) fn text(&self, selector: &str) -> String {
        self.wait(selector, self.find(selector).text())
    }

    /// Types into a field.
    #[track_caller]
    pub(crate) fn fill(&self, selector: &str, text: &str) {
        self.wait(selector, self.find(selector).send_keys(text));
    }

    /// Clicks on something.
    #[track_caller]
    pub(crate) fn click(&self, selector: &str) {
        self.wait(selector, self.find(selector).click());
    }

    /// Presses a key this many times, wherever the focus is.
    #[track_caller]
    pub(crate) fn press(&self, key: Key, times: usize) {
        let value = char::from(key);
        let pressed =
            |keys: KeyActions| keys.then(KeyAction::Down { value }).then(KeyAction::Up { value });
        let keys = (0..times).fold(KeyActions::new("keys".to_owned()), |keys, _| pressed(keys));
        self.wait("keys", self.client.perform_actions(keys));
    }

    /// Types wherever the focus is.
    #[track_caller]
    pub(crate) fn type_keys(&self, text: &str) {
        let typed = text.chars().fold(KeyActions::new("keys".to_owned()), |keys, value| {
            keys.then(KeyAction::Down { value }).then(KeyAction::Up { value })
        });
        self.wait("keys", self.client.perform_actions(typed));
    }

    /// Sends a command of the DevTools protocol.
    #[track_caller]
    pub(crate) fn devtools(&self, command: &str, parameters: &Value) -> Value {
        let body = json!({ "cmd": command, "params": parameters });
        self.wait(command, self.client.issue_cmd(Extra { path: "goog/cdp/execute", body }))
    }

    /// What the console was told since this was last asked: a line each, of every level.
    #[track_caller]
    pub(crate) fn console(&self) -> Vec<String> {
        let body = json!({ "type": "browser" });
        let entries =
            self.wait("the console", self.client.issue_cmd(Extra { path: "se/log", body }));
        let line = |entry: &Value| format!("{}: {}", entry["level"], entry["message"]);
        entries.as_array().expect("entries").iter().map(line).collect()
    }
}

impl Drop for Chromium {
    fn drop(&mut self) {
        self.driver.end();
        if let Some(leash) = self.leash.take() {
            leash.let_go();
        }
    }
}

/// The right to run a browser, given back when it is dropped.
struct Turn;

static RUNNING: Mutex<usize> = Mutex::new(0);
static ENDED: Condvar = Condvar::new();

impl Turn {
    fn take() -> Self {
        let running = RUNNING.lock().unwrap_or_else(PoisonError::into_inner);
        let is_full = |running: &mut usize| *running >= AT_ONCE;
        let running = ENDED.wait_while(running, is_full);
        *running.unwrap_or_else(PoisonError::into_inner) += 1;
        Self
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        *RUNNING.lock().unwrap_or_else(PoisonError::into_inner) -= 1;
        ENDED.notify_one();
    }
}

/// A running chromedriver, which starts the browser.
struct Driver {
    process: Child,
    leash: Option<Leash>,
    port: u16,
    profile: TempDir,
}

impl Driver {
    fn start() -> Option<Self> {
        let free = TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr());
        let port = free.expect("a free port").port();
        let profile = tempfile::Builder::new().prefix("carom-chromium-").tempdir();
        let profile = profile.expect("a directory");
        let process = Command::new(find("chromedriver"))
            .arg(format!("--port={port}"))
            .env("HOME", profile.path())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .process_group(0)
            .spawn()
            .expect("the driver runs");
        let leash = Some(Leash::on(process.id()));
        let mut driver = Self { process, leash, port, profile };
        let is_up = eventually(SOON, "the driver listens, or has ended", || {
            if driver.process.try_wait().expect("a child of ours").is_some() {
                return Some(false);
            }
            std::net::TcpStream::connect(("127.0.0.1", port)).is_ok().then_some(true)
        });
        is_up.then_some(driver)
    }

    fn capabilities(&self) -> serde_json::Map<String, Value> {
        let profile = format!("--user-data-dir={}", self.profile.path().join("profile").display());
        let switches: Vec<_> = SWITCHES.into_iter().chain([profile.as_str()]).collect();
        let wanted = json!({
            "browserName": "chrome",
            "goog:chromeOptions": { "binary": find("chromium"), "args": switches },
            "goog:loggingPrefs": { "browser": "ALL" },
            "unhandledPromptBehavior": "ignore",
        });
        wanted.as_object().cloned().expect("an object")
    }

    /// Kills it and the browser: all that name its profile, some of which have left their parents.
    fn end(&mut self) {
        send(Signal::Kill, &[self.process.id()]);
        let _ = self.process.wait();
        let profile = self.profile.path().display().to_string();
        let deadline = Instant::now() + SOON;
        // Until none is left, or the directory could not be removed.
        while let family = naming(&profile)
            && !family.is_empty()
            && Instant::now() < deadline
        {
            send(Signal::Kill, &family);
        }
        if let Some(leash) = self.leash.take() {
            leash.let_go();
        }
    }
}

impl Drop for Driver {
    fn drop(&mut self) {
        // The browser may have ended it already.
        if self.leash.is_some() {
            self.end();
        }
    }
}

/// A command of Chromium's own.
#[derive(Debug)]
struct Extra {
    path: &'static str,
    body: Value,
}

impl WebDriverCompatibleCommand for Extra {
    fn endpoint(
        &self,
        base_url: &url::Url,
        session: Option<&str>,
    ) -> Result<url::Url, url::ParseError> {
        base_url.join(&format!("session/{}/{}", session.unwrap_or_default(), self.path))
    }

    fn method_and_body(&self, _: &url::Url) -> (hyper::Method, Option<String>) {
        (hyper::Method::POST, Some(self.body.to_string()))
    }
}

/// Where a program lies.
#[track_caller]
fn find(program: &str) -> PathBuf {
    let path = env::var_os("PATH").unwrap_or_default();
    let found = env::split_paths(&path).map(|it| it.join(program)).find(|file| file.is_file());
    found.unwrap_or_else(|| {
        panic!(
            "there is no `{program}` on this machine: `cargo xtask test` installs it on Debian \
             (packages chromium and chromium-driver)"
        )
    })
}
