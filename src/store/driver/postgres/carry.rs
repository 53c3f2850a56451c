//! Whole tables on Postgres: a connection of its own for as long as it takes, rows through `COPY`.

use bb8::ManageConnection as _;
use tokio_postgres::Error;
use tokio_postgres::binary_copy::BinaryCopyInWriter;
use tokio_postgres::types::Type;

use super::failure::{not_connected, refused};
use super::session::{Manager, Session};
use super::transaction::OpenTx;
use crate::store::driver::{Alone, OnceWork};
use crate::store::tables::{Kind, Shape};
use crate::store::{self, Row};

/// An hour a statement, for counting or emptying a large table; ten seconds for a lock; ten minutes
/// between two statements, for a slow disk at our end.
const PATIENCE: &str = "SET statement_timeout = 3600000; SET lock_timeout = 10000;
    SET idle_in_transaction_session_timeout = 600000";

/// Pages are read along the primary key, whatever the planner knows or does not know of a table: to
/// sort what is left of it for each page would take its square.
const ALONG_THE_KEY: &str = "SET plan_cache_mode = force_custom_plan; SET enable_sort = off;
    SET enable_bitmapscan = off";

/// Runs `work` in a transaction on a connection of its own. Stopped half-way, the connection closes
/// and the server rolls back.
pub(super) async fn alone(
    manager: &Manager,
    purpose: Alone,
    work: OnceWork,
) -> Result<(), store::Error> {
    let mut session = Box::new(manager.carrying().connect().await.map_err(not_connected)?);
    let begin = match purpose {
        Alone::Snapshot => "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY",
        Alone::Write => "BEGIN",
    };
    let set_up = format!("{PATIENCE}; {ALONG_THE_KEY}");
    session.client().batch_execute(&set_up).await.map_err(refused)?;
    let mut tx = OpenTx::begin_with(session, begin).await.map_err(refused)?;
    work(&mut tx).await?;
    tx.commit().await.map_err(refused)
}

/// Keeps others from writing to these tables.
pub(super) async fn lock(session: &mut Session, tables: &[Shape]) -> Result<(), Error> {
    let names: Vec<_> = tables.iter().map(|table| format!("\"{}\"", table.name)).collect();
    let lock = format!("LOCK TABLE {} IN EXCLUSIVE MODE", names.join(", "));
    session.client().batch_execute(&lock).await
}

/// Adds rows to a table.
pub(super) async fn insert(
    session: &mut Session,
    table: &Shape,
    rows: &[Row],
) -> Result<(), Error> {
    let types: Vec<Type> = table
        .columns
        .iter()
        .map(|column| match column.kind {
            Kind::Int => Type::INT8,
            Kind::Text => Type::TEXT,
            Kind::Bytes => Type::BYTEA,
        })
        .collect();
    let (name, columns) = (&table.name, table.column_list());
    let copy = format!("COPY \"{name}\" ({columns}) FROM STDIN (FORMAT binary)");
    let sink = session.client().copy_in(&copy).await?;
    let writer = BinaryCopyInWriter::new(sink, &types);
    tokio::pin!(writer);
    for row in rows {
        writer.as_mut().write_raw(row.fields()).await?;
    }
    writer.finish().await.map(drop)
}
