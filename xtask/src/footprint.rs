//! `cargo xtask footprint`: what a link in the cache and an idle connection take of memory, and how
//! long a start takes.

use std::fs;
use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};

use crate::cargo;
use crate::carom::Carom;
use crate::cores::Cores;
use crate::links;
use crate::load::Load;
use crate::seed;
use crate::server::address_of;

/// Connections that visit all links.
const VISITORS: usize = 64;

/// For as many clicks as all links together will have.
const WARMING: Duration = Duration::from_secs(4);

/// For memory that the last requests used to be given back.
const SETTLED: Duration = Duration::from_secs(5);

/// `cargo xtask footprint`
#[derive(clap::Args, Debug)]
pub(crate) struct Options {
    /// Links in the store, each visited once
    #[arg(long, default_value_t = 100_000, value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    links: u32,
    /// Idle connections
    #[arg(long, default_value_t = 1000, value_parser = clap::value_parser!(u16).range(1..))]
    connections: u16,
    /// Starts, of which the median counts
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u8).range(1..))]
    starts: u8,
    /// Use the release build as it is
    #[arg(long)]
    no_build: bool,
}

/// Measures and prints.
pub(crate) fn run(options: &Options) -> Result<()> {
    if !options.no_build {
        cargo::build_release()?;
    }
    let cores = Cores::of_this_machine();
    let directory = tempfile::Builder::new().prefix("carom-footprint-").tempdir()?;
    let carom = Carom::new("sqlite", directory.path())?;
    carom.migrate()?;
    seed::seed(&carom.database_file(), options.links)?;
    let starts = (0..options.starts).map(|_| start(&carom, cores));
    print("first redirect after exec, the links in the store", starts)?;

    let (server, addresses) = carom.serve(None, cores)?;
    let address = address_of(&addresses.edge)?;
    // What many clicks at once take is there before it is measured what links take.
    Load::connect(address, VISITORS, 1)?.run_for(WARMING, || 0)?;
    std::thread::sleep(SETTLED);
    let before = own_memory(server.pid())?;
    let tally = Load::connect(address, VISITORS, options.links)?.visit_all()?;
    std::thread::sleep(SETTLED);
    let filled = own_memory(server.pid())?;
    let a_link = filled.saturating_sub(before) / tally.requests;
    println!("memory a cached link, all in: {a_link} bytes ({} links)", tally.requests);

    let mut idle = Vec::new();
    for _ in 0..options.connections {
        idle.push(first_redirect(address)?);
    }
    let connected = own_memory(server.pid())?;
    let a_connection = connected.saturating_sub(filled) / u64::from(options.connections);
    println!("memory an idle connection: {a_connection} bytes ({} connections)", idle.len());
    drop(idle);
    server.stop()?;

    let starts = (0..options.starts).map(|_| start(&carom, cores));
    print("first redirect after exec, the links in a snapshot too", starts)
}

fn print(what: &str, starts: impl Iterator<Item = Result<Duration>>) -> Result<()> {
    let mut times = starts.collect::<Result<Vec<_>>>()?;
    times.sort();
    let median = times.get(times.len() / 2).context("no start")?;
    println!("{what}: {:.0} ms (median of {})", median.as_secs_f64() * 1e3, times.len());
    Ok(())
}

/// From the program's start to its first redirect.
fn start(carom: &Carom, cores: Cores) -> Result<Duration> {
    let began = Instant::now();
    let (server, addresses) = carom.serve(None, cores)?;
    drop(first_redirect(address_of(&addresses.edge)?)?);
    let took = began.elapsed();
    server.stop()?;
    Ok(took)
}

/// Follows the first link on a connection of its own, which stays open.
fn first_redirect(address: SocketAddr) -> Result<TcpStream> {
    let mut connection = TcpStream::connect(address)?;
    connection.set_read_timeout(Some(SETTLED))?;
    write!(connection, "GET /{} HTTP/1.1\r\nHost: {address}\r\n\r\n", links::code(0))?;
    let mut answer = [0; 512];
    let read = connection.read(&mut answer)?;
    ensure!(answer[..read].starts_with(b"HTTP/1.1 302 "), "the first link does not redirect");
    Ok(connection)
}

/// Bytes of memory that no file stands behind: the journal's maps are the page cache's.
pub(crate) fn own_memory(pid: u32) -> Result<u64> {
    let status = fs::read_to_string(Path::new("/proc").join(pid.to_string()).join("status"))?;
    let line = status.lines().find_map(|line| line.strip_prefix("RssAnon:"));
    let kib = line.and_then(|line| line.trim().strip_suffix(" kB"));
    let kib: u64 = kib.context("proc(5) has an RssAnon in kB")?.trim().parse()?;
    Ok(kib * 1024)
}
