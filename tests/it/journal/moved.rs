//! A site that moves to another store by a backup: what the backup has not seen is in the journal,
//! and is counted there, once.

use std::time::Duration;

use super::chaos;
use super::visitors::{Ledger, options};
use crate::support::carom::Carom;
use crate::support::postgres::fresh_database;
use crate::support::wait::eventually;

const BUSY: Duration = Duration::from_secs(20);

/// How the server ends before the move.
#[derive(Clone, Copy)]
enum End {
    Terminated,
    Killed,
}

#[track_caller]
fn succeed(carom: &Carom, words: &[&str]) {
    let output = carom.command(words).output().expect("the program runs");
    assert!(output.status.success(), "{words:?}: {}", String::from_utf8_lossy(&output.stderr));
}

fn some_clicks(ledger: &Ledger, more: u64) {
    let wanted = ledger.answered() + more;
    eventually(BUSY, "some clicks", || ledger.answered() >= wanted);
}

/// Backed up under load, and followed for a while after that; then restored into the next store, and
/// served from there with the same data directory. At the end it comes back the same way.
fn clicks_after_a_backup_are_counted_where_it_is_restored(end: End) {
    let database = fresh_database();
    let mut carom = Carom::start(options(None));
    carom.key();
    let ledger = Ledger::new(&carom);
    let rounds = chaos::rounds(3, 3);
    for round in 0..rounds {
        let file = carom.data_dir().join(format!("{round}.backup")).display().to_string();
        let visitors = ledger.visit(carom.edge());
        some_clicks(&ledger, 200);
        succeed(&carom, &["backup", &file]);
        some_clicks(&ledger, 400);
        match end {
            End::Terminated => {
                visitors.leave();
                ledger.assert_counted(&carom);
                assert!(carom.terminate().success());
            }
            End::Killed => {
                carom.kill();
                visitors.wait();
            }
        }
        if round % 2 == 0 {
            carom.move_to(&database.url);
        } else {
            carom.move_to(&format!("sqlite:{round}.db"));
        }
        succeed(&carom, &["restore", &file, "--replace"]);
        carom.restart();
        ledger.assert_counted(&carom);
        assert_eq!(carom.metric("clicks_lost_total"), 0);
        assert!(carom.metric("clicks_replayed_total") > 0);
    }
    succeed(&carom, &["check", "--clicks"]);
    ledger.close(&[&carom], rounds);
}

#[test]
fn clicks_after_a_backup_are_counted_where_it_is_restored_by_a_server_that_left() {
    clicks_after_a_backup_are_counted_where_it_is_restored(End::Terminated);
}

#[test]
fn clicks_after_a_backup_are_counted_where_it_is_restored_by_a_server_that_was_killed() {
    clicks_after_a_backup_are_counted_where_it_is_restored(End::Killed);
}
