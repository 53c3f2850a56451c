//! A store of one's own, and short ways to fill it and to look at its rows.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use carom::model::click::ClickCount;
use carom::model::code::Code;
use carom::model::id::{DomainId, LinkId, WorkspaceId};
use carom::model::link::{Conduct, Link, RedirectStatus};
use carom::model::tag::Tags;
use carom::model::time::Millis;
use carom::store::driver::{Driver, Lane, Work, postgres::Postgres, sqlite::Sqlite};
use carom::store::links::{self, CodeChoice, NewLink};
use carom::store::{Error, Limits, Location, Row, Store, Value};
use carom::store::{changes, clicks, domains, facts};
use tempfile::TempDir;
use tokio_postgres::NoTls;
use url::Url;

use crate::support::postgres::{Database, fresh_database};

/// Wide enough that only what is tested can fail, however busy the machine is.
pub(super) const LIMITS: Limits = Limits {
    redirect_connections: 2,
    admin_connections: 4,
    redirect_wait: Duration::from_secs(10),
    admin_wait: Duration::from_secs(10),
    statement_timeout: Duration::from_secs(10),
};

/// A database to run on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Engine {
    Sqlite,
    Postgres,
}

/// Runs a promise on a store with a schema, a workspace and the default domain.
pub(super) fn founded(engine: Engine, promise: impl AsyncFnOnce(&Fixture)) {
    runtime().block_on(async {
        let mut fixture = Fixture::open(engine);
        fixture.found().await;
        promise(&fixture).await;
    });
}

/// Runs a promise on a store with nothing in it, not even a schema.
pub(super) fn empty(engine: Engine, promise: impl AsyncFnOnce(&Fixture)) {
    runtime().block_on(async { promise(&Fixture::open(engine)).await });
}

/// Two threads, so that what may run at once does.
pub(super) fn runtime() -> tokio::runtime::Runtime {
    let mut runtime = tokio::runtime::Builder::new_multi_thread();
    runtime.worker_threads(2).enable_all().build().expect("a runtime")
}

/// A store of one's own.
pub(super) struct Fixture {
    /// The store.
    pub(super) store: Store,
    /// Its default workspace, once it is founded.
    pub(super) workspace: WorkspaceId,
    /// Its default domain, once it is founded.
    pub(super) domain: DomainId,
    /// A driver of its own on the same database, for what the store's functions do not show.
    pub(super) driver: Box<dyn Driver>,
    location: Location,
    directory: TempDir,
    _database: Option<Database>,
}

impl Fixture {
    fn open(engine: Engine) -> Self {
        match engine {
            Engine::Sqlite => Self::at(Location::Sqlite { file: "carom.db".into() }, None),
            Engine::Postgres => {
                let database = fresh_database();
                Self::at(Location::Postgres(database.url.clone()), Some(database))
            }
        }
    }

    /// A store at a place of the test's own.
    pub(super) fn on(location: Location) -> Self {
        Self::at(location, None)
    }

    fn at(location: Location, database: Option<Database>) -> Self {
        let directory = tempfile::tempdir().expect("a temporary directory");
        let store = Store::open(&location, directory.path(), LIMITS).expect("a store");
        let driver = driver_at(&location, directory.path(), LIMITS);
        // Until the store is founded they are nobody's.
        let (workspace, domain) = (WorkspaceId::random(), DomainId::random());
        Self { store, workspace, domain, driver, location, directory, _database: database }
    }

    /// Gives it a schema, a workspace and the default domain.
    pub(super) async fn found(&mut self) {
        self.store.migrate().await.expect("a schema");
        facts::found(&self.store, None).await.expect("a founded store");
        self.workspace = facts::default_workspace(&self.store).await.expect("a workspace");
        let domains = domains::all(&self.store).await.expect("the domains");
        self.domain = domains.first().expect("the default domain").id;
    }

    /// The same store, opened as another process would.
    pub(super) fn open_again(&self) -> Store {
        self.open_with(LIMITS)
    }

    /// The same store, opened with other limits.
    pub(super) fn open_with(&self, limits: Limits) -> Store {
        Store::open(&self.location, self.directory.path(), limits).expect("the store again")
    }

    /// The store's file, on SQLite.
    pub(super) fn file(&self) -> PathBuf {
        match &self.location {
            Location::Sqlite { file } => self.directory.path().join(file),
            Location::Postgres(_) => panic!("a Postgres store has no file"),
        }
    }

    /// A connection of somebody else to the same database, on Postgres.
    pub(super) async fn client(&self) -> tokio_postgres::Client {
        let Location::Postgres(url) = &self.location else { panic!("SQLite has no server") };
        let (client, connection) = tokio_postgres::connect(url, NoTls).await.expect("the server");
        tokio::spawn(connection);
        client
    }

