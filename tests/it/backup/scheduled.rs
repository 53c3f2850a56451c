//! Backups by themselves.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use carom::backup::check;

use crate::support::carom::{Carom, Options};
use crate::support::postgres::fresh_database;
use crate::support::wait::{SOON, eventually};

fn backups_in(directory: &Path) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(directory) else { return Vec::new() };
    let paths = entries.map(|entry| entry.expect("a file").path());
    let mut files: Vec<_> =
        paths.filter(|path| path.extension().is_some_and(|it| it == "backup")).collect();
    files.sort();
    files
}

fn options(options: Options) -> Options {
    options.set("CAROM_BACKUP__EVERY_S", 1).set("CAROM_BACKUP__KEPT", 2)
}

fn the_newest_are_kept_and_nothing_else_is_touched(place: Options) {
    let carom = Carom::start(options(place));
    let directory = carom.data_dir().join("backups");
    eventually(SOON, "a first backup", || carom.metric("backups_made_total") > 0);
    let notes = directory.join("carom-notes.backup");
    fs::write(&notes, "mine").expect("written");

    eventually(SOON, "some more", || carom.metric("backups_made_total") > 3);

    eventually(SOON, "two and the notes", || backups_in(&directory).len() == 3);
    assert_eq!(fs::read_to_string(&notes).expect("still there"), "mine");
    let newest = eventually(SOON, "one that stays for a while", || {
        let files = backups_in(&directory);
        let newest = files.iter().rev().find(|file| **file != notes)?.clone();
        check(&newest, &mut |_| {}).is_ok().then_some(newest)
    });
    let mode = |path: &Path| fs::metadata(path).map(|it| it.permissions().mode() & 0o777);
    assert_eq!(mode(&directory).expect("the directory"), 0o700);
    if let Ok(mode) = mode(&newest) {
        assert_eq!(mode, 0o600);
    }
    assert_eq!(carom.metric("backups_failed_total"), 0);
    assert!(carom.metric("backup_last_success_time_seconds") > 1_700_000_000);
    assert!(carom.metric("backup_bytes") > 500);
}

#[test]
fn the_newest_are_kept_and_nothing_else_is_touched_on_sqlite() {
    the_newest_are_kept_and_nothing_else_is_touched(Options::sqlite());
}

#[test]
fn the_newest_are_kept_and_nothing_else_is_touched_on_postgres() {
    let database = fresh_database();
    the_newest_are_kept_and_nothing_else_is_touched(Options::postgres(&database.url));
}

#[test]
fn without_a_schedule_there_are_none() {
    let mut carom = Carom::start(Options::sqlite());
    assert_eq!(carom.metric("backup_last_success_time_seconds"), 0);
    assert!(carom.terminate().success());
    assert!(!carom.data_dir().join("backups").exists());
}

#[test]
fn a_failure_is_said_once_and_counted_each_time() {
    let nowhere = tempfile::NamedTempFile::new().expect("a file");
    let carom = Carom::start(
        options(Options::sqlite()).set("CAROM_BACKUP__DIRECTORY", nowhere.path().display()),
    );
    eventually(SOON, "two failures", || carom.metric("backups_failed_total") > 1);
    let log = carom.log();
    assert_eq!(log.matches("could not be backed up").count(), 1, "{log}");
    assert_eq!(carom.metric("backups_made_total"), 0);
}

#[test]
fn two_nodes_share_one_backup_a_period() {
    let database = fresh_database();
    let every = 2;
    let node = || {
        let options = Options::postgres(&database.url).set("CAROM_BACKUP__EVERY_S", every);
        Carom::start(options.set("CAROM_BACKUP__KEPT", 100))
    };
    let nodes = [node(), node()];
    let files = || -> Vec<PathBuf> {
        nodes.iter().flat_map(|node| backups_in(&node.data_dir().join("backups"))).collect()
    };
    let files = eventually(SOON, "three backups", || Some(files()).filter(|it| it.len() > 2));
    // carom-ID-20261123T143149123Z.backup: the seconds of its day, to the millisecond.
    let moment = |file: &PathBuf| -> i64 {
        let name = file.file_stem().and_then(|it| it.to_str()).expect("a name");
        let time = name.rsplit_once('T').expect("a time").1;
        let part = |range: std::ops::Range<usize>| time[range].parse::<i64>().expect("digits");
        ((part(0..2) * 60 + part(2..4)) * 60 + part(4..6)) * 1000 + part(6..9)
    };
    let mut moments: Vec<i64> = files.iter().map(moment).collect();
    moments.sort_unstable();
    for pair in moments.windows(2) {
        assert!(pair[1] - pair[0] >= every * 1000 - 200, "{moments:?}");
    }
}
