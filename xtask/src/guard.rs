//! `cargo xtask bench-guard`: what a redirect costs, as a multiple of bare hyper.
//!
//! All servers run side by side on one core and the load on another; each round measures both of a
//! pair, so that whatever the machine is doing meanwhile falls on both. What counts is CPU time per
//! request: on a busy machine it moves far less than requests per second.

use std::env;
use std::ffi::OsStr;
use std::fs;
use std::net::SocketAddr;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::thread;
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use serde_json::json;
use tempfile::TempDir;

use crate::cargo;
use crate::carom::Carom;
use crate::cores::Cores;
use crate::cpu;
use crate::figures::{Comparison, Cost, Pair, Round};
use crate::links::Draws;
use crate::load::Load;
use crate::process;
use crate::report;
use crate::seed;
use crate::server::{Server, address_of};

/// One edge thread, as the yardsticks have, and no link read again meanwhile: what is measured are
/// hits.
const CONFIG: &str = "[edge]\nthreads = 1\n[cache]\nsoft_age_ms = 3600000\n";

/// Before each measurement: the server accepts all connections, and its memory takes the place of
/// its neighbour's in the caches of the core.
const LEAD_IN: Duration = Duration::from_millis(250);

/// Carom absorbs clicks every second, so a quiet moment shorter than that proves nothing.
const QUIET: Duration = Duration::from_millis(1200);

/// What an idle server may use of its core.
const QUIET_SHARE: f64 = 0.02;

/// How often a server is looked at before the guard goes on beside its noise.
const QUIET_TRIES: usize = 10;

/// `cargo xtask bench-guard`
#[derive(clap::Args, Debug)]
pub(crate) struct Options {
    /// Fail when a case costs more than this multiple of its yardstick
    #[arg(long, default_value_t = 1.10)]
    bound: f64,
    /// Measured rounds of each case
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..))]
    rounds: u32,
    /// Length of a round
    #[arg(long, default_value_t = 2, value_parser = clap::value_parser!(u64).range(1..))]
    seconds: u64,
    /// Links in the store and in the yardstick's map
    #[arg(long, default_value_t = 100_000, value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    links: u32,
    /// Keep-alive connections, one request under way on each
    #[arg(long, default_value_t = 64, value_parser = clap::value_parser!(u16).range(1..))]
    connections: u16,
    /// Which CPU time is held to the bound
    #[arg(long, value_enum, default_value = "process")]
    cost: Cost,
    /// Measure each yardstick against a second copy of itself: how far 1.00 strays on this machine
    #[arg(long)]
    self_check: bool,
    /// Use the release build as it is
    #[arg(long)]
    no_build: bool,
    /// Write the figures to this file
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
}

/// Runs the guard with the arguments of this program's own command line.
pub(crate) fn run(options: &Options) -> Result<()> {
    if !options.no_build {
        cargo::build_release()?;
    }
    // An unoptimised load would cost more than the server it drives.
    if cfg!(debug_assertions) {
        let mut command = Command::new(cargo::release_binary("xtask")?);
        let error = command.args(env::args_os().skip(1)).exec();
        return Err(error).context("cannot become the release build of xtask");
    }
    let comparisons = compare(options)?;
    for comparison in &comparisons {
        report::print(comparison, options.cost, options.bound);
    }
    if let Some(file) = &options.json {
        let settings = json!({
            "bound": options.bound,
            "cost": options.cost.word(),
            "rounds": options.rounds,
            "seconds": options.seconds,
            "links": options.links,
            "connections": options.connections,
        });
        let json = report::json(&comparisons, options.cost, &settings);
        fs::write(file, format!("{json:#}\n"))
            .with_context(|| format!("cannot write {}", file.display()))?;
    }
    judge(&comparisons, options)
}

/// Runs this program's release build with these arguments, which begin with `bench-guard`.
pub(crate) fn run_in_release<S: AsRef<OsStr>>(
    arguments: impl IntoIterator<Item = S>,
) -> Result<()> {
    let mut command = Command::new(cargo::release_binary("xtask")?);
    process::run(command.args(arguments), Duration::from_secs(30 * 60))
}

/// A running server with what is needed to measure it.
struct Contender {
    name: String,
    server: Server,
    address: SocketAddr,
    background: Background,
}

/// Whether a server works on when nobody asks it anything.
#[derive(Clone, Copy)]
enum Background {
    None,
    Absorbing,
}

fn compare(options: &Options) -> Result<Vec<Comparison>> {
    let cores = Cores::of_this_machine();
    let directory = tempfile::Builder::new().prefix("carom-bench-").tempdir()?;
    let yardstick = |name: &str, copy: &str| {
        start_yardstick(name, copy, options.links, cores, directory.path())
    };
    let (bare, map) = (yardstick("bare", "")?, yardstick("map", "")?);
    // The subjects of one link and of many: Carom is both.
    let subjects = if options.self_check {
        vec![yardstick("bare", "-again")?, yardstick("map", "-again")?]
    } else {
        vec![start_carom(options.links, cores, &directory)?]
    };
    let (one, many) = (&subjects[0], &subjects[subjects.len() - 1]);
    cores.become_load()?;

    for contender in [many, &map] {
        let tally = contender.load(options)?.visit_all()?;
        println!(
            "{}: visited {} links in {:.1} s",
            contender.name,
            tally.requests,
            tally.wall.as_secs_f64()
        );
    }
    let comparisons = vec![
        measure_case("one hot link", one, &bare, Draws::one_link(), options)?,
        measure_case("many links, Zipf", many, &map, Draws::zipf(options.links), options)?,
        measure_case("many links, uniform", many, &map, Draws::uniform(options.links), options)?,
    ];
    for contender in subjects {
        // A yardstick runs until it is killed; Carom must be able to stop after all this.
        if matches!(contender.background, Background::Absorbing) {
            contender.server.stop()?;
        }
    }
    Ok(comparisons)
}

