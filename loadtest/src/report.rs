//! The report: a short table for people, JSON for programs.

use std::fmt::{self, Display, Formatter};
use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::Path;

use serde::Serialize;

use crate::outcome::{Latency, Outcome};
use crate::tally::Faults;

/// A run's figures and the bounds it missed.
#[derive(Serialize)]
pub(crate) struct Report {
    passed: bool,
    missed: Vec<String>,
    #[serde(flatten)]
    outcome: Outcome,
}

impl Report {
    /// A report of `outcome`, which missed the bounds `missed`.
    pub(crate) fn new(outcome: Outcome, missed: Vec<String>) -> Self {
        Self { passed: missed.is_empty(), missed, outcome }
    }

    /// Whether no bound was missed.
    pub(crate) fn has_passed(&self) -> bool {
        self.passed
    }

    /// Prints the report on stdout.
    #[allow(clippy::print_stdout, reason = "the report is what this program is run for")]
    pub(crate) fn print(&self) {
        print!("{self}");
    }

    /// Writes the report as JSON to the file at `path`, which it creates or replaces.
    pub(crate) fn write_json(&self, path: &Path) -> io::Result<()> {
        let mut file = BufWriter::new(File::create(path)?);
        serde_json::to_writer_pretty(&mut file, self)?;
        file.write_all(b"\n")?;
        file.flush()
    }
}

impl Display for Report {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let Outcome {
            seconds,
            requests,
            requests_per_second,
            latencies,
            writes,
            cold_rounds,
            clicks,
            ..
        } = &self.outcome;
        writeln!(
            f,
            "requests       {requests} in {seconds:.1} s, {requests_per_second:.0} a second"
        )?;
        writeln!(f)?;
        writeln!(f, "ms            answers       p50       p90       p99     p99.9       max")?;
        for (name, latency) in [
            ("all", latencies.all),
            ("hot", latencies.hot),
            ("cold", latencies.cold),
            ("unknown", latencies.unknown),
            ("edited", latencies.edited),
        ] {
            latency_row(f, name, latency)?;
        }
        writeln!(f)?;
        writeln!(f, "cold links     visited {cold_rounds:.2} times each")?;
        writeln!(
            f,
            "editors        {} created, {} changed, {} deleted",
            writes.created, writes.changed, writes.deleted
        )?;
        faults_rows(f, "errors", &self.outcome.errors)?;
        faults_rows(f, "wrong answers", &self.outcome.wrong_answers)?;
        writeln!(
            f,
            "clicks         {} requested, {} answered, {} stored, {} pending, on {} links",
            clicks.requested, clicks.answered, clicks.stored, clicks.pending, clicks.links
        )?;
        faults_rows(f, "wrong counts", &clicks.differing)?;
        match clicks.settled_in_seconds {
            Some(seconds) => writeln!(f, "settled        {seconds:.1} s after the end")?,
            None => writeln!(f, "settled        no")?,
        }
        writeln!(f)?;
        for sentence in &self.missed {
            writeln!(f, "MISSED  {sentence}")?;
        }
        writeln!(f, "{}", if self.passed { "PASSED" } else { "FAILED" })
    }
}

fn latency_row(f: &mut Formatter<'_>, name: &str, latency: Latency) -> fmt::Result {
    let Latency { answers, p50_us, p90_us, p99_us, p999_us, max_us } = latency;
    write!(f, "{name:<10}{answers:>11}")?;
    for us in [p50_us, p90_us, p99_us, p999_us, max_us] {
        write!(f, "{:>10.3}", us as f64 / 1000.0)?;
    }
    writeln!(f)
}

fn faults_rows(f: &mut Formatter<'_>, name: &str, faults: &Faults) -> fmt::Result {
    writeln!(f, "{name:<15}{}", faults.count)?;
    for reason in &faults.first {
        writeln!(f, "               {reason}")?;
    }
    Ok(())
}
