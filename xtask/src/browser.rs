//! A headless Chromium, driven over WebDriver: enough to open pages and take their pictures.

use std::fs;
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use base64::Engine as _;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::chromium;
use crate::http::Client;
use crate::process;

/// A driver that does not listen by then will not.
const START_MAX: Duration = Duration::from_secs(30);

/// A running browser. Dropping it ends it and removes its profile.
pub(crate) struct Browser {
    driver: Driver,
    client: Client,
    session: String,
}

/// How a page is looked at.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Screen {
    pub(crate) width: u32,
    pub(crate) height: u32,
    /// Pixels of the picture for one of the page.
    pub(crate) scale: u32,
    pub(crate) is_dark: bool,
}

impl Browser {
    pub(crate) fn start() -> Result<Self> {
        let driver = Driver::start()?;
        let mut client = Client::connect(driver.address)?;
        let switches = json!([
            "--headless=new",
            // It refuses to run as root otherwise; what it opens is ours.
            "--no-sandbox",
            "--disable-gpu",
            "--disable-dev-shm-usage",
            "--disable-background-networking",
            "--no-first-run",
            "--hide-scrollbars",
            "--force-color-profile=srgb",
            // Grey edges of letters suit every screen that a picture is shown on.
            "--disable-lcd-text",
            format!("--user-data-dir={}", driver.profile.path().join("profile").display()),
        ]);
        let options = json!({ "binary": chromium::find("chromium")?, "args": switches });
        let wanted = json!({ "capabilities": { "alwaysMatch": {
            "browserName": "chrome", "goog:chromeOptions": options,
        } } });
        let made = command(&mut client, "/session", &wanted)?;
        let session = made["sessionId"].as_str().context("the driver names no session")?.to_owned();
        Ok(Self { driver, client, session })
    }

    /// Opens an address, and waits until the page is loaded.
    pub(crate) fn open(&mut self, url: &str) -> Result<()> {
        self.ask("url", &json!({ "url": url })).map(drop)
    }

    /// Runs the body of a function in the page, and returns what it returns.
    pub(crate) fn run(&mut self, script: &str) -> Result<Value> {
        self.ask("execute/sync", &json!({ "script": script, "args": [] }))
    }

    /// Keeps a cookie, such as `name=value`, for this address.
    pub(crate) fn keep_cookie(&mut self, url: &str, pair: &str) -> Result<()> {
        let (name, value) = pair.split_once('=').context("a cookie has a name and a value")?;
        let cookie = json!({ "url": url, "name": name, "value": value });
        self.devtools("Network.setCookie", &cookie).map(drop)
    }

    /// Keeps none.
    pub(crate) fn forget_cookies(&mut self) -> Result<()> {
        self.devtools("Network.clearBrowserCookies", &json!({})).map(drop)
    }

    /// Looks at pages in this way from now on.
    pub(crate) fn look(&mut self, screen: Screen) -> Result<()> {
        let Screen { width, height, scale, is_dark } = screen;
        let metrics = json!({
            "width": width, "height": height, "deviceScaleFactor": scale, "mobile": width < 600,
        });
        self.devtools("Emulation.setDeviceMetricsOverride", &metrics)?;
        let scheme = if is_dark { "dark" } else { "light" };
        let features = json!([
            { "name": "prefers-color-scheme", "value": scheme },
            { "name": "prefers-reduced-motion", "value": "reduce" },
        ]);
        self.devtools("Emulation.setEmulatedMedia", &json!({ "features": features })).map(drop)
    }

    /// What the screen shows, as a PNG.
    pub(crate) fn picture(&mut self) -> Result<Vec<u8>> {
        let taken = self.devtools("Page.captureScreenshot", &json!({ "format": "png" }))?;
        let text = taken["data"].as_str().context("the browser sent no picture")?;
        Ok(base64::engine::general_purpose::STANDARD.decode(text)?)
    }

    fn devtools(&mut self, name: &str, parameters: &Value) -> Result<Value> {
        self.ask("goog/cdp/execute", &json!({ "cmd": name, "params": parameters }))
    }

    fn ask(&mut self, what: &str, body: &Value) -> Result<Value> {
        command(&mut self.client, &format!("/session/{}/{what}", self.session), body)
    }
}

/// Sends a command to the driver, and returns its answer.
fn command(client: &mut Client, path: &str, body: &Value) -> Result<Value> {
    client.send("POST", path, &[], &body.to_string())?;
    let answer = client.read()?;
    let mut value: Value = serde_json::from_str(&answer.body).context("the driver speaks JSON")?;
    let value = value["value"].take();
    ensure!(answer.status == 200, "the browser refused {path}: {}", value["message"]);
    Ok(value)
}

struct Driver {
    process: Child,
    address: SocketAddr,
    profile: TempDir,
}

impl Driver {
    fn start() -> Result<Self> {
        let address = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?;
        let profile = tempfile::Builder::new().prefix("carom-chromium-").tempdir()?;
        let log = fs::File::create(profile.path().join("log"))?;
        let process = process::bound_to_us(Path::new(&chromium::find("chromedriver")?))
            .arg(format!("--port={}", address.port()))
            .env("HOME", profile.path())
            .stdin(Stdio::null())
            .stdout(log.try_clone()?)
            .stderr(log)
            .spawn()
            .context("cannot start chromedriver")?;
        let driver = Self { process, address, profile };
        let deadline = Instant::now() + START_MAX;
        while TcpStream::connect(address).is_err() {
            ensure!(Instant::now() < deadline, "chromedriver does not listen");
            thread::sleep(Duration::from_millis(20));
        }
        Ok(driver)
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        self.driver.end();
    }
}

impl Driver {
    fn end(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
        process::kill_all_naming(&self.profile.path().display().to_string());
    }
}

impl Drop for Driver {
    fn drop(&mut self) {
        if matches!(self.process.try_wait(), Ok(None)) {
            self.end();
        }
    }
}
