//! Promises of the embedded store alone: a file that survives, in a directory for its owner.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::sync::Arc;
use std::time::Duration;

use carom::store::driver::{Lane, Work, sqlite::Sqlite};
use carom::store::{Error, Location, Store, Value, links};
use rusqlite::Connection;

use super::fixture::{Engine, Fixture, LIMITS, empty, founded};
use crate::support::wait::{SOON, in_time};

#[test]
fn commits_survive_a_power_cut() {
    // NORMAL would lose them: every connection, also the one that writes, must say FULL.
    empty(Engine::Sqlite, async |fixture: &Fixture| {
        let pragma = async |sql| fixture.rows(sql, vec![]).await[0].fields()[0].clone();
        assert_eq!(pragma("PRAGMA journal_mode").await, Value::Text("wal".into()));
        assert_eq!(pragma("PRAGMA synchronous").await, Value::Int(2));

        let of_the_writer: Work = Arc::new(|tx| {
            Box::pin(async move {
                let rows = tx.query("PRAGMA synchronous", vec![]).await?;
                if rows[0].int(0)? == 2 { Ok(()) } else { Err(Error::Corrupt("not FULL".into())) }
            })
        });
        fixture.driver.transaction(Lane::Admin, of_the_writer).await.expect("FULL");
    });
}

#[tokio::test]
async fn a_missing_directory_is_made_for_its_owner_alone() {
    let parent = tempfile::tempdir().expect("a temporary directory");
    let directory = parent.path().join("not/yet");

    Sqlite::open(&directory.join("carom.db"), LIMITS).expect("a store");

    for made in [parent.path().join("not"), directory] {
        let mode = fs::metadata(&made).expect("it was made").permissions().mode();
        assert_eq!(mode & 0o777, 0o700, "{}", made.display());
    }
}

#[tokio::test]
async fn a_directory_that_cannot_be_made_is_named() {
    let parent = tempfile::tempdir().expect("a temporary directory");
    let file = parent.path().join("a-file");
    fs::write(&file, "in the way").expect("a file");
    let location = Location::Sqlite { file: "carom.db".into() };

    let refused = Store::open(&location, &file.join("below"), LIMITS).err().expect("no directory");

    assert!(matches!(refused, Error::Unavailable(_)), "{refused:?}");
    assert!(carom::telemetry::in_full(&refused).contains("a-file"), "{refused:?}");
}

#[tokio::test]
async fn a_file_that_is_no_database_is_left_alone() {
    let directory = tempfile::tempdir().expect("a temporary directory");
    let file = directory.path().join("carom.db");
    let text = "my diary, not a database: ".repeat(100);
    fs::write(&file, &text).expect("a file");

    let refused = Sqlite::open(&file, LIMITS).err().expect("it is none");

    assert!(matches!(refused, Error::Unavailable(_)), "{refused:?}");
    assert_eq!(fs::read_to_string(&file).expect("still there"), text);
}

#[test]
fn another_process_that_writes_only_delays() {
    founded(Engine::Sqlite, async |fixture: &Fixture| {
        let link = fixture.link("before").await;
        let other = Connection::open(fixture.file()).expect("the file");
        other.execute_batch("BEGIN IMMEDIATE").expect("the writer's lock");

        let mut create = Box::pin(links::create(&fixture.store, fixture.new_link("delayed"), None));
        let early = tokio::time::timeout(Duration::from_millis(200), &mut create).await;
        assert!(early.is_err(), "the other one writes");
        assert_eq!(fixture.target_of("before").await, Some(link.url), "readers do not wait");

        other.execute_batch("COMMIT").expect("the end of the lock");
        in_time(SOON, "its turn", create).await.expect("a link");
        assert!(fixture.target_of("delayed").await.is_some());
    });
}

#[test]
fn a_closed_store_refuses_and_leaves_a_whole_file() {
    founded(Engine::Sqlite, async |fixture: &Fixture| {
        let store = fixture.open_again();
        links::create(&store, fixture.new_link("kept"), None).await.expect("a link");

        store.close().await;

        let refused = links::find(&store, fixture.domain, "kept").await;
        assert!(matches!(refused, Err(Error::Unavailable(_))), "{refused:?}");
        let file = Connection::open(fixture.file()).expect("the file");
        let check: String =
            file.query_row("PRAGMA integrity_check", (), |row| row.get(0)).expect("an answer");
        assert_eq!(check, "ok");
    });
}