    /// A driver of its own on the same database, with other limits.
    pub(super) fn driver_with(&self, limits: Limits) -> Box<dyn Driver> {
        driver_at(&self.location, self.directory.path(), limits)
    }

    /// Where people would look for the store: its file, or its database's address.
    pub(super) fn place(&self) -> String {
        match &self.location {
            Location::Sqlite { .. } => format!("sqlite {}", self.file().display()),
            Location::Postgres(url) => {
                let url = Url::parse(url).expect("a URL");
                let port = url.port().unwrap_or(5432);
                format!("{}:{port}{}", url.host_str().unwrap_or_default(), url.path())
            }
        }
    }

    /// A link to be made under this code.
    pub(super) fn new_link(&self, code: &str) -> NewLink {
        NewLink {
            workspace: self.workspace,
            domain: self.domain,
            code: CodeChoice::Chosen(self::code(code)),
            url: format!("https://example.com/{code}"),
            status: RedirectStatus::Found,
            title: None,
            expires_at: None,
            max_clicks: None,
            conduct: Conduct::default(),
            note: None,
            tags: Tags::default(),
        }
    }

    /// Makes a link under this code.
    pub(super) async fn link(&self, code: &str) -> Link {
        links::create(&self.store, self.new_link(code), None).await.expect("a free code")
    }

    /// The link with this id as it is now.
    pub(super) async fn get(&self, id: LinkId) -> Option<Link> {
        links::get(&self.store, self.workspace, id).await.expect("an answer")
    }

    /// Where this code of the default domain leads.
    pub(super) async fn target_of(&self, code: &str) -> Option<String> {
        let found = links::find(&self.store, self.domain, code).await.expect("an answer");
        found.map(|destination| destination.url)
    }

    /// The codes in the change log since a moment, oldest first; a domain's own entries are `""`.
    pub(super) async fn changes_since(&self, since: Millis) -> Vec<String> {
        let changes = changes::since(&self.store, since).await.expect("an answer");
        let codes_of = |entry: &changes::Change| match entry.codes.as_slice() {
            [] => vec![String::new()],
            codes => codes.iter().map(ToString::to_string).collect(),
        };
        changes.entries.iter().flat_map(codes_of).collect()
    }

    /// How many entries the change log has.
    pub(super) async fn changes(&self) -> usize {
        self.changes_since(Millis::from_epoch(0)).await.len()
    }

    /// Everything counted for a link.
    pub(super) async fn total(&self, link: LinkId) -> ClickCount {
        clicks::total(&self.store, link).await.expect("an answer")
    }

    /// The store's clock.
    pub(super) async fn now(&self) -> Millis {
        facts::now(&self.store).await.expect("an answer")
    }

    /// Runs a reading statement past the store's functions.
    pub(super) async fn rows(&self, sql: &'static str, params: Vec<Value>) -> Vec<Row> {
        self.driver.query(Lane::Admin, sql, params).await.expect("rows")
    }

    /// Runs a writing statement past the store's functions.
    pub(super) async fn run(&self, sql: &'static str) {
        self.run_with(sql, vec![]).await;
    }

    /// The same, with parameters.
    pub(super) async fn run_with(&self, sql: &'static str, params: Vec<Value>) {
        let work: Work = Arc::new(move |tx| {
            let params = params.clone();
            Box::pin(async move { tx.execute(sql, params).await.map(drop) })
        });
        self.driver.transaction(Lane::Admin, work).await.expect("a statement that runs");
    }
}

fn driver_at(location: &Location, directory: &Path, limits: Limits) -> Box<dyn Driver> {
    match location {
        Location::Sqlite { file } => {
            Box::new(Sqlite::open(&directory.join(file), limits).expect("a driver"))
        }
        Location::Postgres(url) => Box::new(Postgres::open(url, limits).expect("a driver")),
    }
}

/// A code that is one.
pub(super) fn code(text: &str) -> Code {
    Code::parse(text).expect("a code")
}

/// Clicks of both audiences.
pub(super) const fn count(people: u64, bots: u64) -> ClickCount {
    ClickCount { people, bots }
}

/// What a failure is, without its cause.
#[allow(clippy::needless_pass_by_value, reason = "it is given what a call returned")]
pub(super) fn kind<T>(result: Result<T, Error>) -> &'static str {
    match result {
        Ok(_) => "done",
        Err(Error::Unavailable(_)) => "unavailable",
        Err(Error::TooLong { .. }) => "too long",
        Err(Error::Busy(_)) => "busy",
        Err(Error::Taken) => "taken",
        Err(Error::Stale) => "stale",
        Err(Error::Missing) => "missing",
        Err(Error::InUse) => "in use",
        Err(Error::Corrupt(_)) => "corrupt",
        Err(Error::Refused(_)) => "refused",
    }
}
