//! The salts on this node's disk, so that visitors are told apart while the store is away.
//!
//! ```text
//! carom visitor salts 1
//! store 4611686018427387904
//! 1795392000000 000102030405060708090a0b0c0d0e0f
//! ```
//!
//! Readable by its owner alone; it names its store, because another store has other salts.

use std::fmt::Write;
use std::io;
use std::path::Path;

use crate::model::id::StoreId;
use crate::model::time::Millis;
use crate::node::{DataError, write_private};
use crate::store::salts::Salt;

/// The first line: what the file is, and the version of its format.
const TITLE: &str = "carom visitor salts 1";

/// Why a file is not used.
#[derive(Debug, thiserror::Error)]
pub enum Unusable {
    /// It cannot be read.
    #[error("it cannot be read")]
    Io(#[source] io::Error),
    /// It holds something else.
    #[error("it does not hold visitor salts that this version of carom can read")]
    Damaged,
    /// Its salts belong to another store.
    #[error("its salts belong to the store {0}")]
    Foreign(StoreId),
}

/// The salts in a file; none when there is no file.
///
/// # Errors
/// There is one and it cannot be used.
pub fn read(path: &Path, store: StoreId) -> Result<Vec<Salt>, Unusable> {
    match std::fs::read(path) {
        Ok(bytes) => {
            let text = str::from_utf8(&bytes).map_err(|_| Unusable::Damaged)?;
            let (owner, salts) = parse(text).ok_or(Unusable::Damaged)?;
            if owner == store { Ok(salts) } else { Err(Unusable::Foreign(owner)) }
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Vec::new()),
        Err(error) => Err(Unusable::Io(error)),
    }
}

fn parse(text: &str) -> Option<(StoreId, Vec<Salt>)> {
    // A line that was cut off would read as another salt's beginning or not at all.
    let mut lines = text.strip_suffix('\n')?.split('\n');
    if lines.next()? != TITLE {
        return None;
    }
    let store = lines.next()?.strip_prefix("store ")?.parse().ok()?;
    let salts: Option<Vec<Salt>> = lines.map(salt).collect();
    Some((store, salts?))
}

fn salt(line: &str) -> Option<Salt> {
    let (day, digits) = line.split_once(' ')?;
    let day = Millis::from_epoch(day.parse().ok()?);
    let is_whole = digits.len() == 32 && digits.bytes().all(|digit| digit.is_ascii_hexdigit());
    let is_sound = is_whole && day == day.day();
    let bytes = u128::from_str_radix(digits, 16).ok()?.to_be_bytes();
    is_sound.then_some(Salt { day, bytes })
}

/// Replaces the salts in a file.
///
/// # Errors
/// It cannot be written; the older one is still there.
pub fn write(
    path: &Path,
    store: StoreId,
    salts: impl IntoIterator<Item = Salt>,
) -> Result<(), DataError> {
    let mut text = format!("{TITLE}\nstore {store}\n");
    for Salt { day, bytes } in salts {
        let _ = writeln!(text, "{} {:032x}", day.get(), u128::from_be_bytes(bytes));
    }
    write_private(path, text.as_bytes())
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::PermissionsExt;

    use proptest::prelude::*;

    use super::*;
    use crate::model::time::DAY_MS;

    fn salts() -> Vec<Salt> {
        let salt =
            |day: i64, byte| Salt { day: Millis::from_epoch(day * DAY_MS), bytes: [byte; 16] };
        vec![salt(20_000, 0), salt(20_001, 0xff)]
    }

    #[test]
    fn what_was_written_is_read_by_its_owner_alone() {
        let directory = tempfile::tempdir().expect("a directory");
        let path = directory.path().join("salts");
        let store = StoreId::random();
        write(&path, store, salts()).expect("written");

        assert_eq!(read(&path, store).expect("salts"), salts());
        let mode = fs::metadata(&path).expect("a file").permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        assert!(
            matches!(read(&path, StoreId::random()), Err(Unusable::Foreign(id)) if id == store)
        );
    }

    #[test]
    fn a_missing_file_holds_nothing() {
        let directory = tempfile::tempdir().expect("a directory");
        let read = read(&directory.path().join("salts"), StoreId::random());
        assert_eq!(read.expect("no salts"), []);
    }

    #[test]
    fn a_file_cut_anywhere_is_damaged_or_holds_fewer_whole_salts() {
        let directory = tempfile::tempdir().expect("a directory");
        let path = directory.path().join("salts");
        let store = StoreId::random();
        write(&path, store, salts()).expect("written");
        let whole = fs::read(&path).expect("a file");
        for length in 0..whole.len() {
            fs::write(&path, &whole[..length]).expect("cut");
            match read(&path, store) {
                Ok(some) => assert!(salts().starts_with(&some), "{length}: {some:?}"),
                Err(Unusable::Damaged) => {}
                Err(error) => panic!("{length}: {error}"),
            }
        }
    }

    proptest! {
        #[test]
        fn rubbish_is_no_salt(text in "(carom visitor salts 1\n)?(store 7\n)?.{0,50}\n") {
            if let Some((store, salts)) = parse(&text) {
                prop_assert_eq!(store, "7".parse().expect("an id"));
                prop_assert!(salts.len() <= 1);
            }
        }
    }
}
