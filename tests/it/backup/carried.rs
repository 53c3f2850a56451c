//! Every row arrives, between all kinds of store, and of one moment under load.

use std::net::SocketAddr;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;

use carom::store::load::IfFilled;
use carom::store::tables::PAGE_ROWS;
use serde_json::Value;

use super::place::{Engine, Place, Rows, assert_same, restore_from, run, save_in};
use crate::support::carom::{Carom, Options};
use crate::support::http::Connection;
use crate::support::postgres::fresh_database;
use crate::support::wait::{SOON, eventually};

/// A truth from each kind of store to each.
macro_rules! between {
    ($($truth:ident),* $(,)?) => {$(
        mod $truth {
            use super::Engine::{Postgres, Sqlite};

            #[test]
            fn from_sqlite_to_sqlite() {
                super::run(super::$truth(Sqlite, Sqlite));
            }

            #[test]
            fn from_sqlite_to_postgres() {
                super::run(super::$truth(Sqlite, Postgres));
            }

            #[test]
            fn from_postgres_to_sqlite() {
                super::run(super::$truth(Postgres, Sqlite));
            }

            #[test]
            fn from_postgres_to_postgres() {
                super::run(super::$truth(Postgres, Postgres));
            }
        }
    )*};
}

between!(every_row_of_every_table_arrives_but_salts);

async fn every_row_of_every_table_arrives_but_salts(from: Engine, to: Engine) {
    let (source, store) = Place::founded(from).await;
    // Pages that are full, one that is not, and one that ends with the table.
    source.fill(PAGE_ROWS * 2).await;
    source.execute("DELETE FROM click_quarters WHERE subject_id = 17").await;
    source
        .execute("INSERT INTO visitor_salts (day, salt) SELECT 0, digest FROM api_keys LIMIT 1")
        .await;
    let original = source.rows().await;

    let (file, saved) = save_in(&source, &store, "all.backup").await;

    let mode = std::fs::metadata(&file).expect("the file").permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    assert_eq!(saved.bytes, std::fs::metadata(&file).expect("the file").len());
    let target = Place::new(to);
    let other = target.open();
    let restored = restore_from(&other, &file, IfFilled::Refuse).await.expect("restored");
    assert_eq!((restored.backup.rows, restored.migrated), (saved.rows, 0));
    let arrived = target.rows().await;
    assert_same(&original, &arrived);
    assert!(original["visitor_salts"].len() == 1 && arrived["visitor_salts"].is_empty());
    assert!(original["links"].len() > PAGE_ROWS);
}

fn options(engine: Engine) -> (Options, Option<crate::support::postgres::Database>) {
    match engine {
        Engine::Sqlite => (Options::sqlite(), None),
        Engine::Postgres => {
            let database = fresh_database();
            (Options::postgres(&database.url), Some(database))
        }
    }
}

#[track_caller]
fn succeed(mut command: Command) -> String {
    let output = command.output().expect("the program runs");
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{command:?}: {said}");
    String::from_utf8(output.stdout).expect("text")
}

/// Everything that clicks are summed to agrees, as it does at any one moment and at no two.
fn assert_of_one_moment(rows: &Rows) {
    // Columns by name: bots, people, subject_id, workspace_id; ahead_link, ahead_sequence,
    // ahead_until, node_id, position, …
    let number = |field: &Option<String>| -> u64 {
        field.as_ref().and_then(|text| text.parse().ok()).expect("a number")
    };
    let workspace = &rows["workspaces"][0][1];
    let totals = rows["click_totals"].iter().find(|row| row[2] == *workspace);
    let counted = totals.map_or(0, |row| number(&row[0]) + number(&row[1]));
    let positions: u64 = rows["click_positions"].iter().map(|row| number(&row[4])).sum();
    assert_eq!(counted, positions, "clicks and positions");
    assert_eq!(counted, rows["visits"].len() as u64, "clicks and visits");
}

