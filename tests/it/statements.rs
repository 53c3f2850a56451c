//! Every SQL text of the store is understood by both databases, and both have the same schema.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use carom::store::tables::{KEPT_OUT, Kind, TABLES};
use carom::store::{Limits, Location, Store};
use rusqlite::Connection;
use std::time::Duration;
use tokio_postgres::NoTls;
use tokio_postgres::types::Type;

use crate::support::postgres::{Database, fresh_database};
use crate::support::rust_source::{root, sources};

/// Fewer were not found by looking, but lost by not looking.
const STATEMENTS_MIN: usize = 25;

/// What the shared dialect leaves out, because one of the two databases, or a distributed one, has
/// it otherwise or not at all.
const FORBIDDEN: &[&str] = &[
    "SELECT *",
    "NOW()",
    "CURRENT_TIMESTAMP",
    "SERIAL",
    "SKIP LOCKED",
    "FOR UPDATE",
    "ADVISORY",
    "COLLATE",
    "ILIKE",
    "JOIN",
    "::",
    "ARRAY",
    "LIMIT ALL",
];

/// A statement in the shared dialect, and where it stands.
struct Statement {
    file: String,
    line: usize,
    sql: String,
}

/// Every statement outside the drivers.
fn statements() -> Vec<Statement> {
    let verbs = ["SELECT ", "INSERT ", "UPDATE ", "DELETE ", "CREATE ", "WITH "];
    let statements: Vec<Statement> = sources("src/store")
        .into_iter()
        .filter(|source| !source.path.starts_with("src/store/driver"))
        .flat_map(|source| {
            let file = source.path.display().to_string();
            source.strings.into_iter().map(move |literal| Statement {
                file: file.clone(),
                line: literal.line,
                sql: literal.text,
            })
        })
        .filter(|statement| verbs.iter().any(|verb| statement.sql.starts_with(verb)))
        .chain(put_together())
        .collect();
    assert!(statements.len() >= STATEMENTS_MIN, "only {} statements were found", statements.len());
    statements
}

/// Statements that macros put together, which no literal shows whole. They stand where they are
/// named.
fn put_together() -> impl Iterator<Item = Statement> {
    let file = "src/store/stats/matching.rs";
    let text = fs::read_to_string(root().join(file)).expect("a source file can be read");
    let place = text.lines().position(|line| line.starts_with("pub const STATEMENTS"));
    let line = 1 + place.expect("they are named in one constant");
    let statement = move |sql: &str| Statement { file: file.to_owned(), line, sql: sql.to_owned() };
    let carried = carom::store::tables::statements();
    carom::store::stats::matching::STATEMENTS.into_iter().chain(carried).map(statement)
}

/// A migrated store on each database.
struct Both {
    sqlite: Connection,
    postgres: tokio_postgres::Client,
    _files: tempfile::TempDir,
    _database: Database,
}

impl Both {
    async fn migrated() -> Self {
        let files = tempfile::tempdir().expect("a temporary directory");
        let database = fresh_database();
        let limits = Limits {
            redirect_connections: 1,
            admin_connections: 1,
            redirect_wait: Duration::from_secs(10),
            admin_wait: Duration::from_secs(10),
            statement_timeout: Duration::from_secs(10),
        };
        for location in
            [Location::Sqlite { file: "carom.db".into() }, Location::Postgres(database.url.clone())]
        {
            let store = Store::open(&location, files.path(), limits).expect("a store");
            store.migrate().await.expect("a schema");
            store.close().await;
        }
        let sqlite = Connection::open(files.path().join("carom.db")).expect("the file");
        let (postgres, connection) =
            tokio_postgres::connect(&database.url, NoTls).await.expect("the server");
        tokio::spawn(connection);
        Self { sqlite, postgres, _files: files, _database: database }
    }
}

#[tokio::test]
async fn every_statement_is_understood_by_both_databases() {
    let both = Both::migrated().await;
    let mut faults = Vec::new();
    for Statement { file, sql, .. } in statements() {
        let spelled = sql.replace("{now}", "CAST(1 AS INTEGER)").replace('$', "?");
        if let Err(error) = both.sqlite.prepare(&spelled) {
            faults.push(format!("{file}: SQLite refuses `{sql}`: {error}"));
        }
        let spelled = sql.replace("{now}", "CAST(1 AS BIGINT)");
        match both.postgres.prepare(&spelled).await {
            Err(error) => faults.push(format!("{file}: Postgres refuses `{sql}`: {error:?}")),
            Ok(statement) => faults.extend(foreign_types(&file, &sql, &statement)),
        }
    }
    assert!(
        faults.is_empty(),
        "write the statement in the dialect that both share (src/store/mod.rs):\n{}",
        faults.join("\n")
    );
}

