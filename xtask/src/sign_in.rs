//! `cargo xtask bench-sign-in`: whether the time of a sign-in tells who has an account, and what
//! redirects feel of a crowd that signs in.

use std::fs;
use std::net::SocketAddr;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use serde_json::json;
use tempfile::TempDir;

use crate::cargo;
use crate::carom::{Addresses, Carom};
use crate::cores::Cores;
use crate::figures::Spread;
use crate::http::{self, Client};
use crate::paced::{PER_SECOND, redirects};

const EMAIL: &str = "known@bench.example";
const PASSWORD: &str = "a password for measuring";

/// A difference as large comes by chance once in a thousand runs (two-sided, normal).
const Z_MAX: f64 = 3.29;

/// Every sign-in comes from an address of its own, as the header says: the limits of attempts are not
/// what is measured.
const CONFIG: &str = "[admin]\ntrusted_proxies = \"127.0.0.1\"\nconnections_max = 4096\n";

/// `cargo xtask bench-sign-in`
#[derive(clap::Args, Debug)]
pub(crate) struct Options {
    /// Sign-ins of each sort whose times are compared
    #[arg(long, default_value_t = 400, value_parser = clap::value_parser!(u32).range(20..=100_000))]
    pairs: u32,
    /// Sign-ins a second beside the redirects
    #[arg(long, default_value_t = 200, value_parser = clap::value_parser!(u32).range(1..=1000))]
    rate: u32,
    /// Times of so many seconds with and without sign-ins
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..=100))]
    rounds: u32,
    /// Seconds of each
    #[arg(long, default_value_t = 4, value_parser = clap::value_parser!(u32).range(1..=10))]
    seconds: u32,
    /// How much larger the redirects' p99 may be while people sign in
    #[arg(long, default_value_t = 2.0)]
    bound: f64,
    /// Use the release build as it is
    #[arg(long)]
    no_build: bool,
}

/// Measures both, prints them, and fails beyond the bounds.
pub(crate) fn run(options: &Options) -> Result<()> {
    if !options.no_build {
        cargo::build_release()?;
    }
    let data = TempDir::with_prefix("carom-bench-sign-in-")?;
    let config = data.path().join("carom.toml");
    fs::write(&config, CONFIG)?;
    let carom = Carom::new("sqlite", data.path())?;
    let cores = Cores::of_this_machine();
    let (server, addresses) = carom.serve(Some(&config), cores)?;
    let create = ["user", "create", "--email", EMAIL, "--password-stdin"];
    carom.output_with(&create, PASSWORD)?;
    let link = carom.output_of(&["link", "create", "https://example.com/", "--json"])?;
    let link: serde_json::Value = serde_json::from_str(&link)?;
    let code = link["code"].as_str().context("`carom link create --json` printed no `code`")?;
    cores.become_load()?;
    let at = Listeners::of(&addresses)?;
    let outcome = compare_times(&at, options).and_then(|()| crowd(&at, code, options));
    server.stop()?;
    outcome
}

struct Listeners {
    edge: SocketAddr,
    admin: SocketAddr,
}

impl Listeners {
    fn of(addresses: &Addresses) -> Result<Self> {
        let (edge, admin) = (http::address(&addresses.edge)?, http::address(&addresses.admin)?);
        Ok(Self { edge, admin })
    }
}

/// Signs in with a wrong password, by turns as somebody who has an account and as nobody.
fn compare_times(at: &Listeners, options: &Options) -> Result<()> {
    let mut client = Client::connect(at.admin)?;
    let (mut known, mut unknown) = (Vec::new(), Vec::new());
    for n in 0..options.pairs * 2 {
        let (times, email) =
            if n % 2 == 0 { (&mut known, EMAIL) } else { (&mut unknown, "nobody@bench.example") };
        let began = Instant::now();
        sign_in(&mut client, email, "not the password", n)?;
        let status = client.read()?.status;
        times.push(began.elapsed());
        ensure!(status == 401, "a wrong password was answered with {status}");
    }
    let z = difference(&known, &unknown);
    println!("time of a sign-in with a wrong password, {} each, by turns:", options.pairs);
    println!("  known address    median {:>8.3} ms", median_ms(&mut known));
    println!("  unknown address  median {:>8.3} ms", median_ms(&mut unknown));
    println!("  Mann-Whitney z = {z:.2} (beyond {Z_MAX} by chance once in a thousand runs)");
    ensure!(z.abs() <= Z_MAX, "the time of a sign-in tells who has an account");
    Ok(())
}

