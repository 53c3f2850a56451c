//! The command line: where the server is, how much load, and which bounds must hold.

use std::ops::RangeInclusive;
use std::path::PathBuf;
use std::time::Duration;

use clap::Parser;
use clap::builder::RangedU64ValueParser;
use reqwest::Url;

use crate::verdict::Bounds;

/// Load-tests a running Carom: checks every answer, then accounts for every click.
#[derive(Parser)]
#[command(name = "carom-loadtest")]
pub(crate) struct Options {
    /// The edge listener, such as http://127.0.0.1:8080.
    #[arg(long, value_name = "URL")]
    pub(crate) edge: Url,
    /// The admin listener, such as http://127.0.0.1:8081.
    #[arg(long, value_name = "URL")]
    pub(crate) admin: Url,
    /// An API key that may create, change and delete links.
    #[arg(long)]
    pub(crate) key: String,
    /// How long visitors and editors keep on.
    #[arg(long, default_value_t = 20, value_parser = clap::value_parser!(u64).range(1..=86_400))]
    seconds: u64,
    /// Links to create first; one half is visited often, the other about once each.
    #[arg(long, default_value_t = 2000, value_parser = between(2..=10_000_000))]
    pub(crate) links: usize,
    /// Visitors, each with one request under way at a time.
    #[arg(long, default_value_t = 48, value_parser = between(1..=1_000))]
    pub(crate) visitors: usize,
    /// Editors, who create, change and delete links of their own meanwhile.
    #[arg(long, default_value_t = 2, value_parser = between(0..=100))]
    pub(crate) editors: usize,
    /// Fewest requests a second at the edge.
    #[arg(long, default_value_t = 1000.0)]
    rps_min: f64,
    /// Highest 99th percentile of the edge's answers, in milliseconds.
    #[arg(long, default_value_t = 50.0)]
    p99_ms_max: f64,
    /// Let the visitors make at most this many requests a second together, evenly spread; choose a
    /// lower --rps-min with it.
    #[arg(long, value_name = "N", value_parser = between(1..=1_000_000))]
    pub(crate) rate_max: Option<usize>,
    /// Also write the report to this file, as JSON.
    #[arg(long, value_name = "FILE")]
    pub(crate) json: Option<PathBuf>,
}

impl Options {
    /// How long visitors and editors keep on.
    pub(crate) fn length(&self) -> Duration {
        Duration::from_secs(self.seconds)
    }

    /// Visitors and editors.
    pub(crate) fn users(&self) -> usize {
        self.visitors + self.editors
    }

    /// What must hold for the run to pass.
    pub(crate) fn bounds(&self) -> Bounds {
        Bounds { seconds: self.seconds as f64, rps_min: self.rps_min, p99_ms_max: self.p99_ms_max }
    }
}

fn between(range: RangeInclusive<u64>) -> RangedU64ValueParser<usize> {
    RangedU64ValueParser::new().range(range)
}
