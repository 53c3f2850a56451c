//! How many rounds a test has, and what it leaves for the table of `cargo xtask chaos`.

use std::env;
use std::fs::OpenOptions;
use std::io::Write as _;
use std::thread;
use std::time::Duration;

use super::visitors::Tally;

/// Where a chaos run says how many rounds it wants.
const ROUNDS: &str = "CHAOS_ROUNDS";

/// Where it says how long a fault lasts.
const SECONDS: &str = "CHAOS_SECONDS";

/// Where it names the file that it reads lines of figures from.
const REPORT: &str = "CHAOS_REPORT";

/// As many rounds as `short`; in a chaos run, as many as it wants, or one in `cost` of them where a
/// round takes that much longer than others.
pub(crate) fn rounds(short: u64, cost: u64) -> u64 {
    let wanted = env::var(ROUNDS).ok().map(|rounds| rounds.parse::<u64>());
    wanted.map_or(short, |rounds| short.max(rounds.expect("a number of rounds") / cost))
}

/// How long a fault lasts: `short`, or as long as a chaos run wants.
pub(super) fn lasting(short: Duration) -> Duration {
    let wanted =
        env::var(SECONDS).ok().map(|seconds| seconds.parse().expect("a number of seconds"));
    wanted.map_or(short, |seconds| short.max(Duration::from_secs(seconds)))
}

/// What a test says of itself.
pub(super) struct Figures {
    /// How often it did what it does.
    pub(super) rounds: u64,
    /// How long that took.
    pub(super) took: Duration,
    /// Clicks that the server itself said were lost.
    pub(super) reported: u64,
    /// From the end of a fault until the store had everything, the longest; none where a test does
    /// not look.
    pub(super) recovery: Option<Duration>,
}

/// Leaves a line for this test: its name, rounds, seconds, clicks requested, requests without a
/// redirect, clicks counted, reported as lost, lost without a word, counted twice, and the
/// milliseconds of the longest recovery.
pub(super) fn report(figures: &Figures, tallies: &[Tally]) {
    let Some(path) = env::var_os(REPORT) else { return };
    let sum = |of: fn(&Tally) -> u64| tallies.iter().map(of).sum::<u64>();
    let lost = sum(|tally| tally.answered.saturating_sub(tally.counted));
    let thread = thread::current();
    let millis = |span: Duration| u64::try_from(span.as_millis()).expect("not for ages");
    let fields = [
        figures.rounds,
        figures.took.as_secs(),
        sum(|tally| tally.requested),
        sum(|tally| tally.requested - tally.answered),
        sum(|tally| tally.counted),
        figures.reported,
        lost.saturating_sub(figures.reported),
        sum(|tally| tally.counted.saturating_sub(tally.requested)),
        figures.recovery.map_or(0, millis),
    ];
    let fields = fields.map(|field| field.to_string()).join("\t");
    let line = format!("{}\t{fields}\n", thread.name().expect("a test's thread has its name"));
    // One write a line: tests run side by side.
    let file = OpenOptions::new().create(true).append(true).open(path);
    file.and_then(|mut file| file.write_all(line.as_bytes())).expect("the report takes a line");
}
