//! One connection: its prepared statements, and whether it may be used again.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use bb8::{ManageConnection, Pool, PooledConnection};
use bb8_postgres::PostgresConnectionManager;
use tokio_postgres::types::{FromSql, IsNull, ToSql, Type, private::BytesMut, to_sql_checked};
use tokio_postgres::{Client, Config, Statement};
use tokio_postgres_rustls::MakeRustlsConnect;

use super::failure::{NoSession, Sink, out_of_pool};
use super::listener::Listener;
use super::tls;
use crate::store::doorbell::Doorbell;
use crate::store::{Error, Limits, Row, Value};

/// How long an answer may stay unacknowledged before the kernel gives the connection up.
const TCP_USER_TIMEOUT: Duration = Duration::from_secs(5);

/// The same where whole tables are carried: a server that writes a checkpoint may take nothing for
/// longer than 5 s, and an hour's restore would have to begin anew.
const TCP_USER_TIMEOUT_CARRYING: Duration = Duration::from_secs(120);

/// How long the server may take to accept a connection.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(1);

/// How long it may take from there to a session that can be used. A server that is frozen, or a
/// network that swallows what it acknowledged, would otherwise hold a place of the pool for ever.
/// Two answers of a network that takes two seconds for each are within it.
const LOGIN_TIMEOUT: Duration = Duration::from_secs(5);

/// Longest life of a transaction, which the change log's readers rely on.
const TRANSACTION_TIMEOUT: Duration = Duration::from_secs(10);

/// Makes sessions for bb8.
#[derive(Clone)]
pub(super) struct Manager {
    inner: PostgresConnectionManager<MakeRustlsConnect>,
    config: Config,
    connector: MakeRustlsConnect,
    name: String,
    set_up: String,
}

impl Manager {
    pub(super) fn new(address: &str, limits: Limits) -> Result<Self, Error> {
        let tls::Prepared { mut config, connector } = tls::prepare(address)?;
        bound(&mut config);
        if config.get_application_name().is_none() {
            config.application_name("carom");
        }
        // A statement waits for a lock at most half of its time, so that the error says "lock".
        let statement = limits.statement_timeout.as_millis();
        let set_up = format!(
            "SET statement_timeout = {statement}; SET lock_timeout = {};
             SET idle_in_transaction_session_timeout = {}",
            statement / 2,
            TRANSACTION_TIMEOUT.as_millis(),
        );
        let name = describe(&config);
        let inner = PostgresConnectionManager::new(config.clone(), connector.clone());
        Ok(Self { inner, config, connector, name, set_up })
    }

    /// Makes sessions that plan a statement each time for its parameters. Statements of the admin
    /// side name filters that are mostly left out: a plan for all parameters asks each row about
    /// each of them, which took 1.6 s a million visits instead of 0.2 s. Planning takes 0.1 ms.
    pub(super) fn planning_anew(&self) -> Self {
        let set_up = format!("{}; SET plan_cache_mode = force_custom_plan", self.set_up);
        Self { set_up, ..self.clone() }
    }

    /// Makes sessions that wait for a server which takes nothing for a while.
    pub(super) fn carrying(&self) -> Self {
        let mut config = self.config.clone();
        config.tcp_user_timeout(TCP_USER_TIMEOUT_CARRYING);
        let inner = PostgresConnectionManager::new(config.clone(), self.connector.clone());
        Self { inner, config, ..self.clone() }
    }

    /// A listener on a connection of its own.
    pub(super) fn listener(&self, bell: Arc<Doorbell>) -> Listener {
        Listener { config: self.config.clone(), connector: self.connector.clone(), bell }
    }

    /// Where it is, without user and password.
    pub(super) fn describe(&self) -> String {
        self.name.clone()
    }
}

/// Lets the kernel end connections that a network has swallowed, busy or idle.
fn bound(config: &mut Config) {
    config
        .connect_timeout(CONNECT_TIMEOUT)
        .tcp_user_timeout(TCP_USER_TIMEOUT)
        .keepalives_idle(TCP_USER_TIMEOUT)
        .keepalives_interval(Duration::from_secs(2))
        .keepalives_retries(2);
}

