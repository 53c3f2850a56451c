//! Damaged, foreign and strange files in the journal: the start is never held up, what is whole is
//! counted once, and files are given back.

use std::fs;
use std::path::{Path, PathBuf};

use super::visitors::{Ledger, options};
use crate::support::carom::Carom;
use crate::support::http::get;
use crate::support::wait::{SOON, eventually};

/// Where the first record of a segment stands.
const RECORDS_AT: usize = 4096;

/// A server that was killed with clicks in its journal that its store has not got.
pub(super) fn killed_with_clicks() -> (Carom, Ledger) {
    let mut carom = Carom::start(options(None).set("CAROM_CLICKS__FLUSH_INTERVAL_MS", 10_000));
    carom.key();
    let ledger = Ledger::new(&carom);
    let visitors = ledger.visit(carom.edge());
    eventually(SOON, "some clicks", || ledger.answered() >= 500);
    carom.kill();
    visitors.wait();
    (carom, ledger)
}

fn journal(carom: &Carom) -> PathBuf {
    carom.data_dir().join("journal")
}

fn segments(journal: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(journal).expect("the journal can be read");
    let paths = entries.map(|entry| entry.expect("a file").path());
    paths.filter(|path| path.extension().is_some_and(|its| its == "segment")).collect()
}

/// Segments with a record in them.
fn full_segments(journal: &Path) -> Vec<PathBuf> {
    let mut paths = segments(journal);
    paths.retain(|path| {
        let bytes = fs::read(path).expect("a segment");
        bytes.get(RECORDS_AT..RECORDS_AT + 8).is_some_and(|record| record != [0; 8])
    });
    paths
}

#[test]
fn strange_files_hold_no_start_up_and_hide_no_clicks() {
    let (mut carom, ledger) = killed_with_clicks();
    let journal = journal(&carom);
    let outside = carom.data_dir().join("outside");
    let whole = fs::read(&full_segments(&journal)[0]).expect("a segment");
    fs::write(&outside, &whole).expect("written");
    fs::create_dir(journal.join("0.segment")).expect("a directory");
    std::os::unix::fs::symlink(&outside, journal.join("1.segment")).expect("a link");
    fs::write(journal.join("2.segment"), b"rubbish").expect("written");
    fs::write(journal.join("3.segment"), b"").expect("written");
    // A copy: its clicks are those of the file that it was copied from.
    fs::write(journal.join("4.segment"), &whole).expect("written");
    carom.restart();
    ledger.assert_counted(&carom);
    let log = carom.log();
    for name in ["0.segment", "1.segment", "2.quarantined", "3.quarantined"] {
        assert_eq!(log.matches(&format!("/{name}")).count(), 1, "{name} is said once:\n{log}");
    }
    assert_eq!(fs::read(&outside).expect("it is there"), whole);
    carom.restart();
    ledger.assert_counted(&carom);
}

#[test]
fn a_damaged_record_costs_one_click_and_is_said() {
    let (mut carom, ledger) = killed_with_clicks();
    let path = full_segments(&journal(&carom)).remove(0);
    let mut bytes = fs::read(&path).expect("a segment");
    bytes[RECORDS_AT + 70] ^= 4;
    fs::write(&path, bytes).expect("written");
    carom.restart();
    let lost = 1;
    ledger.assert_counted_but(&carom, lost);
    carom.restart();
    ledger.assert_counted_but(&carom, lost);
}

#[test]
fn what_was_counted_before_a_start_is_given_back_after_it() {
    let mut carom = Carom::start(options(None).set("CAROM_CLICKS__JOURNAL_KEPT_S", 0));
    carom.key();
    let ledger = Ledger::new(&carom);
    let visitors = ledger.visit(carom.edge());
    eventually(SOON, "some clicks", || ledger.answered() >= 200);
    visitors.leave();
    ledger.assert_counted(&carom);
    carom.restart();
    // Once this is counted, what was left has been looked at.
    let visitors = ledger.visit(carom.edge());
    let wanted = ledger.answered() + 200;
    eventually(SOON, "more clicks", || ledger.answered() >= wanted);
    visitors.leave();
    ledger.assert_counted(&carom);
    // Segments that the store had everything of before the start wait for nothing.
    eventually(SOON, "nothing waits for the store", || {
        let metrics = get(carom.admin(), "/metrics");
        let mut lines = metrics.text().lines();
        let bytes = lines.find_map(|it| it.strip_prefix("carom_journal_backlog_bytes "));
        bytes.expect("the metric").trim().parse::<f64>() == Ok(0.0)
    });
    ledger.assert_counted(&carom);
}
