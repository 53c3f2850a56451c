//! `cargo xtask screenshots`: pictures of the main pages, with a small company's data.

use std::fs;
use std::io::Cursor;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail, ensure};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::browser::{Browser, Screen};
use crate::cargo;
use crate::carom::Carom;
use crate::chromium;
use crate::cores::Cores;
use crate::demo::company::{HOST, LINKS, OWNER};
use crate::demo::fill::{self, Store};
use crate::demo::links::Size;
use crate::http::{self, Client};

const PASSWORD: &str = "a password for a picture";

/// What the company has: some 400 clicks a day.
const SIZE: Size = Size { links: LINKS.len() as u32, clicks: 14_000, days: 35 };

/// A larger file has no place in the repository.
const BYTES_MAX: usize = 200 * 1024;

const WIDE: Screen = Screen { width: 1440, height: 900, scale: 1, is_dark: false };
const WIDE_DARK: Screen = Screen { is_dark: true, ..WIDE };
const PHONE: Screen = Screen { width: 360, height: 740, scale: 2, is_dark: false };

/// A picture: its file's name, the page, how it is looked at, and by whom. `{link}` is the id of the
/// most followed link.
const PICTURES: &[(&str, &str, Screen, Who)] = &[
    ("sign-in", "/sign-in", WIDE, Who::Guest),
    ("links", "/links", WIDE, Who::Owner),
    ("links-phone", "/links", PHONE, Who::Owner),
    ("link", "/links/{link}", WIDE, Who::Owner),
    ("analytics", "/analytics", WIDE, Who::Owner),
    ("analytics-dark", "/analytics", WIDE_DARK, Who::Owner),
    ("live", "/live", WIDE, Who::Owner),
    ("domains", "/domains", WIDE, Who::Owner),
    ("people", "/people", WIDE, Who::Owner),
    ("system", "/system", WIDE, Who::Owner),
];

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Who {
    Guest,
    Owner,
}

/// Pages that show visits as they are made, and how long somebody makes some before their picture.
const WATCHED: &[&str] = &["/live"];
const WATCHED_FOR: Duration = Duration::from_secs(12);

/// How long a page may go on drawing after it is loaded.
const SETTLES_WITHIN: Duration = Duration::from_secs(2);

/// Visitors of the moment: what they browse with, and where they come from.
const VISITORS: [(&str, &str); 4] = [
    (
        "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Mobile/15E148 Safari/604.1",
        "https://www.instagram.com/",
    ),
    (
        "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/149.0.0.0 Safari/537.36",
        "https://www.google.com/",
    ),
    (
        "Mozilla/5.0 (Linux; Android 16; Pixel 9) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/149.0.0.0 Mobile Safari/537.36",
        "https://baristajournal.example/autumn",
    ),
    ("Mozilla/5.0 (X11; Linux x86_64; rv:150.0) Gecko/20100101 Firefox/150.0", ""),
];

/// `cargo xtask screenshots`
#[derive(clap::Args, Debug)]
pub(crate) struct Options {
    /// Where they go [default: docs/screenshots]
    #[arg(long)]
    directory: Option<PathBuf>,
    /// Take those alone whose names begin so
    #[arg(long, default_value = "")]
    only: String,
}

/// Fills a store, starts a server on it, and takes every picture.
pub(crate) fn run(options: &Options) -> Result<()> {
    chromium::ensure_there()?;
    cargo::build_debug_server()?;
    let data = TempDir::with_prefix("carom-screenshots-")?;
    let carom = Carom::of_debug_build("sqlite", data.path())?;
    carom.migrate()?;
    // Before anybody else: the first account is the owner's.
    let create =
        ["user", "create", "--email", OWNER.email, "--name", OWNER.name, "--password-stdin"];
    carom.output_with(&create, PASSWORD)?;
    fill::fill(&Store::Sqlite(carom.database_file()), SIZE)?;
    let config = data.path().join("carom.toml");
    fs::write(&config, format!("[links]\npublic_url = \"https://{HOST}\"\n"))?;
    let (server, addresses) = carom.serve(Some(&config), Cores::Shared)?;
    let mut studio = Studio::open(&addresses.admin, http::address(&addresses.edge)?)?;
    let directory = options.directory.clone();
    let directory = directory.unwrap_or_else(|| cargo::root().join("docs/screenshots"));
    fs::create_dir_all(&directory)?;
    for &(name, path, screen, who) in PICTURES.iter().filter(|it| it.0.starts_with(&options.only)) {
        let picture =
            studio.take(path, screen, who).with_context(|| format!("the picture {name}"))?;
        let file = directory.join(format!("{name}.png"));
        let kib = picture.len() / 1024;
        ensure!(picture.len() <= BYTES_MAX, "{name} has {kib} KiB: show less on it");
        fs::write(&file, &picture)?;
        println!("{} ({kib} KiB)", file.display());
    }
    drop(studio);
    server.stop()
}