/// Parameters and columns that are neither bigint nor text nor bytes.
fn foreign_types(file: &str, sql: &str, statement: &tokio_postgres::Statement) -> Vec<String> {
    let mut shared = vec![Type::INT8, Type::TEXT, Type::BYTEA];
    if sql == "SELECT 1" {
        shared.push(Type::INT4);
    }
    let is_foreign = |kind: &Type| !shared.contains(kind);
    let columns = statement.columns().iter().map(tokio_postgres::Column::type_);
    let foreign = statement.params().iter().chain(columns).filter(|kind| is_foreign(kind));
    foreign.map(|kind| format!("{file}: {kind} is not shared, in `{sql}`")).collect()
}

#[test]
fn no_statement_leaves_the_shared_dialect() {
    let mut faults = Vec::new();
    for Statement { file, sql, .. } in statements() {
        let words = sql.to_uppercase();
        for word in FORBIDDEN {
            if words.contains(word) {
                faults.push(format!("{file}: `{word}` in `{sql}`"));
            }
        }
        if words.contains(" LINKS") && words.contains("CLICK_") {
            faults.push(format!("{file}: clicks are never read together with links: `{sql}`"));
        }
    }
    assert!(
        faults.is_empty(),
        "say it otherwise, or in the five bodies that each driver has of its own:\n{}",
        faults.join("\n")
    );
}

#[tokio::test]
async fn no_statement_looks_through_a_whole_table_without_saying_why() {
    let both = Both::migrated().await;
    let mut faults = Vec::new();
    for Statement { file, line, sql } in statements() {
        let spelled = sql.replace("{now}", "1").replace('$', "?");
        let mut plan =
            both.sqlite.prepare(&format!("EXPLAIN QUERY PLAN {spelled}")).expect("a statement");
        let nothing = rusqlite::params_from_iter(vec![1; plan.parameter_count()]);
        let steps: Vec<String> = plan
            .query_map(nothing, |row| row.get("detail"))
            .expect("a plan")
            .map(|step| step.expect("its words"))
            .collect();
        // Without a condition, the whole table is what it asks for.
        let looks_through =
            sql.contains("WHERE") && steps.iter().any(|step| step.starts_with("SCAN "));
        if looks_through && !says_why(&file, line) {
            faults.push(format!("{file}:{line}: {steps:?} for `{sql}`"));
        }
    }
    assert!(
        faults.is_empty(),
        "give it an index, or say `// No index: …` right above it:\n{}",
        faults.join("\n")
    );
}

/// Whether a comment right above this line begins with `No index`.
fn says_why(file: &str, line: usize) -> bool {
    let text = fs::read_to_string(root().join(file)).expect("a source file can be read");
    let before: Vec<&str> = text.lines().take(line - 1).collect();
    let mut comment = before.iter().rev().take_while(|line| line.trim().starts_with("//"));
    comment.any(|line| line.trim().starts_with("// No index"))
}

#[test]
fn migrations_of_both_databases_have_the_same_numbers_and_names() {
    let names = |engine: &str| -> BTreeSet<String> {
        let directory = root().join("migrations").join(engine);
        let entries = fs::read_dir(&directory).expect("the migrations can be read");
        entries.map(|entry| entry.expect("a file").file_name().display().to_string()).collect()
    };
    let (sqlite, postgres) = (names("sqlite"), names("postgres"));

    assert!(!sqlite.is_empty());
    assert_eq!(sqlite, postgres, "each migration needs a file of the same name for both databases");
    for (place, name) in sqlite.iter().enumerate() {
        let number = place + 1;
        assert!(
            name.starts_with(&format!("V{number}__")) || sqlite.len() > 9,
            "{name}: migrations are numbered 1, 2, 3, … as V{number}__what_it_does.sql"
        );
    }
}

/// A table as both databases describe it.
#[derive(Debug, Default, PartialEq, Eq)]
struct Table {
    /// Name, type in Postgres' words, and whether it may be null.
    columns: BTreeMap<String, (String, bool)>,
    /// Columns of the primary key, in their order.
    key: Vec<String>,
    /// Other indexes: name, uniqueness, columns.
    indexes: BTreeSet<(String, bool, String)>,
}

#[tokio::test]
async fn both_databases_have_the_same_tables_columns_and_indexes() {
    let both = Both::migrated().await;

    let sqlite = sqlite_schema(&both.sqlite).expect("the schema can be read");
    let postgres = postgres_schema(&both.postgres).await.expect("the schema can be read");

    assert!(sqlite.contains_key("links"), "{sqlite:?}");
    let names = |schema: &BTreeMap<String, Table>| schema.keys().cloned().collect::<Vec<_>>();
    assert_eq!(names(&sqlite), names(&postgres), "both need the same tables");
    for (name, table) in &sqlite {
        assert_eq!(table, &postgres[name], "`{name}` differs: SQLite is left, Postgres right");
        let foreign = table.columns.values().any(|(kind, _)| !SHARED.contains(&kind.as_str()));
        assert!(!foreign, "`{name}` has a column that is no bigint, text or bytes: {table:?}");
    }
}

