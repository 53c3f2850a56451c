//! A backup of an older schema is brought up to date where that is possible.

use carom::backup::{BackupError, Header, Writer};
use carom::model::id::StoreId;
use carom::store::load::IfFilled;
use carom::store::tables::{Column, Kind, Shape};
use carom::store::{Row, Value};

use super::place::{Engine, Place, restore_from, run};

fn shape(name: &str, columns: &[(&str, Kind)]) -> Shape {
    let column = |(name, kind): &(&str, Kind)| Column { name: (*name).to_owned(), kind: *kind };
    Shape { name: name.to_owned(), columns: columns.iter().map(column).collect() }
}

/// What a program that knew only the first migration would have written.
fn write_first_schema(place: &Place, links: Shape) -> std::path::PathBuf {
    let header = Header {
        carom: "0.0.1".to_owned(),
        at: 1000,
        store: "7".to_owned(),
        schema: 1,
        tables: vec![
            shape("facts", &[("name", Kind::Text), ("value", Kind::Text)]),
            links,
            shape(
                "click_totals",
                &[
                    ("link_id", Kind::Int),
                    ("workspace_id", Kind::Int),
                    ("people", Kind::Int),
                    ("bots", Kind::Int),
                ],
            ),
        ],
    };
    let file = place.path("first.backup");
    let mut writer = Writer::create(&file, &header).expect("a file");
    let row = |fields: Vec<Value>| Row::new(fields);
    writer.add(0, &[row(vec!["store_id".into(), "7".into()])]).expect("written");
    let int = |number: i64| Value::Int(number);
    writer
        .add(
            1,
            &[row(vec![
                int(1),
                "code".into(),
                int(2),
                int(3),
                "https://example.com/".into(),
                int(302),
                "active".into(),
                Value::Null,
                Value::Null,
                int(4),
                int(5),
                int(1),
                "code".into(),
            ])],
        )
        .expect("written");
    writer.add(2, &[row(vec![int(2), int(3), int(40), int(2)])]).expect("written");
    writer.finish().expect("written");
    file
}

fn links() -> Shape {
    use Kind::{Int, Text};
    shape(
        "links",
        &[
            ("domain_id", Int),
            ("code", Text),
            ("id", Int),
            ("workspace_id", Int),
            ("url", Text),
            ("status", Int),
            ("state", Text),
            ("title", Text),
            ("expires_at", Int),
            ("created_at", Int),
            ("updated_at", Int),
            ("version", Int),
            ("search", Text),
        ],
    )
}

fn an_older_backup_is_migrated_on_its_way_into_an_empty_database(engine: Engine) {
    run(async {
        let place = Place::new(engine);
        let file = write_first_schema(&place, links());
        let store = place.open();

        let restored = restore_from(&store, &file, IfFilled::Refuse).await.expect("restored");

        assert!(restored.migrated > 0);
        let rows = place.rows().await;
        let field = |text: &str| Some(text.to_owned());
        // By name: bots, people, subject_id, workspace_id.
        assert_eq!(rows["click_totals"], [["2", "40", "2", "3"].map(field).to_vec()]);
        assert_eq!(rows["links"].len(), 1);
        let founded = carom::store::facts::found(&store, None).await.expect("founded already");
        assert_eq!((founded.store, founded.is_new), (StoreId::from_stored(7), false));
    });
}

#[test]
fn an_older_backup_is_migrated_on_its_way_into_an_empty_database_on_sqlite() {
    an_older_backup_is_migrated_on_its_way_into_an_empty_database(Engine::Sqlite);
}

#[test]
fn an_older_backup_is_migrated_on_its_way_into_an_empty_database_on_postgres() {
    an_older_backup_is_migrated_on_its_way_into_an_empty_database(Engine::Postgres);
}

#[test]
fn an_older_backup_and_a_newer_store_do_not_fit_and_it_says_what_to_do() {
    run(async {
        let (place, store) = Place::founded(Engine::Sqlite).await;
        let before = place.rows().await;
        let file = write_first_schema(&place, links());
        let refused = restore_from(&store, &file, IfFilled::Replace).await;
        assert!(matches!(refused, Err(BackupError::Older { backup: 1, .. })), "{refused:?}");
        let said = refused.expect_err("refused").to_string();
        assert!(said.contains("restore it into an empty database"), "{said}");
        let after = place.rows().await;
        assert!(before == after);
    });
}

#[test]
fn names_from_a_file_do_not_become_statements() {
    run(async {
        let place = Place::new(Engine::Sqlite);
        let mut evil = links();
        evil.name = "links\"; DROP TABLE links; --".to_owned();
        let file = write_first_schema(&place, evil);
        let refused = restore_from(&place.open(), &file, IfFilled::Refuse).await;
        assert!(matches!(refused, Err(BackupError::Damaged { .. })), "{refused:?}");
    });
}
