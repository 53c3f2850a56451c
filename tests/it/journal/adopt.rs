//! Clicks of another store or node wait, and are counted once when they are adopted.

use std::fs;
use std::process::{Output, Stdio};

use serde_json::Value;

use super::damage::killed_with_clicks;
use super::visitors::{Ledger, options};
use crate::support::carom::Carom;
use crate::support::wait::{SOON, eventually};

fn run(carom: &Carom, words: &[&str]) -> Output {
    carom.command(words).stdin(Stdio::null()).output().expect("the program runs")
}

/// What a command prints for programs.
#[track_caller]
fn json(carom: &Carom, words: &[&str]) -> Value {
    let output = run(carom, &[words, &["--json"]].concat());
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{words:?}: {said}");
    serde_json::from_slice(&output.stdout).expect("JSON")
}

#[track_caller]
fn failure(carom: &Carom, words: &[&str]) -> (Option<i32>, String) {
    let output = run(carom, words);
    (output.status.code(), String::from_utf8_lossy(&output.stderr).trim_end().to_owned())
}

fn in_state(carom: &Carom, state: &str) -> usize {
    let list = json(carom, &["journal", "list"]);
    let segments = list.as_array().expect("a list");
    segments.iter().filter(|it| it["state"] == state && it["clicks"] != 0).count()
}

#[test]
fn clicks_of_a_foreign_store_wait_and_are_counted_once_when_adopted() {
    let (mut carom, ledger) = killed_with_clicks();
    let file = carom.data_dir().join("carom.db");
    rusqlite::Connection::open(file)
        .expect("the store's file")
        .execute("UPDATE facts SET value = '4711' WHERE name = 'store_id'", [])
        .expect("another store");
    carom.restart();
    assert!(in_state(&carom, "foreign store") > 0);
    assert!(!ledger.is_counted(&carom), "foreign clicks wait");
    let (code, said) = failure(&carom, &["journal", "adopt", "--yes"]);
    let journal = carom.data_dir().join("journal");
    let sentence =
        format!("carom: a server uses {}: stop it, adopt, and start it again", journal.display());
    assert_eq!((code, said), (Some(4), sentence));

    assert!(carom.terminate().success());
    let (code, said) = failure(&carom, &["journal", "adopt"]);
    assert_eq!(code, Some(2));
    assert_eq!(said, "carom: nobody is there to be asked: repeat this with --yes");
    assert!(json(&carom, &["journal", "adopt", "--yes"])["clicks"].as_u64() > Some(0));
    assert_eq!(json(&carom, &["journal", "adopt", "--yes"])["segments"], 0);
    assert_eq!(in_state(&carom, "foreign store"), 0);
    carom.restart();
    ledger.assert_counted(&carom);
    carom.restart();
    ledger.assert_counted(&carom);
}

#[test]
fn what_the_store_has_of_another_node_is_not_counted_again_when_adopted() {
    let mut carom = Carom::start(options(None));
    carom.key();
    let ledger = Ledger::new(&carom);
    let visitors = ledger.visit(carom.edge());
    eventually(SOON, "some clicks", || ledger.answered() >= 300);
    visitors.leave();
    ledger.assert_counted(&carom);
    assert!(carom.terminate().success());
    fs::remove_file(carom.data_dir().join("node-id")).expect("the node had an id");
    assert!(in_state(&carom, "other node") > 0);
    json(&carom, &["journal", "adopt", "--yes"]);
    assert!(in_state(&carom, "this store") > 0);
    carom.restart();
    ledger.assert_counted(&carom);
}

#[test]
fn a_node_without_a_journal_lists_nothing() {
    let mut carom = Carom::start(options(None));
    carom.key();
    assert!(carom.terminate().success());
    fs::remove_dir_all(carom.data_dir().join("journal")).expect("it had one");
    assert_eq!(json(&carom, &["journal", "list"]), Value::Array(Vec::new()));
}
