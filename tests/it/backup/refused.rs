//! What is refused, and what `--replace` replaces.

use std::fs;
use std::process::Output;

use carom::backup::{BackupError, Writer};
use carom::store::load::IfFilled;
use carom::store::users::{self, NewUser};

use super::place::{Engine, Place, assert_same, restore_from, run, save_in};
use crate::support::carom::{Carom, Options};

/// Makes two tests of each truth.
macro_rules! on_both {
    ($($truth:ident),* $(,)?) => {
        mod sqlite {
            $(#[test]
            fn $truth() {
                super::$truth(super::Engine::Sqlite);
            })*
        }

        mod postgres {
            $(#[test]
            fn $truth() {
                super::$truth(super::Engine::Postgres);
            })*
        }
    };
}

on_both!(
    a_store_in_use_is_replaced_only_when_that_is_said,
    a_founded_store_is_empty,
    a_store_with_people_is_not_empty,
);

/// Exit code and sentence of a command that must fail.
#[track_caller]
fn failure(output: Output) -> (i32, String) {
    assert!(output.stdout.is_empty(), "it printed {:?}", String::from_utf8_lossy(&output.stdout));
    let said = String::from_utf8(output.stderr).expect("text");
    (output.status.code().expect("a code"), said)
}

fn a_store_in_use_is_replaced_only_when_that_is_said(engine: Engine) {
    run(async {
        let (source, store) = Place::founded(Engine::Sqlite).await;
        source.fill(30).await;
        let (file, _) = save_in(&source, &store, "new.backup").await;
        let (target, other) = Place::founded(engine).await;
        target.fill(2).await;
        target.execute("DELETE FROM domains WHERE id = 1; DELETE FROM api_keys WHERE id = 1").await;
        target.execute("DELETE FROM users WHERE id = 1").await;
        target.execute("DELETE FROM click_positions; INSERT INTO visitor_salts SELECT 5, digest FROM api_keys").await;
        other.close().await;
        let before = target.rows().await;
        let path = file.display().to_string();

        let (code, said) = failure(target.carom(&["restore", &path]));
        assert_eq!(code, 4, "{said}");
        assert!(
            said.contains(
                "it holds 2 links, 1 domain, 1 API key and 1 person; `--replace` replaces"
            ),
            "{said}"
        );
        assert!(target.rows().await == before);

        let output = target.carom(&["restore", &path, "--replace"]);
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success() && said.is_empty(), "{said}");
        let printed = String::from_utf8_lossy(&output.stdout);
        assert!(printed.starts_with(&format!("restored {path} into ")), "{printed}");
        let after = target.rows().await;
        assert_same(&source.rows().await, &after);
        assert_eq!(after["visitor_salts"], before["visitor_salts"], "salts stay");
    });
}

fn a_founded_store_is_empty(engine: Engine) {
    run(async {
        let (source, store) = Place::founded(Engine::Sqlite).await;
        source.fill(30).await;
        let (file, _) = save_in(&source, &store, "new.backup").await;
        let (target, other) = Place::founded(engine).await;
        restore_from(&other, &file, IfFilled::Refuse).await.expect("restored");
        assert_same(&source.rows().await, &target.rows().await);
    });
}

fn a_store_with_people_is_not_empty(engine: Engine) {
    run(async {
        let (source, store) = Place::founded(Engine::Sqlite).await;
        let (file, _) = save_in(&source, &store, "new.backup").await;
        let (target, other) = Place::founded(engine).await;
        let new = NewUser {
            email: "ada@example.com".to_owned(),
            email_folded: "ada@example.com".to_owned(),
            name: "Ada".to_owned(),
            password: "$argon2id$".to_owned(),
            member: None,
        };
        users::create(&other, new).await.expect("an account");
        let before = target.rows().await;

        let refused = restore_from(&other, &file, IfFilled::Refuse).await;

        let said = refused.expect_err("somebody would be lost").to_string();
        assert!(said.contains("it holds 1 person;"), "{said}");
        assert!(target.rows().await == before);
    });
}

#[test]
fn what_is_no_backup_or_none_that_is_known_is_refused() {
    let place = Place::new(Engine::Sqlite);
    let path = |name: &str| place.path(name).display().to_string();
    fs::write(path("text"), "no backup at all, only text").expect("written");
    fs::write(path("empty"), "").expect("written");

    for (name, expected, words) in [
        ("absent", 3, "cannot use"),
        ("text", 2, "is no backup of Carom's"),
        ("empty", 2, "is no backup of Carom's"),
    ] {
        let (code, said) = failure(place.carom(&["restore", &path(name)]));
        assert!(code == expected && said.contains(words), "{name}: {code} {said}");
        assert!(said.starts_with("carom: nothing was restored into sqlite"), "{said}");
    }
}

#[test]
fn newer_files_and_newer_schemas_are_refused() {
    run(async {
        let (source, store) = Place::founded(Engine::Sqlite).await;
        let (file, saved) = save_in(&source, &store, "good.backup").await;
        let mut bytes = fs::read(&file).expect("the file");
        bytes[8] += 1;
        fs::write(&file, bytes).expect("written");
        let mut header = saved.header;
        header.schema += 1;
        let schema = source.path("schema.backup");
        Writer::create(&schema, &header).expect("a file").finish().expect("written");

        let target = Place::new(Engine::Sqlite).open();
        for file in [file, schema] {
            let refused = restore_from(&target, &file, IfFilled::Replace).await;
            assert!(matches!(refused, Err(BackupError::Newer { .. })), "{refused:?}");
            let said = refused.expect_err("refused").to_string();
            assert!(said.contains("written by a newer carom"), "{said}");
        }
    });
}

#[test]
fn no_file_is_overwritten_and_no_file_is_left_half_written() {
    let place = Place::new(Engine::Sqlite);
    let file = place.path("mine.backup");
    fs::write(&file, "mine").expect("written");
    let (code, said) = failure(place.carom(&["backup", &file.display().to_string()]));
    assert!(code == 4 && said.contains("exists already: name a new file"), "{code} {said}");
    assert_eq!(fs::read_to_string(&file).expect("still there"), "mine");

    let nowhere = place.path("no/such/place.backup").display().to_string();
    let (code, said) = failure(place.carom(&["backup", &nowhere]));
    assert!(code == 3 && said.contains("cannot use"), "{code} {said}");
}

#[test]
fn nothing_is_restored_under_a_running_server() {
    let carom = Carom::start(Options::sqlite());
    let file = carom.data_dir().join("all.backup").display().to_string();
    let backup = carom.command(&["backup", &file]).output().expect("it runs");
    assert!(backup.status.success(), "{}", String::from_utf8_lossy(&backup.stderr));
    let restore = carom.command(&["restore", &file, "--replace"]).output().expect("it runs");
    let (code, said) = failure(restore);
    assert!(code == 4 && said.contains("a server uses"), "{code} {said}");
}
