//! A disk that is full, and a journal that cannot be: totals stay exact, and redirects unharmed.

use std::fs;

use super::chaos;
use super::visitors::{Ledger, options};
use crate::support::carom::Carom;
use crate::support::disk::SmallDisk;
use crate::support::postgres::{Database, fresh_database};
use crate::support::wait::{SOON, eventually};

const JOURNALED: &str = "clicks_captured_total{kept=\"journaled\"}";
const COUNTED: &str = "clicks_captured_total{kept=\"counted\"}";
const UNRECORDED: &str = "clicks_captured_total{kept=\"unrecorded\"}";

fn a_full_disk_is_ridden_out(disk: SmallDisk, database: Option<&Database>) {
    // Seldom enough that what was ready on the disk is used up before it is given back.
    let options = options(database).set("CAROM_CLICKS__FLUSH_INTERVAL_MS", 5000);
    let carom = Carom::start(disk.under(options));
    let ledger = Ledger::new(&carom);
    let rounds = chaos::rounds(1, 20);
    for _ in 0..rounds {
        disk.fill(&carom);
        // The clients refuse every answer that is no redirect.
        let visitors = ledger.visit(carom.edge());
        let counted = carom.metric(COUNTED);
        eventually(2 * SOON, "clicks are only counted", || carom.metric(COUNTED) > counted);
        let wanted = ledger.answered() + 500;
        eventually(SOON, "clicks on a full disk", || ledger.answered() >= wanted);
        assert!(carom.log().contains("the journal has no room"), "{}", carom.log());

        disk.make_room(&carom);
        eventually(SOON, "it recovers by itself", || {
            carom.log().contains("the journal has room again")
        });
        let journaled = carom.metric(JOURNALED);
        eventually(SOON, "clicks are journaled again", || carom.metric(JOURNALED) > journaled);
        visitors.leave();
    }
    ledger.close(&[&carom], rounds);
    assert_eq!(carom.metric(UNRECORDED), 0);
    assert_eq!(carom.metric("clicks_lost_total"), 0);
}

#[test]
fn a_full_disk_costs_no_click_on_sqlite() {
    match SmallDisk::possible() {
        // The database would not fit either.
        disk @ SmallDisk::Bounded => a_full_disk_is_ridden_out(disk, Some(&fresh_database())),
        disk @ SmallDisk::Mounted => a_full_disk_is_ridden_out(disk, None),
    }
}

#[test]
fn a_full_disk_costs_no_click_on_postgres() {
    a_full_disk_is_ridden_out(SmallDisk::possible(), Some(&fresh_database()));
}

#[test]
fn files_that_cannot_grow_from_the_start_cost_no_click() {
    a_full_disk_is_ridden_out(SmallDisk::Bounded, Some(&fresh_database()));
}

fn a_journal_that_cannot_be_is_said_once(database: Option<&Database>) {
    let mut carom = Carom::start(options(database));
    carom.key();
    assert!(carom.terminate().success());
    // Permissions would not stop root.
    let journal = carom.data_dir().join("journal");
    fs::remove_dir_all(&journal).expect("the journal's directory");
    fs::write(&journal, "in the way").expect("a file in its place");
    carom.restart();

    let ledger = Ledger::new(&carom);
    let visitors = ledger.visit(carom.edge());
    eventually(SOON, "redirects", || ledger.answered() >= 2000);
    visitors.leave();
    ledger.close(&[&carom], 1);
    assert_eq!(carom.metric(JOURNALED), 0);
    assert!(carom.metric(COUNTED) >= 2000);
    assert_eq!(carom.log().matches("there is no journal").count(), 1, "{}", carom.log());
}

#[test]
fn a_journal_that_cannot_be_is_said_once_on_sqlite() {
    a_journal_that_cannot_be_is_said_once(None);
}

#[test]
fn a_journal_that_cannot_be_is_said_once_on_postgres() {
    a_journal_that_cannot_be_is_said_once(Some(&fresh_database()));
}