/// A browser in which the owner has signed in.
struct Studio {
    browser: Browser,
    admin: String,
    edge: SocketAddr,
    cookie: String,
    link: String,
}

impl Studio {
    fn open(admin: &str, edge: SocketAddr) -> Result<Self> {
        let admin = admin.trim_end_matches('/').to_owned();
        let mut client = Client::connect(http::address(&admin)?)?;
        let draft = json!({ "email": OWNER.email, "password": PASSWORD }).to_string();
        client.send("POST", "/api/v1/session", &[("Sec-Fetch-Site", "same-origin")], &draft)?;
        let answer = client.read()?;
        let cookie = answer.header("set-cookie").and_then(|set| set.split(';').next());
        let cookie = cookie.with_context(|| format!("no session: {}", answer.body))?.to_owned();
        let search = format!("/api/v1/links?search={}&limit=50", LINKS[0].0);
        client.send("GET", &search, &[("Cookie", &cookie)], "")?;
        let found: Value = serde_json::from_str(&client.read()?.body)?;
        let links = found["links"].as_array().context("no links")?;
        let first = links.iter().find(|link| link["code"] == LINKS[0].0);
        let link = first.and_then(|it| it["id"].as_str()).context("no such link")?.to_owned();
        Ok(Self { browser: Browser::start()?, admin, edge, cookie, link })
    }

    /// The picture of a page.
    fn take(&mut self, path: &str, screen: Screen, who: Who) -> Result<Vec<u8>> {
        let url = format!("{}{}", self.admin, path.replace("{link}", &self.link));
        self.browser.look(screen)?;
        self.browser.forget_cookies()?;
        if who == Who::Owner {
            self.browser.keep_cookie(&self.admin, &self.cookie)?;
        }
        self.browser.open(&url)?;
        let status = "return performance.getEntriesByType('navigation')[0].responseStatus";
        let status = self.browser.run(status)?;
        ensure!(status == 200, "{path} is answered with {status}");
        if WATCHED.contains(&path) {
            visited(self.edge, WATCHED_FOR)?;
        }
        self.settled()
    }

    /// The picture, once it is the same twice.
    fn settled(&mut self) -> Result<Vec<u8>> {
        // The mark of where one types blinks.
        self.browser.run("document.activeElement?.blur?.()")?;
        let deadline = Instant::now() + SETTLES_WITHIN;
        let mut picture = self.browser.picture()?;
        loop {
            thread::sleep(Duration::from_millis(150));
            let next = self.browser.picture()?;
            if next == picture || Instant::now() >= deadline {
                return packed(&next);
            }
            picture = next;
        }
    }
}

/// The same picture in fewer bytes: the browser packs fast rather than well.
fn packed(picture: &[u8]) -> Result<Vec<u8>> {
    let mut decoder = png::Decoder::new(Cursor::new(picture));
    decoder.set_transformations(png::Transformations::normalize_to_color8());
    let mut reader = decoder.read_info()?;
    let mut pixels = vec![0; reader.output_buffer_size().context("a picture of some size")?];
    let frame = reader.next_frame(&mut pixels)?;
    let channels = frame.color_type.samples();
    let opaque: Vec<u8> = match frame.color_type {
        png::ColorType::Rgba => {
            pixels.chunks_exact(4).flat_map(|it| [it[0], it[1], it[2]]).collect()
        }
        png::ColorType::Rgb => pixels,
        _ => bail!("the browser sent a picture of {channels} channels"),
    };
    let mut packed = Vec::new();
    let mut encoder = png::Encoder::new(&mut packed, frame.width, frame.height);
    encoder.set_color(png::ColorType::Rgb);
    encoder.set_compression(png::Compression::High);
    // Letters on a plain ground pack best as they are.
    encoder.set_filter(png::Filter::NoFilter);
    encoder.write_header()?.write_image_data(&opaque)?;
    Ok(packed)
}

/// Follows links for a while.
fn visited(edge: SocketAddr, time: Duration) -> Result<()> {
    let mut client = Client::connect(edge)?;
    let deadline = Instant::now() + time;
    for n in 0_usize.. {
        if Instant::now() >= deadline {
            break;
        }
        // The first are followed most.
        let link = (n * 7 % 11).min(n * 5 % 13);
        let (agent, referrer) = VISITORS[n * 3 % VISITORS.len()];
        let path = format!("/{}?utm_source=instagram", LINKS[link].0);
        let mut headers = vec![("User-Agent", agent), ("Accept-Language", "de-AT")];
        headers.extend((!referrer.is_empty()).then_some(("Referer", referrer)));
        client.send("GET", &path, &headers, "")?;
        let answer = client.read()?;
        ensure!(answer.status == 302, "{path} is answered with {}", answer.status);
        thread::sleep(Duration::from_millis(90 + (n as u64 * 37) % 160));
    }
    Ok(())
}
