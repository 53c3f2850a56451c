//! Visits as a table (RFC 4180), streamed: one page is in memory, and the next is read when the
//! client has taken it.

use std::sync::Arc;

use axum::body::{Body, Bytes};
use axum::http::header;
use axum::response::{IntoResponse, Response};
use futures_util::stream;

use super::visits::{audience, visitor};
use crate::admin::problem::Problem;
use crate::admin::state::AdminState;
use crate::admin::table::{safe, written};
use crate::model::dimension::Dimension;
use crate::model::id::LinkId;
use crate::store;
use crate::store::clicks::Visit;
use crate::store::stats::{self, Place, Span};

/// Visits of a page, about 100 KiB.
const PAGE_VISITS: u32 = 500;

/// A table while it is sent.
struct Table {
    state: Arc<AdminState>,
    link: LinkId,
    span: Span,
    after: Option<Place>,
    is_over: bool,
}

/// Answers with all visits of a link in a span. A store that fails before the first page gives a
/// problem; one that fails later ends the connection, so that nobody takes a part for the whole.
pub(super) async fn export(
    state: Arc<AdminState>,
    link: LinkId,
    span: Span,
) -> Result<Response, Problem> {
    let mut table = Table { state, link, span, after: None, is_over: false };
    let first = table.next_page().await.map_err(|error| table.state.fault(&error))?;
    let first = Bytes::from([head(), rows(&first)].concat());
    let rest = stream::try_unfold(table, |mut table| async move {
        if table.is_over {
            return Ok(None);
        }
        match table.next_page().await {
            Ok(page) => Ok(Some((Bytes::from(rows(&page)), table))),
            Err(error) => {
                // For the log: the client only sees the end of its connection.
                let _ = table.state.fault(&error);
                Err(error)
            }
        }
    });
    let headers = [
        (header::CONTENT_TYPE, "text/csv; charset=utf-8; header=present".to_owned()),
        (header::CONTENT_DISPOSITION, format!("attachment; filename=\"visits-{link}.csv\"")),
    ];
    let body = stream::StreamExt::chain(stream::iter([Ok::<_, store::Error>(first)]), rest);
    Ok((headers, Body::from_stream(body)).into_response())
}

impl Table {
    async fn next_page(&mut self) -> Result<Vec<Visit>, store::Error> {
        let store = &self.state.store;
        let page = stats::visits(store, self.link, self.span, self.after, PAGE_VISITS).await?;
        self.after = page.last().map(Place::of);
        self.is_over = page.len() < PAGE_VISITS as usize;
        Ok(page)
    }
}

fn head() -> Vec<u8> {
    let names = ["at", "audience", "visitor"].into_iter();
    written([names.chain(Dimension::ALL.map(Dimension::name))])
}

fn rows(visits: &[Visit]) -> Vec<u8> {
    written(visits.iter().map(|visit| {
        let lead = [visit.at.to_string(), audience(visit).to_owned()];
        let visitor = visitor(visit).unwrap_or_default();
        let value = |dimension| visit.values.get(dimension).map_or_else(String::new, |it| safe(it));
        lead.into_iter().chain([visitor]).chain(Dimension::ALL.map(value))
    }))
}