fn describe(config: &Config) -> String {
    use tokio_postgres::config::Host;
    let hosts = config.get_hosts().iter().enumerate().map(|(place, host)| {
        let port = config.get_ports().get(place).or(config.get_ports().first()).unwrap_or(&5432);
        match host {
            Host::Tcp(name) => format!("{name}:{port}"),
            Host::Unix(path) => format!("{}:{port}", path.display()),
        }
    });
    let hosts = hosts.collect::<Vec<_>>().join(",");
    format!("postgres {hosts}/{}", config.get_dbname().unwrap_or_default())
}

impl ManageConnection for Manager {
    type Connection = Session;
    type Error = NoSession;

    async fn connect(&self) -> Result<Session, NoSession> {
        let login = async {
            let client = self.inner.connect().await?;
            client.batch_execute(&self.set_up).await?;
            Ok(Session { client, statements: HashMap::new(), is_busy: false })
        };
        tokio::time::timeout(LOGIN_TIMEOUT, login).await.unwrap_or(Err(NoSession::Late))
    }

    async fn is_valid(&self, session: &mut Session) -> Result<(), NoSession> {
        Ok(session.client.simple_query("").await.map(drop)?)
    }

    fn has_broken(&self, session: &mut Session) -> bool {
        session.is_busy || session.client.is_closed()
    }
}

/// A connection with its prepared statements.
pub(super) struct Session {
    client: Client,
    statements: HashMap<&'static str, Statement>,
    /// Set while a query is under way. Still set when it comes back to the pool: the query was
    /// abandoned, and the next user would wait behind it.
    is_busy: bool,
}

/// A pool, and how many sessions it may have.
#[derive(Clone)]
pub(super) struct Sessions {
    pub(super) pool: Pool<Manager>,
    pub(super) max: u32,
    pub(super) sink: Sink,
}

impl Sessions {
    /// A working session: those that the server closed meanwhile are thrown away.
    pub(super) async fn check_out(&self) -> Result<PooledConnection<'static, Manager>, Error> {
        loop {
            let session = self.pool.get_owned().await.map_err(|error| {
                out_of_pool(error, &self.sink, self.pool.state().connections >= self.max)
            })?;
            if !session.client.is_closed() {
                return Ok(session);
            }
        }
    }
}

impl Session {
    pub(super) fn client(&mut self) -> &mut Client {
        &mut self.client
    }

    /// For migrations, which may take long.
    pub(super) async fn lift_timeouts(&mut self) -> Result<(), tokio_postgres::Error> {
        self.client.batch_execute("SET statement_timeout = 0; SET lock_timeout = 0").await
    }

    /// Begins a transaction: until its end the session must not be used for anything else.
    pub(super) async fn begin(&mut self, statement: &str) -> Result<(), tokio_postgres::Error> {
        self.is_busy = true;
        self.client.batch_execute(statement).await
    }

    /// Ends it. Only a session whose server answered is used again.
    pub(super) async fn end(&mut self, statement: &str) -> Result<(), tokio_postgres::Error> {
        self.client.batch_execute(statement).await?;
        self.is_busy = false;
        Ok(())
    }

    pub(super) async fn rows(
        &mut self,
        sql: &'static str,
        params: Vec<Value>,
    ) -> Result<Vec<Row>, tokio_postgres::Error> {
        self.is_busy = true;
        let answer = self.try_rows(sql, params).await;
        self.is_busy = false;
        answer
    }

    pub(super) async fn try_rows(
        &mut self,
        sql: &'static str,
        params: Vec<Value>,
    ) -> Result<Vec<Row>, tokio_postgres::Error> {
        let statement = self.prepared(sql).await?;
        let rows = self.client.query(&statement, &borrowed(&params)).await?;
        rows.iter().map(read).collect()
    }

    pub(super) async fn count(
        &mut self,
        sql: &'static str,
        params: Vec<Value>,
    ) -> Result<u64, tokio_postgres::Error> {
        let statement = self.prepared(sql).await?;
        self.client.execute(&statement, &borrowed(&params)).await
    }

