//! The small trait both databases stand behind, and the two drivers.
//!
//! A statement is written once, in the dialect both share. A driver turns its two marks into its
//! own: `$1`, `$2`, … are parameters, and `{now}` is the store's clock in epoch milliseconds.
//! What cannot be written once has a body in each driver, and is named in [`Tx`].

use std::sync::Arc;

use futures_util::future::BoxFuture;

use super::clicks::ClickRows;
use super::doorbell::Doorbell;
use super::links::LinkRow;
use super::sketches::{SketchKey, SketchRow, Union};
use super::tables::Shape;
use super::{Error, Row, Value};
use crate::model::id::LinkId;
use crate::model::time::Millis;

pub mod postgres;
pub mod sqlite;

/// Whose work it is. Lanes do not wait for each other's connections; SQLite has one writer for all.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lane {
    /// A visitor waits: the lookups of the redirect path, and the claims on links with a limit.
    Redirect,
    /// A person or a program on the admin listener waits.
    Admin,
    /// Nobody waits: flushes, followers, upkeep.
    Background,
}

/// What runs inside a transaction. It may run more than once.
pub type Work =
    Arc<dyn for<'t> Fn(&'t mut dyn Tx) -> BoxFuture<'t, Result<(), Error>> + Send + Sync>;

/// What runs alone, once.
pub type OnceWork =
    Box<dyn for<'t> FnOnce(&'t mut dyn Tx) -> BoxFuture<'t, Result<(), Error>> + Send>;

/// What a transaction on a connection of its own is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Alone {
    /// To read, all of it as of one moment, while others write.
    Snapshot,
    /// To write.
    Write,
}

/// A database that holds a store.
pub trait Driver: Send + Sync {
    /// What it is and where, without secrets, for people.
    fn describe(&self) -> String;

    /// Speaks to the database for the first time, to fail with its own words.
    fn connect(&self) -> BoxFuture<'_, Result<(), Error>>;

    /// Applies the migrations that are missing, up to one or all of them, and returns how many there
    /// were. The caller sees to it that nobody else does so meanwhile.
    fn migrate(
        &self,
        up_to: Option<i32>,
    ) -> BoxFuture<'_, Result<usize, super::migrate::MigrateError>>;

    /// Runs one reading statement.
    fn query(
        &self,
        lane: Lane,
        sql: &'static str,
        params: Vec<Value>,
    ) -> BoxFuture<'_, Result<Vec<Row>, Error>>;

    /// Runs `work` in one transaction: all of it or, on an error, nothing.
    ///
    /// It goes on to its end when the caller stops waiting, and is run again when the database asks
    /// for it (a serialisation failure, a deadlock).
    fn transaction(&self, lane: Lane, work: Work) -> BoxFuture<'_, Result<(), Error>>;

    /// Rings `bell` for each change that is committed from now on, by whomever, for ever. Returns at
    /// once where nothing can ring: whoever reads the change log must not rely on it.
    fn listen(&self, bell: Arc<Doorbell>) -> BoxFuture<'static, ()>;

    /// Runs `work` once, in one transaction on a connection of its own, which may take as long as it
    /// needs and may wait for others. Whoever stops waiting has it rolled back.
    fn alone(&self, purpose: Alone, work: OnceWork) -> BoxFuture<'_, Result<(), Error>>;

    /// Rows that one flush transaction should have at most, so that it never holds others up.
    fn flush_rows_max(&self) -> usize;

    /// Ends open work and closes the database.
    fn close(&self) -> BoxFuture<'_, ()>;
}

/// An open transaction.
pub trait Tx: Send {
    /// Runs a statement that returns rows.
    fn query<'t>(
        &'t mut self,
        sql: &'static str,
        params: Vec<Value>,
    ) -> BoxFuture<'t, Result<Vec<Row>, Error>>;

    /// Runs a statement and says how many rows it touched.
    fn execute<'t>(
        &'t mut self,
        sql: &'static str,
        params: Vec<Value>,
    ) -> BoxFuture<'t, Result<u64, Error>>;

    /// Rings on every node once this transaction commits, for an entry of the change log stamped at
    /// `since`. However often it is called, it rings once. Nothing happens where nothing can ring.
    fn ring(&mut self, since: Millis);

    /// Inserts links whose codes are free and returns their ids.
    ///
    /// A body of its own: Postgres takes arrays through `UNNEST`, SQLite a prepared loop.
    fn insert_links<'t>(
        &'t mut self,
        rows: &'t [LinkRow],
    ) -> BoxFuture<'t, Result<Vec<LinkId>, Error>>;

    /// Adds clicks to totals, quarter hours, dimensions and visits.
    ///
    /// A body of its own: Postgres takes arrays through `UNNEST`, SQLite a prepared loop.
    fn add_clicks<'t>(&'t mut self, rows: &'t ClickRows) -> BoxFuture<'t, Result<(), Error>>;

    /// Makes each stored sketch the union with its row and returns those that `union` could not
    /// read, which are left alone. Rows come in the order of their keys.
    ///
    /// A body of its own: Postgres has to lock what it read before it writes, SQLite has not.
    fn merge_sketches<'t>(
        &'t mut self,
        rows: &'t [SketchRow],
        union: Union,
    ) -> BoxFuture<'t, Result<Vec<SketchKey>, Error>>;

    /// Keeps others from writing to these tables until the end; they go on reading.
    ///
    /// A body of its own: on SQLite nobody else writes anyway.
    fn lock<'t>(&'t mut self, tables: &'t [Shape]) -> BoxFuture<'t, Result<(), Error>>;

    /// Adds rows to a table, whose fields are in the order of the shape's columns.
    ///
    /// A body of its own: Postgres takes them through `COPY`, SQLite a prepared loop.
    fn insert_rows<'t>(
        &'t mut self,
        table: &'t Shape,
        rows: &'t [Row],
    ) -> BoxFuture<'t, Result<(), Error>>;
}
