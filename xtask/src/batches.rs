//! `cargo xtask bench-batch`: how many links a second one API client makes, ten thousand a request.

use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::cargo;
use crate::carom::Carom;
use crate::cluster::{Cluster, Durability};
use crate::cores::Cores;
use crate::figures::Spread;
use crate::http::{self, Client};

/// Links of one request: as many as the API takes.
const ITEMS: u32 = 10_000;

/// `cargo xtask bench-batch`
#[derive(clap::Args, Debug)]
pub(crate) struct Options {
    /// Requests, one after the other, on each store
    #[arg(long, default_value_t = 10, value_parser = clap::value_parser!(u32).range(1..=1000))]
    requests: u32,
    /// Links a second that Postgres must take
    #[arg(long, default_value_t = 20_000.0)]
    bound: f64,
    /// Use the release build as it is
    #[arg(long)]
    no_build: bool,
}

/// Measures both stores, and fails below the bound.
pub(crate) fn run(options: &Options) -> Result<()> {
    if !options.no_build {
        cargo::build_release()?;
    }
    let on_sqlite = on_store("sqlite", options).context("on SQLite")?;
    let cluster = Cluster::start(Durability::Synced)?;
    let on_postgres = on_store(&cluster.url(), options).context("on Postgres")?;
    println!("links made a second, {ITEMS} a request, median of {} requests:", options.requests);
    println!("  SQLite    {on_sqlite:>8.0}");
    println!("  Postgres  {on_postgres:>8.0}  (bound {:.0})", options.bound);
    ensure!(on_postgres >= options.bound, "Postgres takes fewer links than it must");
    Ok(())
}

fn on_store(store: &str, options: &Options) -> Result<f64> {
    let data = TempDir::with_prefix("carom-bench-batch-")?;
    let carom = Carom::new(store, data.path())?;
    // The client is cheap: both cores are the server's and the store's.
    let (server, addresses) = carom.serve(None, Cores::Shared)?;
    let key = format!("Bearer {}", carom.create_key()?);
    let mut client = Client::connect(http::address(&addresses.admin)?)?;
    let mut rates = Vec::new();
    for n in 0..options.requests {
        let body = batch(n);
        let began = Instant::now();
        client.send("POST", "/api/v1/links/batch", &[("Authorization", &key)], &body)?;
        let answer = client.read()?;
        rates.push(rate(began.elapsed()));
        ensure!(answer.status == 200, "a batch was answered with {}", answer.status);
        let answer: Value = serde_json::from_str(&answer.body)?;
        ensure!(answer["failed"] == 0, "{} items failed", answer["failed"]);
    }
    server.stop()?;
    Ok(Spread::of(rates).median)
}

fn rate(time: Duration) -> f64 {
    f64::from(ITEMS) / time.as_secs_f64()
}

/// Links with codes of their own and without, half of each.
fn batch(n: u32) -> String {
    let link = |item: u32| {
        let url = format!("https://www.example.com/articles/{n}/{item}/read-it-as-one-page");
        if item.is_multiple_of(2) {
            json!({ "url": url, "code": format!("b{n}-{item}") })
        } else {
            json!({ "url": url })
        }
    };
    json!({ "create": (0..ITEMS).map(link).collect::<Vec<_>>() }).to_string()
}
