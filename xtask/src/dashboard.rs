//! `cargo xtask bench-pages`: how long the pages and panels of the dashboard take on a large store, and
//! what redirects feel of fifty people who look around while every visit is exported.

use std::fs;
use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use serde_json::json;

use crate::cargo;
use crate::carom::Carom;
use crate::cores::Cores;
use crate::figures::Spread;
use crate::footprint::own_memory;
use crate::http::{self, Client};
use crate::paced::{PER_SECOND, redirects};

const EMAIL: &str = "bench@bench.example";
const PASSWORD: &str = "a password for measuring";

/// What somebody thinks between two pages.
const PAUSE: Duration = Duration::from_secs(1);

/// `cargo xtask bench-pages`
#[derive(clap::Args, Debug)]
pub(crate) struct Options {
    /// The data directory of a store that `cargo xtask seed-clicks` made
    #[arg(long)]
    data_dir: PathBuf,
    /// The store's Postgres, where it is one
    #[arg(long)]
    postgres: Option<String>,
    /// Times that each page is asked for
    #[arg(long, default_value_t = 7, value_parser = clap::value_parser!(u32).range(1..=100))]
    rounds: u32,
    /// People who look around
    #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..=500))]
    people: u32,
    /// Seconds of redirects, with them and without
    #[arg(long, default_value_t = 20, value_parser = clap::value_parser!(u32).range(1..=300))]
    seconds: u32,
    /// Use the release build as it is
    #[arg(long)]
    no_build: bool,
}

/// A page or panel, and what is asked for.
struct Asked {
    name: &'static str,
    path: String,
}

/// Somebody who has signed in.
#[derive(Clone)]
struct Reader {
    admin: SocketAddr,
    cookie: String,
}

/// Measures all of it and prints it; nothing here has a bound, since the store is the caller's.
pub(crate) fn run(options: &Options) -> Result<()> {
    if !options.no_build {
        cargo::build_release()?;
    }
    let carom = Carom::new(options.postgres.as_deref().unwrap_or("sqlite"), &options.data_dir)?;
    let cores = Cores::of_this_machine();
    // It is there from an earlier run, or made.
    let _ = carom.output_with(&["user", "create", "--email", EMAIL, "--password-stdin"], PASSWORD);
    let workspaces: serde_json::Value =
        serde_json::from_str(&carom.output_of(&["workspace", "list", "--json"])?)?;
    let workspace = workspaces[0]["id"].as_str().context("the store has no workspace")?;
    let _ = carom.output_of(&["workspace", "add-member", workspace, EMAIL, "--role", "owner"]);
    let config = options.data_dir.join("bench-pages.toml");
    fs::write(&config, "[admin]\nconnections_max = 4096\n")?;
    let (server, addresses) = carom.serve(Some(&config), cores)?;
    cores.become_load()?;
    let (edge, admin) = (http::address(&addresses.edge)?, http::address(&addresses.admin)?);
    let pid = server.pid();
    let outcome = sign_in(admin).and_then(|reader| {
        pages(&reader, options)?;
        crowd(&reader, edge, pid, options)
    });
    server.stop()?;
    outcome
}

fn sign_in(admin: SocketAddr) -> Result<Reader> {
    let mut client = Client::connect(admin)?;
    let body = json!({ "email": EMAIL, "password": PASSWORD }).to_string();
    client.send("POST", "/api/v1/session", &[], &body)?;
    let answer = client.read()?;
    let cookie = answer.header("set-cookie").context("no session was begun")?;
    let cookie = cookie.split(';').next().unwrap_or_default().to_owned();
    Ok(Reader { admin, cookie })
}

impl Reader {
    /// Bytes of a page, and how long it took.
    fn ask(&self, client: &mut Client, path: &str) -> Result<(usize, Duration)> {
        let began = Instant::now();
        client.send("GET", path, &[("Cookie", &self.cookie)], "")?;
        let answer = client.read()?;
        let time = began.elapsed();
        ensure!(answer.status == 200, "{path} was answered with {}", answer.status);
        Ok((answer.body.len(), time))
    }
}

/// Pages and panels as people and programs ask for them.
fn asked(link: &str) -> Vec<Asked> {
    let page = |name, path: &str| Asked { name, path: path.to_owned() };
    let panel = |name, query: &str| Asked { name, path: format!("/api/v1/stats?limit=10&{query}") };
    vec![
        page("links, the newest", "/links"),
        page("links, the most followed", "/links?sort=clicks"),
        page("links, a search that finds many", "/links?q=story"),
        page("links, a search that finds none", "/links?q=zzzzzzzz"),
        page("links of a tag", "/links?tag=social"),
        page("a link", &format!("/links/{link}")),
        page("analytics, 30 days, all panels", "/analytics"),
        page("analytics of a link", &format!("/analytics?link={link}")),
        page(
            "analytics of a link, two filters",
            &format!("/analytics?link={link}&country=DE&device=phone"),
        ),
        page(
            "analytics, the last 24 hours, two filters",
            "/analytics?range=24h&country=DE&device=phone",
        ),
        page("live", "/live"),
        page("system", "/system"),
        page("audit", "/audit"),
        panel("panel: over time, 30 days", "interval=day"),
        panel("panel: over time, 7 days by the hour", "interval=hour"),
        panel("panel: countries", "dimension=country"),
        panel("panel: referrers", "dimension=referrer"),
        panel("panel: cities", "dimension=city"),
        panel("panel: browsers", "dimension=browser"),
        panel("panel: UTM campaigns", "dimension=utm_campaign"),
        panel("panel: countries of a tag", "dimension=country&tag=social"),
        panel(
            "panel: browsers, two filters, 30 days",
            "dimension=browser&country=DE&device=phone&interval=day",
        ),
    ]
}