/// A backup that does not know a table or a column would lose it in silence.
#[tokio::test]
async fn backups_carry_every_table_and_column_of_both_databases_or_say_why_not() {
    let both = Both::migrated().await;
    let sqlite = sqlite_schema(&both.sqlite).expect("the schema can be read");
    let postgres = postgres_schema(&both.postgres).await.expect("the schema can be read");
    for schema in [sqlite, postgres] {
        let known: BTreeSet<&str> =
            TABLES.iter().map(|it| it.name).chain(KEPT_OUT.map(|(name, _)| name)).collect();
        let present: BTreeSet<&str> = schema.keys().map(String::as_str).collect();
        assert_eq!(known, present, "name the table in src/store/tables.rs, or why it is kept out");
        for table in &TABLES {
            let kind = |kind: Kind| match kind {
                Kind::Int => "bigint",
                Kind::Text => "text",
                Kind::Bytes => "bytea",
            };
            let known = table.columns.iter().map(|&(name, it)| (name, kind(it))).collect();
            let columns = schema[table.name].columns.iter();
            let present: BTreeMap<_, _> =
                columns.map(|(name, (kind, _))| (name.as_str(), kind.as_str())).collect();
            let known: BTreeMap<_, _> = known;
            assert_eq!(
                known, present,
                "name the columns of `{}` in src/store/tables.rs",
                table.name
            );
            let key: Vec<_> = table.columns[..table.key].iter().map(|(name, _)| *name).collect();
            assert_eq!(key, schema[table.name].key, "the key of `{}` comes first", table.name);
        }
    }
    assert_eq!(KEPT_OUT.map(|(name, _)| name), ["sessions", "visitor_salts", "leases"]);
}

const SHARED: [&str; 3] = ["bigint", "text", "bytea"];

fn sqlite_schema(store: &Connection) -> rusqlite::Result<BTreeMap<String, Table>> {
    let mut tables = BTreeMap::new();
    let mut names = store.prepare(
        "SELECT name FROM sqlite_schema
         WHERE type = 'table' AND name NOT LIKE 'sqlite_%' AND name <> 'refinery_schema_history'",
    )?;
    for name in names.query_map((), |row| row.get::<_, String>(0))? {
        let name = name?;
        let mut table = Table::default();
        let mut keyed = BTreeMap::new();
        let mut columns =
            store.prepare("SELECT name, type, \"notnull\", pk FROM pragma_table_info(?1)")?;
        let mut rows = columns.query([&name])?;
        while let Some(row) = rows.next()? {
            let (column, kind): (String, String) = (row.get(0)?, row.get(1)?);
            let kind = match kind.as_str() {
                "INTEGER" | "BIGINT" => "bigint",
                "TEXT" => "text",
                "BLOB" => "bytea",
                other => other,
            };
            table.columns.insert(column.clone(), (kind.to_owned(), !row.get::<_, bool>(2)?));
            let place: i64 = row.get(3)?;
            if place > 0 {
                keyed.insert(place, column);
            }
        }
        table.key = keyed.into_values().collect();
        let mut indexes = store.prepare(
            "SELECT l.name, l.\"unique\", group_concat(i.name, ',' ORDER BY i.seqno)
             FROM pragma_index_list(?1) AS l, pragma_index_info(l.name) AS i
             WHERE l.origin = 'c' GROUP BY l.name",
        )?;
        let read = |row: &rusqlite::Row<'_>| Ok((row.get(0)?, row.get(1)?, row.get(2)?));
        table.indexes = indexes.query_map([&name], read)?.collect::<Result<_, _>>()?;
        tables.insert(name, table);
    }
    Ok(tables)
}

async fn postgres_schema(
    store: &tokio_postgres::Client,
) -> Result<BTreeMap<String, Table>, tokio_postgres::Error> {
    let mut tables: BTreeMap<String, Table> = BTreeMap::new();
    let columns = "SELECT table_name::text, column_name::text, data_type::text, is_nullable = 'YES'
         FROM information_schema.columns
         WHERE table_schema = current_schema() AND table_name <> 'refinery_schema_history'";
    for row in store.query(columns, &[]).await? {
        let table = tables.entry(row.get(0)).or_default();
        table.columns.insert(row.get(1), (row.get(2), row.get(3)));
    }
    let indexes = "SELECT t.relname::text, c.relname::text, i.indisprimary, i.indisunique,
                string_agg(a.attname, ',' ORDER BY k.place)
         FROM pg_index i
         JOIN pg_class c ON c.oid = i.indexrelid
         JOIN pg_class t ON t.oid = i.indrelid
         JOIN pg_namespace n ON n.oid = t.relnamespace AND n.nspname = current_schema()
         CROSS JOIN unnest(i.indkey) WITH ORDINALITY AS k (number, place)
         JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = k.number
         WHERE t.relname <> 'refinery_schema_history'
         GROUP BY 1, 2, 3, 4";
    for row in store.query(indexes, &[]).await? {
        let table = tables.entry(row.get(0)).or_default();
        let columns: String = row.get(4);
        if row.get(2) {
            table.key = columns.split(',').map(str::to_owned).collect();
        } else {
            table.indexes.insert((row.get(1), row.get(3), columns));
        }
    }
    Ok(tables)
}