fn visit(edge: SocketAddr, code: &str, stop: &AtomicBool, answered: &AtomicU64) {
    let mut connection = Connection::try_open(edge).expect("a connection");
    while !stop.load(Ordering::SeqCst) {
        connection.try_send("GET", &format!("/{code}"), &[], b"").expect("sent");
        if connection.try_read_response().expect("an answer").status == 302 {
            answered.fetch_add(1, Ordering::SeqCst);
        }
    }
}

fn a_backup_under_load_is_of_one_moment(engine: Engine) {
    let (options, _database) = options(engine);
    let options = options.set("CAROM_CLICKS__FLUSH_INTERVAL_MS", 50).set("CAROM_EDGE__THREADS", 1);
    let mut carom = Carom::start(options);
    let links: Vec<_> =
        (0..4).map(|n| carom.link_to(&format!("https://example.com/{n}"))).collect();
    let (stop, answered) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicU64::new(0)));
    let visitors: Vec<_> = links
        .iter()
        .map(|link| {
            let (edge, code) = (carom.edge(), link.code.clone());
            let (stop, answered) = (Arc::clone(&stop), Arc::clone(&answered));
            thread::spawn(move || visit(edge, &code, &stop, &answered))
        })
        .collect();
    let files: Vec<_> = (0..3).map(|n| carom.data_dir().join(format!("{n}.backup"))).collect();
    for (round, file) in files.iter().enumerate() {
        let wanted = answered.load(Ordering::SeqCst) + 500;
        eventually(SOON, "some clicks", || answered.load(Ordering::SeqCst) >= wanted);
        carom.link_to(&format!("https://example.com/more/{round}"));
        let text = succeed(carom.command(&["backup", &file.display().to_string(), "--json"]));
        let view: Value = serde_json::from_str(&text).expect("JSON");
        assert!(view["rows"].as_u64() > Some(100), "{view}");
    }
    stop.store(true, Ordering::SeqCst);
    visitors.into_iter().for_each(|visitor| visitor.join().expect("a visitor"));
    assert!(carom.terminate().success());
    let last = carom.data_dir().join("last.backup");
    succeed(carom.command(&["backup", &last.display().to_string()]));

    for file in &files {
        let both =
            [Engine::Sqlite, Engine::Postgres].map(|engine| restored_by_command(engine, file));
        both.iter().for_each(assert_of_one_moment);
        assert_same_restored(&both);
    }
    let original = run(rows_of(&carom, engine));
    assert_of_one_moment(&original);
    let links = original["links"].len();
    assert_eq!((original["visits"].len() as u64, links), (answered.load(Ordering::SeqCst), 7));
    for engine in [Engine::Sqlite, Engine::Postgres] {
        assert_same(&original, &restored_by_command(engine, &last));
    }
}

/// Both have the same, but for the entries of the change log with which each restore ended.
fn assert_same_restored(both: &[Rows; 2]) {
    let [mut one, mut other] = both.clone();
    for rows in [&mut one, &mut other] {
        rows.get_mut("changes")
            .expect("the change log")
            .retain(|entry| entry[1] != Some(String::new()));
        rows.remove("leases");
    }
    assert!(one == other);
}

fn restored_by_command(engine: Engine, file: &Path) -> Rows {
    let place = Place::new(engine);
    let file = file.display().to_string();
    for words in [&["restore", &file][..], &["check", "--clicks"]] {
        let output = place.carom(words);
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{words:?}: {said}");
    }
    run(place.rows())
}

async fn rows_of(carom: &Carom, engine: Engine) -> Rows {
    match engine {
        Engine::Sqlite => {
            super::place::sqlite_rows(&carom.data_dir().join("carom.db")).expect("rows")
        }
        Engine::Postgres => super::place::postgres_rows(carom.store()).await.expect("rows"),
    }
}

#[test]
fn a_backup_under_load_is_of_one_moment_on_sqlite() {
    a_backup_under_load_is_of_one_moment(Engine::Sqlite);
}

#[test]
fn a_backup_under_load_is_of_one_moment_on_postgres() {
    a_backup_under_load_is_of_one_moment(Engine::Postgres);
}
