//! `cargo xtask chaos`: the tests of the click journal against the release build, for longer, and a
//! table of what they counted. Random requests go along, ten thousand a round.

use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};

use crate::cargo;
use crate::postgres;
use crate::process;

/// Fields of a line after its name: see `tests/it/journal/chaos.rs`, which writes them.
const FIELDS: usize = 9;

const HEADS: [&str; FIELDS] =
    ["rounds", "s", "requested", "errors", "counted", "reported", "lost", "double", "recovery/ms"];

/// Fields that are no sums: the longest of a case's lines.
const RECOVERY: usize = FIELDS - 1;

/// More than there are cases that last as long as an outage.
const OUTAGES: u32 = 20;

/// A run that takes longer hangs.
const LIMIT_A_ROUND: Duration = Duration::from_secs(60);

/// `cargo xtask chaos`
#[derive(clap::Args, Debug)]
pub(crate) struct Options {
    /// Kills at random moments, on each store; cases whose rounds take longer have fewer
    #[arg(long, default_value_t = 100, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    rounds: u32,
    /// How long each outage lasts, in minutes; by default as long as in the suite, a few seconds
    #[arg(long, value_parser = clap::value_parser!(u32).range(1..=600))]
    minutes: Option<u32>,
    /// Only cases with this in their name, such as `faults::`
    #[arg(long, value_name = "NAME")]
    only: Option<String>,
    /// Cases at once: more of them find more, on a machine that has the cores
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u8).range(1..=32))]
    jobs: u8,
}

/// What a case counted.
#[derive(Debug, PartialEq, Eq)]
struct Case {
    name: String,
    figures: [u64; FIELDS],
}

/// Runs the tests, prints the table and fails with them.
pub(crate) fn run(options: &Options) -> Result<()> {
    postgres::ensure_there()?;
    cargo::build_release()?;
    let directory = tempfile::Builder::new().prefix("carom-chaos-").tempdir()?;
    let report = directory.path().join("report");
    let jobs = options.jobs.to_string();
    let began = Instant::now();
    let mut command =
        cargo::command(["test", "--locked", "--package", "carom", "--test", "it", "--"]);
    match &options.only {
        Some(name) => command.arg(name),
        // A million random requests in a hundred rounds.
        None => command.args(["journal::", "redirect::noise::"]),
    };
    command.args(["--nocapture", "--test-threads", jobs.as_str()]);
    command
        .env("CHAOS_ROUNDS", options.rounds.to_string())
        .env("CHAOS_REPORT", &report)
        .env("CAROM_TEST_PROGRAM", cargo::release_binary("carom")?);
    let outage = Duration::from_secs(60) * options.minutes.unwrap_or(0);
    if options.minutes.is_some() {
        command.env("CHAOS_SECONDS", outage.as_secs().to_string());
    }
    let limit = cargo::LIMIT + LIMIT_A_ROUND * options.rounds + outage * OUTAGES;
    let outcome = process::run(&mut command, limit);
    let cases = read(&report)?;
    print(&cases);
    println!("{} cases in {:.0} s", cases.len(), began.elapsed().as_secs_f64());
    outcome?;
    ensure!(!cases.is_empty(), "no case has left a line");
    Ok(())
}

/// The lines of a report: those of one case are one.
fn read(report: &Path) -> Result<Vec<Case>> {
    // A run that failed at once has left none.
    let text = fs::read_to_string(report).unwrap_or_default();
    let mut cases: Vec<Case> = Vec::new();
    for line in text.lines() {
        let (name, figures) = parse(line).with_context(|| format!("not a line: `{line}`"))?;
        match cases.iter_mut().find(|case| case.name == name) {
            Some(case) => {
                let longest = case.figures[RECOVERY].max(figures[RECOVERY]);
                for (sum, more) in case.figures.iter_mut().zip(figures) {
                    *sum += more;
                }
                case.figures[RECOVERY] = longest;
            }
            None => cases.push(Case { name: name.to_owned(), figures }),
        }
    }
    cases.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(cases)
}

fn parse(line: &str) -> Option<(&str, [u64; FIELDS])> {
    let mut words = line.split('\t');
    let name = words.next()?;
    let figures: Option<Vec<u64>> = words.map(|word| word.parse().ok()).collect();
    Some((name, figures?.try_into().ok()?))
}

fn print(cases: &[Case]) {
    let width = cases.iter().map(|case| case.name.len()).max().unwrap_or(4);
    let row = |name: &str, figures: &[String]| {
        let figures: String = figures.iter().map(|figure| format!("{figure:>12}")).collect();
        println!("{name:<width$}{figures}");
    };
    println!();
    row("case", &HEADS.map(str::to_owned));
    for case in cases {
        row(&case.name, &case.figures.map(|figure| figure.to_string()));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_of_one_case_are_added_up() {
        let directory = tempfile::tempdir().expect("a directory");
        let report = directory.path().join("report");
        fs::write(
            &report,
            "b\t1\t5\t9\t1\t8\t0\t0\t0\t70\na\t1\t2\t2\t0\t1\t0\t1\t0\t0\nb\t1\t6\t1\t0\t1\t0\t0\t0\t30\n",
        )
        .expect("a file");
        let cases = read(&report).expect("lines");
        assert_eq!(cases.len(), 2);
        assert_eq!(cases[0], Case { name: "a".to_owned(), figures: [1, 2, 2, 0, 1, 0, 1, 0, 0] });
        assert_eq!(cases[1].figures, [2, 11, 10, 1, 9, 0, 0, 0, 70]);
    }
}