/// How far two samples are apart (Mann and Whitney 1947), in standard deviations.
fn difference(a: &[Duration], b: &[Duration]) -> f64 {
    let mut all: Vec<(Duration, bool)> = Vec::with_capacity(a.len() + b.len());
    all.extend(a.iter().map(|time| (*time, true)));
    all.extend(b.iter().map(|time| (*time, false)));
    all.sort_unstable();
    let ranks = all.iter().zip(1_u32..).filter(|((_, is_a), _)| *is_a);
    let sum: f64 = ranks.map(|(_, rank)| f64::from(rank)).sum();
    let (n, m) = (count(a), count(b));
    let u = sum - n * (n + 1.0) / 2.0;
    (u - n * m / 2.0) / (n * m * (n + m + 1.0) / 12.0).sqrt()
}

fn count(times: &[Duration]) -> f64 {
    f64::from(u32::try_from(times.len()).unwrap_or(u32::MAX))
}

fn median_ms(times: &mut [Duration]) -> f64 {
    times.sort_unstable();
    times[times.len() / 2].as_secs_f64() * 1000.0
}

/// Redirects at a steady rate, by turns alone and beside people who sign in.
fn crowd(at: &Listeners, code: &str, options: &Options) -> Result<()> {
    let (mut alone, mut beside) = (Vec::new(), Vec::new());
    for _ in 0..options.rounds {
        alone.push(redirects(at.edge, code, options.seconds)?.at_ms(990));
        let (seconds, rate, admin) = (options.seconds, options.rate, at.admin);
        let signing_in = thread::spawn(move || sign_ins(admin, rate, seconds));
        beside.push(redirects(at.edge, code, options.seconds)?.at_ms(990));
        let answered = signing_in.join().map_err(|_| anyhow::anyhow!("the crowd panicked"))??;
        println!("  {} sign-ins begun, {answered} answered", rate * seconds);
    }
    let (alone, beside) = (Spread::of(alone), Spread::of(beside));
    println!(
        "p99 of {PER_SECOND} redirects/s: {:.3} ms alone, {:.3} ms beside {} sign-ins/s ({} rounds)",
        alone.median, beside.median, options.rate, options.rounds
    );
    let ratio = beside.median / alone.median;
    println!("  ratio {ratio:.2}, bound {:.2}", options.bound);
    ensure!(ratio <= options.bound, "redirects feel the sign-ins too much");
    Ok(())
}

/// Begins sign-ins at this rate, whether the ones before were answered or not; returns how many
/// were answered in the end.
fn sign_ins(admin: SocketAddr, rate: u32, seconds: u32) -> Result<usize> {
    let began = Instant::now();
    let mut open = Vec::new();
    for n in 0..rate * seconds {
        let due = began + Duration::from_secs(1) * n / rate;
        thread::sleep(due.saturating_duration_since(Instant::now()));
        let mut client = Client::connect(admin)?;
        sign_in(&mut client, EMAIL, PASSWORD, n)?;
        open.push(client);
    }
    let answered = open.iter_mut().filter_map(|client| client.read().ok());
    Ok(answered.filter(|answer| answer.status == 201).count())
}

/// Sends the request of a client of its own.
fn sign_in(client: &mut Client, email: &str, password: &str, number: u32) -> Result<()> {
    let body = json!({ "email": email, "password": password }).to_string();
    let [_, a, b, c] = number.to_be_bytes();
    let from = format!("10.{a}.{b}.{c}");
    client.send("POST", "/api/v1/session", &[("X-Forwarded-For", &from)], &body)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn samples_that_differ_are_told_apart_and_others_are_not() {
        let times = |offset: u64| -> Vec<Duration> {
            (0..200).map(|n| Duration::from_micros(offset + n * 7919 % 1000)).collect()
        };
        assert!(difference(&times(0), &times(1)).abs() < Z_MAX);
        assert!(difference(&times(0), &times(500)) < -Z_MAX);
        assert!(difference(&times(500), &times(0)) > Z_MAX);
    }
}
