//! A place for a store, rows made up for all of its tables, and all rows as they are.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Output;
use std::time::Duration;

use carom::backup::{BackupError, Restored, Saved, restore, save};
use carom::store::load::IfFilled;
use carom::store::tables::{Kind, TABLES};
use carom::store::{Limits, Location, Store, facts};
use tempfile::TempDir;
use tokio_postgres::NoTls;

use crate::support;
use crate::support::postgres::{Database, fresh_database};

/// Which database.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Engine {
    Sqlite,
    Postgres,
}

/// A directory, and a store that need not be there yet.
pub(super) struct Place {
    directory: TempDir,
    database: Option<Database>,
}

/// The rows of each table, sorted: a field a column, in the order of their names.
pub(super) type Rows = BTreeMap<String, Vec<Vec<Option<String>>>>;

/// Runs on a runtime of its own.
pub(super) fn run<T>(work: impl Future<Output = T>) -> T {
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
    runtime.expect("a runtime").block_on(work)
}

impl Place {
    pub(super) fn new(engine: Engine) -> Self {
        let directory = tempfile::tempdir().expect("a directory");
        let database = (engine == Engine::Postgres).then(fresh_database);
        Self { directory, database }
    }

    /// A founded store.
    pub(super) async fn founded(engine: Engine) -> (Self, Store) {
        let place = Self::new(engine);
        let store = place.open();
        store.migrate().await.expect("a schema");
        facts::found(&store, None).await.expect("a founded store");
        (place, store)
    }

    pub(super) fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    pub(super) fn data_dir(&self) -> &Path {
        self.directory.path()
    }

    pub(super) fn open(&self) -> Store {
        let limits = Limits {
            redirect_connections: 1,
            admin_connections: 2,
            redirect_wait: Duration::from_secs(10),
            admin_wait: Duration::from_secs(10),
            statement_timeout: Duration::from_secs(10),
        };
        Store::open(&self.location(), self.directory.path(), limits).expect("a store")
    }

    fn location(&self) -> Location {
        Location::parse(&self.store()).expect("a location")
    }

    /// What `--store` says.
    pub(super) fn store(&self) -> String {
        self.database.as_ref().map_or_else(|| "sqlite".to_owned(), |it| it.url.clone())
    }

    /// Runs `carom` on this store.
    pub(super) fn carom(&self, words: &[&str]) -> Output {
        let mut command = support::carom();
        command.current_dir(self.data_dir()).args(["--data-dir", "."]);
        command.args(["--store", &self.store()]).args(words).output().expect("the program runs")
    }

    /// Every row that is carried, and `leases` and `visitor_salts` beside them.
    pub(super) async fn rows(&self) -> Rows {
        match &self.database {
            None => sqlite_rows(&self.path("carom.db")).expect("rows"),
            Some(database) => postgres_rows(&database.url).await.expect("rows"),
        }
    }

    pub(super) async fn execute(&self, sql: &str) {
        match &self.database {
            None => {
                let store = rusqlite::Connection::open(self.path("carom.db")).expect("the file");
                store.execute_batch(sql).unwrap_or_else(|error| panic!("{sql:.300}: {error}"));
            }
            Some(database) => {
                let (client, connection) =
                    tokio_postgres::connect(&database.url, NoTls).await.expect("the server");
                tokio::spawn(connection);
                let done = client.batch_execute(sql).await;
                done.unwrap_or_else(|error| panic!("{sql:.300}: {error:?}"));
            }
        }
    }

    /// Fills each table with so many rows, of all that its columns may hold. The keys of rows are
    /// numbers or texts that do not come in the order in which they are inserted.
    pub(super) async fn fill(&self, rows: usize) {
        let nullable = self.nullable().await;
        for table in &TABLES {
            let columns: Vec<_> = table.columns.iter().map(|(name, _)| *name).collect();
            let row = |number: usize| {
                let field = |(place, &(name, kind)): (usize, &(&str, Kind))| {
                    let may_be_null = nullable.contains(&(table.name.to_owned(), name.to_owned()));
                    self.literal(kind, number, place, may_be_null)
                };
                let fields: Vec<_> = table.columns.iter().enumerate().map(field).collect();
                format!("({})", fields.join(", "))
            };
            let rows: Vec<_> = (0..rows).map(row).collect();
            let (name, columns, rows) = (table.name, columns.join(", "), rows.join(", "));
            self.execute(&format!("INSERT INTO {name} ({columns}) VALUES {rows}")).await;
        }
    }

    fn literal(&self, kind: Kind, row: usize, place: usize, may_be_null: bool) -> String {
        if may_be_null && (row + place).is_multiple_of(3) {
            return "NULL".to_owned();
        }
        // The first column of a key takes few values, so that pages end among rows that share it.
        let number = if place == 0 { row as i64 } else { (row * 7919 % 10_007) as i64 * 1_000_003 };
        match kind {
            Kind::Int if row == 0 && place > 3 => i64::MAX.to_string(),
            Kind::Int if row == 1 && place > 3 => (i64::MIN + 1).to_string(),
            Kind::Int => number.to_string(),
            Kind::Text => format!("'té''xt {number} {place}\n\u{1f517}'"),
            Kind::Bytes => {
                let hex = format!("00ff{number:016x}{}", "ab".repeat(row % 40));
                if self.database.is_some() { format!("'\\x{hex}'") } else { format!("X'{hex}'") }
            }
        }
    }