fn pages(reader: &Reader, options: &Options) -> Result<()> {
    let mut client = Client::connect(reader.admin)?;
    let link = most_followed(reader, &mut client)?;
    println!("{:<46} {:>10} {:>10} {:>9}", "page or panel", "median ms", "worst ms", "KiB");
    for Asked { name, path } in asked(&link) {
        let (mut times, mut bytes) = (Vec::new(), 0);
        for _ in 0..options.rounds {
            match reader.ask(&mut client, &path) {
                Ok((length, time)) => {
                    times.push(time.as_secs_f64() * 1e3);
                    bytes = length;
                }
                Err(error) => {
                    println!("{name:<46} {error}");
                    client = Client::connect(reader.admin)?;
                    break;
                }
            }
        }
        if !times.is_empty() {
            let Spread { median, max, .. } = Spread::of(times);
            println!("{name:<46} {median:>10.1} {max:>10.1} {:>9.1}", bytes as f64 / 1024.0);
        }
    }
    Ok(())
}

/// The id of the link that was followed most.
fn most_followed(reader: &Reader, client: &mut Client) -> Result<String> {
    client.send("GET", "/api/v1/links?sort=clicks&limit=1", &[("Cookie", &reader.cookie)], "")?;
    let list: serde_json::Value = serde_json::from_str(&client.read()?.body)?;
    list["links"][0]["id"].as_str().map(str::to_owned).context("nobody followed a link")
}

/// Redirects at a steady rate, alone and beside people and an export of every visit.
fn crowd(reader: &Reader, edge: SocketAddr, pid: u32, options: &Options) -> Result<()> {
    let mut client = Client::connect(reader.admin)?;
    client.send("GET", "/api/v1/links?sort=clicks&limit=1", &[("Cookie", &reader.cookie)], "")?;
    let list: serde_json::Value = serde_json::from_str(&client.read()?.body)?;
    let code = list["links"][0]["code"].as_str().context("nobody followed a link")?.to_owned();
    redirects(edge, &code, 2)?;
    let alone = redirects(edge, &code, options.seconds)?;
    let before = own_memory(pid)?;
    let is_over = Arc::new(AtomicBool::new(false));
    let (seen, exported) = (Arc::new(AtomicU64::new(0)), Arc::new(AtomicU64::new(0)));
    let mut people = Vec::new();
    for number in 0..options.people {
        let (reader, is_over, seen) = (reader.clone(), Arc::clone(&is_over), Arc::clone(&seen));
        people.push(thread::spawn(move || look_around(&reader, number, &is_over, &seen)));
    }
    let export = {
        let (reader, is_over, exported) =
            (reader.clone(), Arc::clone(&is_over), Arc::clone(&exported));
        thread::spawn(move || export(&reader, &is_over, &exported))
    };
    let beside = redirects(edge, &code, options.seconds)?;
    let after = own_memory(pid)?;
    is_over.store(true, Ordering::Relaxed);
    for person in people {
        person.join().map_err(|_| anyhow::anyhow!("somebody panicked"))??;
    }
    export.join().map_err(|_| anyhow::anyhow!("the export panicked"))??;
    println!(
        "\n{PER_SECOND} redirects/s for {} s: p99 {:.3} ms, p99.9 {:.3} ms alone; p99 {:.3} ms, p99.9 {:.3} ms beside \
         {} people ({} pages) and an export ({:.1} MiB)",
        options.seconds,
        alone.at_ms(990),
        alone.at_ms(999),
        beside.at_ms(990),
        beside.at_ms(999),
        options.people,
        seen.load(Ordering::Relaxed),
        mib(exported.load(Ordering::Relaxed)),
    );
    println!("  p99.9 ratio {:.2} (budget 2)", beside.at_ms(999) / alone.at_ms(999));
    println!(
        "  own memory {:.1} MiB before, {:.1} MiB with them: {:+.1} MiB (budget 32)",
        mib(before),
        mib(after),
        mib(after) - mib(before)
    );
    Ok(())
}

fn mib(bytes: u64) -> f64 {
    bytes as f64 / 1024.0 / 1024.0
}

/// Opens one page after the other, as a person does.
fn look_around(reader: &Reader, number: u32, is_over: &AtomicBool, seen: &AtomicU64) -> Result<()> {
    const PAGES: [&str; 6] =
        ["/links", "/analytics", "/links?sort=clicks", "/live", "/system", "/links?q=story"];
    let mut client = Client::connect(reader.admin)?;
    let mut place = number as usize;
    thread::sleep(PAUSE * (number % 50) / 50);
    while !is_over.load(Ordering::Relaxed) {
        reader.ask(&mut client, PAGES[place % PAGES.len()])?;
        seen.fetch_add(1, Ordering::Relaxed);
        place += 1;
        thread::sleep(PAUSE);
    }
    Ok(())
}

/// Takes the export of every visit as it comes, until it is over.
fn export(reader: &Reader, is_over: &AtomicBool, bytes: &AtomicU64) -> Result<()> {
    let mut stream = TcpStream::connect(reader.admin)?;
    let head = format!(
        "GET /analytics/visits.csv?range=90d HTTP/1.1\r\nhost: a\r\ncookie: {}\r\n\r\n",
        reader.cookie
    );
    stream.write_all(head.as_bytes())?;
    let mut part = vec![0; 256 * 1024];
    while !is_over.load(Ordering::Relaxed) {
        let length = stream.read(&mut part)?;
        ensure!(length > 0, "the export broke off");
        bytes.fetch_add(length as u64, Ordering::Relaxed);
        if part[..length].ends_with(b"0\r\n\r\n") {
            break;
        }
    }
    Ok(())
}
