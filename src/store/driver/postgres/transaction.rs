//! A transaction on one connection: what it runs, and how it ends.

use std::ops::DerefMut;

use futures_util::future::BoxFuture;

use super::failure::refused;
use super::session::Session;
use super::{carry, clicks, links, listener, sketches};
use crate::model::id::LinkId;
use crate::model::time::Millis;
use crate::store::clicks::ClickRows;
use crate::store::driver::Tx;
use crate::store::links::LinkRow;
use crate::store::sketches::{SketchKey, SketchRow, Union};
use crate::store::tables::Shape;
use crate::store::{Error, Row, Value};

/// An open transaction on a session, of the pool or of its own.
///
/// Dropped before [`OpenTx::finish`], it leaves the session marked busy: the pool throws the
/// connection away and the server rolls back.
pub(super) struct OpenTx<S> {
    session: S,
    /// The earliest entry of the change log that must ring.
    rung: Option<Millis>,
}

impl<S: DerefMut<Target = Session>> OpenTx<S> {
    pub(super) async fn begin(session: S) -> Result<Self, tokio_postgres::Error> {
        Self::begin_with(session, "BEGIN").await
    }

    /// The same, with other words than `BEGIN`.
    pub(super) async fn begin_with(
        mut session: S,
        statement: &str,
    ) -> Result<Self, tokio_postgres::Error> {
        session.begin(statement).await?;
        Ok(Self { session, rung: None })
    }

    /// Commits, and rings if something of the change log was written.
    pub(super) async fn commit(self) -> Result<(), tokio_postgres::Error> {
        match self.rung {
            // In one message, so that it costs no turn of its own.
            Some(since) => {
                let announced = format!("{}; COMMIT", listener::announcement(since));
                self.finish(&announced).await
            }
            None => self.finish("COMMIT").await,
        }
    }

    /// Undoes everything.
    pub(super) async fn roll_back(self) -> Result<(), tokio_postgres::Error> {
        self.finish("ROLLBACK").await
    }

    async fn finish(mut self, statement: &str) -> Result<(), tokio_postgres::Error> {
        self.session.end(statement).await
    }
}

impl<S: DerefMut<Target = Session> + Send> Tx for OpenTx<S> {
    fn query<'t>(
        &'t mut self,
        sql: &'static str,
        params: Vec<Value>,
    ) -> BoxFuture<'t, Result<Vec<Row>, Error>> {
        Box::pin(async move { self.session.try_rows(sql, params).await.map_err(refused) })
    }

    fn execute<'t>(
        &'t mut self,
        sql: &'static str,
        params: Vec<Value>,
    ) -> BoxFuture<'t, Result<u64, Error>> {
        Box::pin(async move { self.session.count(sql, params).await.map_err(refused) })
    }

    fn ring(&mut self, since: Millis) {
        self.rung = self.rung.into_iter().chain([since]).min();
    }

    fn insert_links<'t>(
        &'t mut self,
        rows: &'t [LinkRow],
    ) -> BoxFuture<'t, Result<Vec<LinkId>, Error>> {
        Box::pin(async move { links::insert(&mut self.session, rows).await.map_err(refused) })
    }

    fn add_clicks<'t>(&'t mut self, rows: &'t ClickRows) -> BoxFuture<'t, Result<(), Error>> {
        Box::pin(async move { clicks::add(&mut self.session, rows).await.map_err(refused) })
    }

    fn merge_sketches<'t>(
        &'t mut self,
        rows: &'t [SketchRow],
        union: Union,
    ) -> BoxFuture<'t, Result<Vec<SketchKey>, Error>> {
        Box::pin(
            async move { sketches::merge(&mut self.session, rows, union).await.map_err(refused) },
        )
    }

    fn lock<'t>(&'t mut self, tables: &'t [Shape]) -> BoxFuture<'t, Result<(), Error>> {
        Box::pin(async move { carry::lock(&mut self.session, tables).await.map_err(refused) })
    }

    fn insert_rows<'t>(
        &'t mut self,
        table: &'t Shape,
        rows: &'t [Row],
    ) -> BoxFuture<'t, Result<(), Error>> {
        Box::pin(
            async move { carry::insert(&mut self.session, table, rows).await.map_err(refused) },
        )
    }
}
