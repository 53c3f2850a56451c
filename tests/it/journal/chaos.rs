//! How many rounds a test has, and what it leaves for the table of `cargo xtask chaos`.

use std::env;
use std::fs::OpenOptions;
use std::io::Write as _;
use std::thread;

use super::visitors::Tally;

/// Where a chaos run says how many rounds it wants.
const ROUNDS: &str = "CHAOS_ROUNDS";

/// Where it names the file that it reads lines of figures from.
const REPORT: &str = "CHAOS_REPORT";

/// As many rounds as `short`; in a chaos run, as many as it wants, or one in `cost` of them where a
/// round takes that much longer than others.
pub(crate) fn rounds(short: u64, cost: u64) -> u64 {
    let wanted = env::var(ROUNDS).ok().map(|rounds| rounds.parse::<u64>());
    wanted.map_or(short, |rounds| short.max(rounds.expect("a number of rounds") / cost))
}

/// Leaves a line for this test: its name, rounds, clicks requested, answered, counted, reported as
/// lost, lost without a word, and counted twice.
pub(super) fn report(rounds: u64, tallies: &[Tally], reported: u64) {
    let Some(path) = env::var_os(REPORT) else { return };
    let sum = |of: fn(&Tally) -> u64| tallies.iter().map(of).sum::<u64>();
    let lost = sum(|tally| tally.answered.saturating_sub(tally.counted));
    let thread = thread::current();
    let fields = [
        rounds,
        sum(|tally| tally.requested),
        sum(|tally| tally.answered),
        sum(|tally| tally.counted),
        reported,
        lost.saturating_sub(reported),
        sum(|tally| tally.counted.saturating_sub(tally.requested)),
    ];
    let fields = fields.map(|field| field.to_string()).join("\t");
    let line = format!("{}\t{fields}\n", thread.name().expect("a test's thread has its name"));
    // One write a line: tests run side by side.
    let file = OpenOptions::new().create(true).append(true).open(path);
    file.and_then(|mut file| file.write_all(line.as_bytes())).expect("the report takes a line");
}
