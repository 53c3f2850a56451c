//! `kill -9` at random moments, and at each named point of a click's way.

use super::chaos;
use super::visitors::{Ledger, options};
use crate::support::carom::{Carom, Options};
use crate::support::postgres::{Database, fresh_database};
use crate::support::wait::{SOON, eventually};

/// Rounds of a short run; `cargo xtask chaos` asks for more.
const ROUNDS: u64 = 8;

/// A server that waits for its store at the start as long as a machine full of them makes it.
fn patient(database: Option<&Database>) -> Options {
    options(database).set("CAROM_STORE__ADMIN_WAIT_MS", 10_000)
}

fn kills_at_random_moments_lose_nothing(database: Option<&Database>) {
    let rounds = chaos::rounds(ROUNDS, 1);
    let mut carom = Carom::start(patient(database));
    carom.key();
    let ledger = Ledger::new(&carom);
    for round in 0..rounds {
        let before = ledger.answered();
        let visitors = ledger.visit(carom.edge());
        // Between some 50 clicks and some thousands: before, in and after the first flushes.
        let wanted = before + 50 + round * 397 % 3000;
        eventually(SOON, "some clicks", || ledger.answered() >= wanted);
        carom.kill();
        visitors.wait();
        carom.restart();
        if round % 4 == 3 {
            ledger.assert_counted(&carom);
        }
    }
    ledger.close(&[&carom], rounds);
}

#[test]
fn kills_at_random_moments_lose_nothing_on_sqlite() {
    kills_at_random_moments_lose_nothing(None);
}

#[test]
fn kills_at_random_moments_lose_nothing_on_postgres() {
    let database = fresh_database();
    kills_at_random_moments_lose_nothing(Some(&database));
}

/// Where to kill, and how often it is passed first: often enough that the server is up by then.
const POINTS: &[(&str, u32)] = &[
    ("segment-created", 8),
    ("record-published", 300),
    ("batch-built", 2),
    ("before-commit", 2),
    ("after-commit", 2),
    ("before-acknowledgement", 2),
    ("after-acknowledgement", 2),
    ("recycle", 0),
];

fn a_kill_at_each_point_loses_nothing(database: fn() -> Option<Database>) {
    let rounds = chaos::rounds(1, POINTS.len() as u64);
    for (point, passed) in (0..rounds).flat_map(|_| POINTS) {
        let database = database();
        // Where files are used again soon, few are created.
        let kept_s = if *point == "recycle" { 0 } else { 600 };
        let options = patient(database.as_ref())
            .set("CAROM_CLICKS__JOURNAL_KEPT_S", kept_s)
            .set("KILL_CAROM_AT", format!("{point}:{passed}"));
        let mut carom = Carom::start(options);
        carom.key();
        let ledger = Ledger::new(&carom);
        let visitors = ledger.visit(carom.edge());
        let status = carom.wait_for_end();
        assert_eq!(status.to_string(), "signal: 9 (SIGKILL)", "at {point}");
        visitors.wait();

        carom.unset("KILL_CAROM_AT");
        carom.restart();
        ledger.assert_counted(&carom);
        // And goes on counting.
        let visitors = ledger.visit(carom.edge());
        let wanted = ledger.answered() + 100;
        eventually(SOON, "more clicks", || ledger.answered() >= wanted);
        visitors.leave();
        ledger.close(&[&carom], 1);
    }
}

#[test]
fn a_kill_at_each_point_loses_nothing_on_sqlite() {
    a_kill_at_each_point_loses_nothing(|| None);
}

#[test]
fn a_kill_at_each_point_loses_nothing_on_postgres() {
    a_kill_at_each_point_loses_nothing(|| Some(fresh_database()));
}

#[test]
fn a_kill_while_the_last_start_is_replayed_loses_nothing() {
    let mut carom = Carom::start(options(None).set("CAROM_CLICKS__FLUSH_INTERVAL_MS", 5000));
    carom.key();
    let ledger = Ledger::new(&carom);
    let visitors = ledger.visit(carom.edge());
    eventually(SOON, "some clicks", || ledger.answered() >= 3000);
    carom.kill();
    visitors.wait();
    for _ in 0..3 {
        carom.restart();
        carom.kill();
    }
    carom.restart();
    ledger.assert_counted(&carom);
    // What was counted stays counted once, however often it is offered.
    carom.restart();
    ledger.assert_counted(&carom);
}