    async fn nullable(&self) -> Vec<(String, String)> {
        // Of the migrations, which are the same for both.
        let (place, store) = Box::pin(Self::founded(Engine::Sqlite)).await;
        store.close().await;
        let store = rusqlite::Connection::open(place.path("carom.db")).expect("the file");
        let mut columns = store
            .prepare(
                "SELECT s.name, c.name FROM sqlite_schema s, pragma_table_info(s.name) c
                 WHERE s.type = 'table' AND NOT c.\"notnull\" AND NOT c.pk",
            )
            .expect("a statement");
        let pairs = columns.query_map((), |row| Ok((row.get(0)?, row.get(1)?))).expect("rows");
        pairs.map(|pair| pair.expect("a row")).collect()
    }
}

/// Saves a store to a file of this name in a place.
pub(super) async fn save_in(place: &Place, store: &Store, name: &str) -> (PathBuf, Saved) {
    let file = place.path(name);
    let saved = save(store, &file, Box::new(|_| {})).await.expect("a backup");
    (file, saved)
}

/// Restores a file into a store.
pub(super) async fn restore_from(
    store: &Store,
    file: &Path,
    if_filled: IfFilled,
) -> Result<Restored, BackupError> {
    restore(store, file, if_filled, Box::new(|_| {})).await
}

/// Whether these are the same rows but for the entries of the change log that a restore adds, one
/// for each domain, which are taken away.
#[track_caller]
pub(super) fn assert_same(original: &Rows, restored: &Rows) {
    let (mut original, mut restored) = (original.clone(), restored.clone());
    for rows in [&mut original, &mut restored] {
        assert!(rows.remove("leases").is_some() && rows.remove("visitor_salts").is_some());
    }
    let logged = restored.get_mut("changes").expect("the change log");
    let before = logged.len();
    logged.retain(|entry| original["changes"].contains(entry));
    // The columns of `changes` by name: at, codes, domain_id, id.
    assert_eq!(before - logged.len(), original["domains"].len(), "one entry for each domain");
    for (table, rows) in &original {
        let same = rows == &restored[table];
        assert!(same, "{table}: {} rows and {}", rows.len(), restored[table].len());
    }
    assert_eq!(original.len(), restored.len());
}

pub(super) fn sqlite_rows(file: &Path) -> rusqlite::Result<Rows> {
    let store = rusqlite::Connection::open(file)?;
    let mut names = store.prepare(
        "SELECT name FROM sqlite_schema WHERE type = 'table' AND name <> 'refinery_schema_history'",
    )?;
    let mut all = Rows::new();
    for name in names.query_map((), |row| row.get::<_, String>(0))? {
        let name = name?;
        let mut columns = store.prepare("SELECT name FROM pragma_table_info(?1) ORDER BY name")?;
        let columns: Vec<String> =
            columns.query_map([&name], |row| row.get(0))?.collect::<Result<_, _>>()?;
        let shown = |column: &String| {
            format!(
                "CASE typeof({column}) WHEN 'blob' THEN lower(hex({column})) ELSE CAST({column} AS TEXT) END"
            )
        };
        let fields: Vec<_> = columns.iter().map(shown).collect();
        let mut rows = store.prepare(&format!("SELECT {} FROM {name}", fields.join(", ")))?;
        let rows = rows.query_map((), |row| (0..columns.len()).map(|at| row.get(at)).collect())?;
        let mut rows: Vec<Vec<Option<String>>> = rows.collect::<Result<_, _>>()?;
        rows.sort_unstable();
        all.insert(name, rows);
    }
    Ok(all)
}

pub(super) async fn postgres_rows(url: &str) -> Result<Rows, tokio_postgres::Error> {
    let (client, connection) = tokio_postgres::connect(url, NoTls).await?;
    tokio::spawn(connection);
    let columns = client
        .query(
            "SELECT table_name::text, column_name::text, data_type = 'bytea'
             FROM information_schema.columns WHERE table_schema = current_schema()
               AND table_name <> 'refinery_schema_history'",
            &[],
        )
        .await?;
    let mut tables: BTreeMap<String, BTreeMap<String, bool>> = BTreeMap::new();
    for column in columns {
        tables.entry(column.get(0)).or_default().insert(column.get(1), column.get(2));
    }
    let mut all = Rows::new();
    for (name, columns) in tables {
        let shown = |(column, is_bytes): (&String, &bool)| {
            if *is_bytes { format!("encode({column}, 'hex')") } else { format!("{column}::text") }
        };
        let fields: Vec<_> = columns.iter().map(shown).collect();
        let rows = client.query(&format!("SELECT {} FROM {name}", fields.join(", ")), &[]).await?;
        let fields = |row: &tokio_postgres::Row| (0..row.len()).map(|at| row.get(at)).collect();
        let mut rows: Vec<Vec<Option<String>>> = rows.iter().map(fields).collect();
        rows.sort_unstable();
        all.insert(name, rows);
    }
    Ok(all)
}