    /// Runs a statement whose parameters are not [`Value`]s.
    pub(super) async fn run(
        &mut self,
        sql: &'static str,
        params: &[&(dyn ToSql + Sync)],
    ) -> Result<u64, tokio_postgres::Error> {
        let statement = self.prepared(sql).await?;
        self.client.execute(&statement, params).await
    }

    /// The rows of a statement whose parameters are not [`Value`]s.
    pub(super) async fn fetch(
        &mut self,
        sql: &'static str,
        params: &[&(dyn ToSql + Sync)],
    ) -> Result<Vec<tokio_postgres::Row>, tokio_postgres::Error> {
        let statement = self.prepared(sql).await?;
        self.client.query(&statement, params).await
    }

    async fn prepared(&mut self, sql: &'static str) -> Result<Statement, tokio_postgres::Error> {
        if let Some(statement) = self.statements.get(sql) {
            return Ok(statement.clone());
        }
        let statement = self.client.prepare(&spell(sql)).await?;
        self.statements.insert(sql, statement.clone());
        Ok(statement)
    }
}

/// The shared dialect in Postgres' spelling.
fn spell(sql: &str) -> String {
    sql.replace("{now}", "CAST(EXTRACT(EPOCH FROM clock_timestamp()) * 1000 AS BIGINT)")
}

fn borrowed(params: &[Value]) -> Vec<&(dyn ToSql + Sync)> {
    params.iter().map(|param| param as _).collect()
}

fn read(row: &tokio_postgres::Row) -> Result<Row, tokio_postgres::Error> {
    (0..row.len()).map(|place| row.try_get(place)).collect::<Result<_, _>>().map(Row::new)
}

impl ToSql for Value {
    fn to_sql(
        &self,
        kind: &Type,
        out: &mut BytesMut,
    ) -> Result<IsNull, Box<dyn std::error::Error + Sync + Send>> {
        match self {
            Self::Null => Ok(IsNull::Yes),
            Self::Int(it) if *kind == Type::INT8 => it.to_sql(kind, out),
            Self::Text(it) if *kind == Type::TEXT => it.to_sql(kind, out),
            Self::Bytes(it) if *kind == Type::BYTEA => it.to_sql(kind, out),
            _ => Err(format!("a parameter is {kind} in the statement and {self:?} here").into()),
        }
    }

    fn accepts(kind: &Type) -> bool {
        matches!(*kind, Type::INT8 | Type::TEXT | Type::BYTEA)
    }

    to_sql_checked!();
}

impl<'a> FromSql<'a> for Value {
    fn from_sql(
        kind: &Type,
        raw: &'a [u8],
    ) -> Result<Self, Box<dyn std::error::Error + Sync + Send>> {
        Ok(match *kind {
            Type::INT8 => Self::Int(i64::from_sql(kind, raw)?),
            Type::INT4 => Self::Int(i64::from(i32::from_sql(kind, raw)?)),
            Type::BYTEA => Self::Bytes(Vec::from_sql(kind, raw)?),
            _ => Self::Text(String::from_sql(kind, raw)?),
        })
    }

    fn from_sql_null(_: &Type) -> Result<Self, Box<dyn std::error::Error + Sync + Send>> {
        Ok(Self::Null)
    }

    fn accepts(kind: &Type) -> bool {
        matches!(*kind, Type::INT8 | Type::INT4 | Type::TEXT | Type::BYTEA)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_connection_that_the_network_swallowed_is_given_up_within_fifteen_seconds() {
        let mut config = Config::new();
        bound(&mut config);
        let unacknowledged = config.get_tcp_user_timeout().expect("it is set");
        let idle = config.get_keepalives_idle()
            + config.get_keepalives_interval().expect("it is set")
                * config.get_keepalives_retries().expect("it is set");
        // And then a new one is made.
        for silence in [*unacknowledged, idle] {
            assert!(silence + LOGIN_TIMEOUT < Duration::from_secs(15), "{silence:?}");
        }
    }
}
