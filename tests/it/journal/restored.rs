//! A store that goes back to an older state: a backup that is restored, or a standby that had not
//! seen the last flushes and takes over. To Carom both look the same: tables of some time ago.

use std::time::{Duration, Instant};

use super::chaos;
use super::visitors::{Ledger, options};
use crate::support::carom::Carom;
use crate::support::postgres::{Database, fresh_database};
use crate::support::sql::run_on_store_of;
use crate::support::wait::{SOON, eventually};

/// Everything a flush writes to.
const TABLES: &[&str] = &[
    "click_positions",
    "click_totals",
    "click_quarters",
    "dimension_hours",
    "dimension_days",
    "visits",
    "visitor_sketches",
];

/// Ten flushes: at the first everything is in the store, at the next its files are given back.
const GIVEN_BACK: Duration = Duration::from_secs(1);

/// Keeps a copy of the click tables as they are.
fn back_up(carom: &Carom) {
    on_all_tables(carom, |table| format!("CREATE TABLE old_{table} AS SELECT * FROM {table};"));
}

/// Puts the copy in the place of the tables.
fn restore(carom: &Carom) {
    on_all_tables(carom, |table| {
        format!(
            "DELETE FROM {table}; INSERT INTO {table} SELECT * FROM old_{table}; \
             DROP TABLE old_{table};"
        )
    });
}

/// All in one transaction, which meets no flush half way: positions are locked first, by both.
fn on_all_tables(carom: &Carom, statements: impl Fn(&str) -> String) {
    let (begin, lock) = if carom.store() == "sqlite" {
        ("BEGIN IMMEDIATE;", String::new())
    } else {
        ("BEGIN;", format!("LOCK TABLE {};", TABLES.join(", ")))
    };
    let statements: String = TABLES.iter().map(|table| statements(table)).collect();
    run_on_store_of(carom, &format!("{begin} {lock} {statements} COMMIT;"));
}

fn some_clicks(ledger: &Ledger, more: u64) {
    let wanted = ledger.answered() + more;
    eventually(SOON, "some clicks", || ledger.answered() >= wanted);
}

fn an_older_state_under_a_running_server(database: Option<&Database>) {
    let carom = Carom::start(options(database));
    carom.key();
    let ledger = Ledger::new(&carom);
    let visitors = ledger.visit(carom.edge());
    let rounds = chaos::rounds(2, 4);
    for round in 0..rounds {
        some_clicks(&ledger, 100 + round * 173 % 500);
        back_up(&carom);
        some_clicks(&ledger, 300 + round * 397 % 1000);
        let absorbed = carom.metric("clicks_absorbed_total");
        some_clicks(&ledger, 1);
        eventually(SOON, "a flush that the backup has not seen", || {
            carom.metric("clicks_absorbed_total") > absorbed
        });
        let replayed = carom.metric("clicks_replayed_total");
        restore(&carom);
        eventually(SOON, "it is noticed", || carom.metric("clicks_replayed_total") > replayed);
    }
    visitors.leave();
    ledger.close(&[&carom], rounds);
    assert_eq!(carom.metric("clicks_lost_total"), 0);
    assert!(carom.log().contains("the store stands elsewhere"), "{}", carom.log());
}

#[test]
fn an_older_state_under_a_running_server_costs_nothing_on_sqlite() {
    an_older_state_under_a_running_server(None);
}

#[test]
fn an_older_state_under_a_running_server_costs_nothing_on_postgres() {
    an_older_state_under_a_running_server(Some(&fresh_database()));
}

fn an_older_state_under_a_stopped_server(database: Option<&Database>) {
    let mut carom = Carom::start(options(database));
    carom.key();
    let ledger = Ledger::new(&carom);
    let rounds = chaos::rounds(2, 4);
    for round in 0..rounds {
        let visitors = ledger.visit(carom.edge());
        some_clicks(&ledger, 100 + round * 173 % 500);
        back_up(&carom);
        some_clicks(&ledger, 300 + round * 397 % 1000);
        visitors.leave();
        if round % 2 == 0 {
            // Everything is in the store, and nothing waits in the journal.
            ledger.assert_counted(&carom);
            assert!(carom.terminate().success());
        } else {
            carom.kill();
        }
        restore(&carom);
        carom.restart();
        ledger.assert_counted(&carom);
        assert_eq!(carom.metric("clicks_lost_total"), 0);
    }
    ledger.close(&[&carom], rounds);
}

#[test]
fn an_older_state_under_a_stopped_server_costs_nothing_on_sqlite() {
    an_older_state_under_a_stopped_server(None);
}

#[test]
fn an_older_state_under_a_stopped_server_costs_nothing_on_postgres() {
    an_older_state_under_a_stopped_server(Some(&fresh_database()));
}

/// With segments given back as soon as they are absorbed, what an older state lacks is gone. It is
/// said and counted, and nothing is made up.
fn what_is_no_longer_kept_is_reported(database: Option<&Database>) {
    let carom = Carom::start(options(database).set("CAROM_CLICKS__JOURNAL_KEPT_S", 0));
    let ledger = Ledger::new(&carom);
    let rounds = chaos::rounds(1, 4);
    for _ in 0..rounds {
        let visitors = ledger.visit(carom.edge());
        some_clicks(&ledger, 300);
        back_up(&carom);
        some_clicks(&ledger, 1500);
        visitors.leave();
        ledger.assert_reported(&carom);
        let lost = carom.metric("clicks_lost_total");
        let began = Instant::now();
        eventually(SOON, "what was absorbed is given back", || {
            carom.metric("journal_backlog_bytes") == 0 && began.elapsed() > GIVEN_BACK
        });
        restore(&carom);
        let visitors = ledger.visit(carom.edge());
        some_clicks(&ledger, 300);
        eventually(SOON, "it is noticed", || carom.metric("clicks_lost_total") > lost);
        visitors.leave();
        // The next copy must not stand before the gap, which would be reported again.
        ledger.assert_reported(&carom);
    }
    ledger.close_reported(&carom, rounds);
    let log = carom.log();
    assert!(log.contains("the store stands elsewhere") && log.contains("gone="), "{log}");
}

#[test]
fn what_is_no_longer_kept_is_reported_on_sqlite() {
    what_is_no_longer_kept_is_reported(None);
}

#[test]
fn what_is_no_longer_kept_is_reported_on_postgres() {
    what_is_no_longer_kept_is_reported(Some(&fresh_database()));
}
