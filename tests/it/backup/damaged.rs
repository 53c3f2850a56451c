//! A file that is not what was written changes nothing.

use std::fs;
use std::path::Path;

use carom::backup::{BackupError, check};
use carom::store::Row;
use carom::store::load::{IfFilled, LoadError, Loading, load};
use carom::store::tables::shapes;
use carom::store::{Error, Value};

use super::place::{Engine, Place, restore_from, run, save_in};

/// What is wrong with these bytes as a backup.
fn fault(place: &Place, bytes: &[u8]) -> Option<BackupError> {
    let file = place.path("suspect.backup");
    fs::write(&file, bytes).expect("written");
    check(&file, &mut |_| {}).err()
}

#[test]
fn each_flipped_byte_and_each_missing_end_is_found() {
    let (place, bytes) = run(async {
        let (place, store) = Place::founded(Engine::Sqlite).await;
        place.fill(4).await;
        let (file, _) = save_in(&place, &store, "good.backup").await;
        (place, fs::read(file).expect("the file"))
    });
    assert!(fault(&place, &bytes).is_none());

    let header = 16 + u32::from_le_bytes(bytes[12..16].try_into().expect("four bytes")) as usize;
    // Every byte but for the middle of the header's text, which takes long and is all one checksum.
    for at in (0..bytes.len()).filter(|at| !(64..header).contains(at) || at % 16 == 0) {
        let mut flipped = bytes.clone();
        flipped[at] ^= 1 << (at % 8);
        let fault = fault(&place, &flipped);
        let is_told = match at {
            0..8 => matches!(fault, Some(BackupError::Foreign(_))),
            8..12 => matches!(fault, Some(BackupError::Newer { .. })),
            _ => matches!(fault, Some(BackupError::Damaged { .. })),
        };
        assert!(is_told, "byte {at} of {}: {fault:?}", bytes.len());
    }
    for length in (0..bytes.len()).filter(|length| length % 3 == 0 || length + 64 > bytes.len()) {
        let fault = fault(&place, &bytes[..length]);
        let is_told = matches!(fault, Some(BackupError::Damaged { .. } | BackupError::Foreign(_)));
        assert!(is_told, "cut at {length} of {}: {fault:?}", bytes.len());
    }
    let longer = [bytes.as_slice(), b"x"].concat();
    assert!(matches!(fault(&place, &longer), Some(BackupError::Damaged { .. })));
}

#[test]
fn frames_that_are_left_out_or_change_places_are_found() {
    let (place, bytes) = run(async {
        let (place, store) = Place::founded(Engine::Sqlite).await;
        place.fill(3).await;
        let (file, _) = save_in(&place, &store, "good.backup").await;
        (place, fs::read(file).expect("the file"))
    });
    // Header, then frames: 16 bytes with the packed length at 12, the content, 4 bytes.
    let number =
        |at: usize| u32::from_le_bytes(bytes[at..at + 4].try_into().expect("four bytes")) as usize;
    let first = 16 + number(12) + 4;
    let second = first + 16 + number(first + 12) + 4;
    let third = second + 16 + number(second + 12) + 4;
    let left_out = [&bytes[..first], &bytes[second..]].concat();
    let swapped =
        [&bytes[..first], &bytes[second..third], &bytes[first..second], &bytes[third..]].concat();
    for changed in [left_out, swapped] {
        assert!(matches!(fault(&place, &changed), Some(BackupError::Damaged { .. })));
    }
}

fn a_damaged_file_changes_nothing(engine: Engine) {
    run(async {
        let (source, store) = Place::founded(Engine::Sqlite).await;
        source.fill(500).await;
        let (file, _) = save_in(&source, &store, "good.backup").await;
        let bytes = fs::read(&file).expect("the file");
        let (target, other) = Place::founded(engine).await;
        target.fill(20).await;
        let before = target.rows().await;

        for at in [bytes.len() / 2, bytes.len() - 20] {
            let mut flipped = bytes.clone();
            flipped[at] ^= 4;
            fs::write(&file, flipped).expect("written");
            let restored = restore_from(&other, &file, IfFilled::Replace).await;
            assert!(matches!(restored, Err(BackupError::Damaged { .. })), "{restored:?}");
            assert!(target.rows().await == before);
        }
    });
}

#[test]
fn a_damaged_file_changes_nothing_on_sqlite() {
    a_damaged_file_changes_nothing(Engine::Sqlite);
}

#[test]
fn a_damaged_file_changes_nothing_on_postgres() {
    a_damaged_file_changes_nothing(Engine::Postgres);
}

/// As when the program is killed, or the file changes after it was checked.
fn a_restore_that_ends_half_way_changes_nothing(engine: Engine) {
    run(async {
        let (target, store) = Place::founded(engine).await;
        target.fill(20).await;
        let before = target.rows().await;
        let (rows, taken) = tokio::sync::mpsc::channel(2);
        let fact = |name: &str| Row::new(vec![Value::from(name), Value::from("x")]);
        let page = Loading::Rows { table: 0, rows: vec![fact("a"), fact("b")] };
        rows.send(page).await.expect("room for it");
        drop(rows);

        let loaded = load(&store, shapes(), IfFilled::Replace, taken).await;

        assert!(matches!(loaded, Err(LoadError::Store(Error::Unavailable(_)))), "{loaded:?}");
        assert!(target.rows().await == before);
    });
}

#[test]
fn a_restore_that_ends_half_way_changes_nothing_on_sqlite() {
    a_restore_that_ends_half_way_changes_nothing(Engine::Sqlite);
}

#[test]
fn a_restore_that_ends_half_way_changes_nothing_on_postgres() {
    a_restore_that_ends_half_way_changes_nothing(Engine::Postgres);
}

#[test]
fn a_backup_that_fails_leaves_no_file() {
    run(async {
        let (place, store) = Place::founded(Engine::Sqlite).await;
        place.execute("DELETE FROM facts").await;
        let file = place.path("none.backup");
        let failed = carom::backup::save(&store, &file, Box::new(|_| {})).await;
        assert!(matches!(failed, Err(BackupError::Store(_))), "{failed:?}");
        let is_left = |path: &Path| path.with_extension("backup.part").exists() || path.exists();
        assert!(!is_left(&file));
    });
}