/// Fails with the cases that cost more than the bound, in one sentence.
fn judge(comparisons: &[Comparison], options: &Options) -> Result<()> {
    let failures: Vec<String> = comparisons
        .iter()
        .map(|comparison| (comparison, comparison.ratio(options.cost).median))
        // A ratio that is not a number is a failure too.
        .filter(
            |(_, ratio)| !matches!(ratio.partial_cmp(&options.bound), Some(order) if order.is_le()),
        )
        .map(|(comparison, ratio)| {
            let Comparison { case, subject, yardstick, .. } = comparison;
            format!("{case}: {subject} costs {ratio:.3} × {yardstick}")
        })
        .collect();
    ensure!(
        failures.is_empty(),
        "a redirect costs more than the bound of {:.2}: {}",
        options.bound,
        failures.join("; ")
    );
    println!("\nevery case is within {:.2} × its yardstick", options.bound);
    Ok(())
}

fn start_yardstick(
    server: &str,
    copy: &str,
    links: u32,
    cores: Cores,
    directory: &Path,
) -> Result<Contender> {
    let name = format!("{server}{copy}");
    let mut command = process::bound_to_us(&cargo::release_binary("examples/yardstick")?);
    command.args([server, "--listen", "127.0.0.1:0"]);
    if server == "map" {
        command.args(["--links", &links.to_string()]);
    }
    let (server, [url]) = Server::start(&name, &mut command, cores, directory, ["listening"])?;
    Ok(Contender { name, server, address: address_of(&url)?, background: Background::None })
}

fn start_carom(links: u32, cores: Cores, directory: &TempDir) -> Result<Contender> {
    let carom = Carom::new("sqlite", directory.path())?;
    carom.migrate()?;
    seed::seed(&carom.database_file(), links)?;
    let config = directory.path().join("bench.toml");
    fs::write(&config, CONFIG)?;
    let (server, addresses) = carom.serve(Some(&config), cores)?;
    Ok(Contender {
        name: "carom".to_owned(),
        server,
        address: address_of(&addresses.edge)?,
        background: Background::Absorbing,
    })
}

/// Measures both servers round by round, each first in every other one. A round in which a server
/// did not have its core to itself is repeated, as often as there are rounds.
fn measure_case(
    case: &'static str,
    subject: &Contender,
    yardstick: &Contender,
    mut draws: Draws,
    options: &Options,
) -> Result<Comparison> {
    let mut measure = |contender: &Contender| contender.measure(&mut draws, options);
    // Warms both up, and does not count.
    measure(subject)?;
    measure(yardstick)?;
    let mut rounds = Vec::new();
    let wanted = options.rounds as usize;
    while rounds.len() < 2 * wanted
        && rounds.iter().filter(|pair: &&Pair| pair.is_saturated()).count() < wanted
    {
        rounds.push(if rounds.len().is_multiple_of(2) {
            let subject = measure(subject)?;
            Pair { subject, yardstick: measure(yardstick)? }
        } else {
            let yardstick = measure(yardstick)?;
            Pair { subject: measure(subject)?, yardstick }
        });
    }
    let names = (subject.name.clone(), yardstick.name.clone());
    Ok(Comparison::new(case, names, rounds, wanted))
}

impl Contender {
    fn load(&self, options: &Options) -> Result<Load> {
        Load::connect(self.address, options.connections.into(), options.links)
            .with_context(|| format!("no load on {}", self.name))
    }

    fn measure(&self, draws: &mut Draws, options: &Options) -> Result<Round> {
        let pid = self.server.pid();
        let mut load = self.load(options)?;
        let mut run_for = |time| {
            load.run_for(time, || draws.draw())
                .with_context(|| format!("{} failed under load", self.name))
        };
        run_for(LEAD_IN)?;
        self.settle()?;
        let (cpu, threads) = (cpu::of_process(pid)?, cpu::by_thread_name(pid));
        let tally = run_for(Duration::from_secs(options.seconds))?;
        let (cpu_after, threads_after) = (cpu::of_process(pid)?, cpu::by_thread_name(pid));
        self.settle()?;
        let afterwards = cpu::of_process(pid)? - cpu_after;
        let threads = threads_after.into_iter().map(|(name, after)| {
            let before = threads.get(&name).copied().unwrap_or_default();
            (name, after.saturating_sub(before))
        });
        Ok(Round {
            requests: tally.requests,
            wall: tally.wall,
            cpu: cpu_after - cpu,
            threads: threads.collect(),
            afterwards,
        })
    }

    /// Waits until the work that requests left behind is done, or it would disturb what comes next.
    fn settle(&self) -> Result<()> {
        if matches!(self.background, Background::None) {
            return Ok(());
        }
        for _ in 0..QUIET_TRIES {
            let before = cpu::of_process(self.server.pid())?;
            thread::sleep(QUIET);
            let used = cpu::of_process(self.server.pid())? - before;
            if used.as_secs_f64() < QUIET.as_secs_f64() * QUIET_SHARE {
                return Ok(());
            }
        }
        println!("note: {} was still at work when the next measurement began", self.name);
        Ok(())
    }
}
