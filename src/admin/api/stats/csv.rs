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
use crate::model::id::{LinkId, WorkspaceId};
use crate::store;
use crate::store::clicks::Visit;
use crate::store::stats::{self, Span, WorkspacePlace};

/// Visits of a page, about 100 KiB.
const PAGE_VISITS: u32 = 500;

/// Whose visits a table has.
#[derive(Debug, Clone, Copy)]
pub(in crate::admin) enum Whose {
    /// Those of one link.
    Link(LinkId),
    /// Those of all links of a workspace, each with its link's id.
    Workspace(WorkspaceId),
}

/// A table while it is sent.
struct Table {
    state: Arc<AdminState>,
    whose: Whose,
    span: Span,
    after: Option<WorkspacePlace>,
    is_over: bool,
}

/// Answers with all visits in a span. A store that fails before the first page gives a problem; one
/// that fails later ends the connection, so that nobody takes a part for the whole.
pub(in crate::admin) async fn export(
    state: Arc<AdminState>,
    whose: Whose,
    span: Span,
) -> Result<Response, Problem> {
    let name = match whose {
        Whose::Link(link) => format!("visits-{link}"),
        Whose::Workspace(_) => "visits".to_owned(),
    };
    let mut table = Table { state, whose, span, after: None, is_over: false };
    let first = table.next_page().await.map_err(|error| table.state.fault(&error))?;
    let first = Bytes::from([table.head(), table.rows(&first)].concat());
    let rest = stream::try_unfold(table, |mut table| async move {
        if table.is_over {
            return Ok(None);
        }
        match table.next_page().await {
            Ok(page) => Ok(Some((Bytes::from(table.rows(&page)), table))),
            Err(error) => {
                // For the log: the client only sees the end of its connection.
                let _ = table.state.fault(&error);
                Err(error)
            }
        }
    });
    let headers = [
        (header::CONTENT_TYPE, "text/csv; charset=utf-8; header=present".to_owned()),
        (header::CONTENT_DISPOSITION, format!("attachment; filename=\"{name}.csv\"")),
    ];
    let body = stream::StreamExt::chain(stream::iter([Ok::<_, store::Error>(first)]), rest);
    Ok((headers, Body::from_stream(body)).into_response())
}

impl Table {
    async fn next_page(&mut self) -> Result<Vec<Visit>, store::Error> {
        let (store, span, limit) = (&self.state.store, self.span, PAGE_VISITS);
        let page = match self.whose {
            Whose::Link(link) => {
                let after = self.after.map(|after| after.place);
                stats::visits(store, link, span, after, limit).await?
            }
            Whose::Workspace(workspace) => {
                stats::visits_of_workspace(store, workspace, span, self.after, limit).await?
            }
        };
        self.after = page.last().map(WorkspacePlace::of);
        self.is_over = page.len() < PAGE_VISITS as usize;
        Ok(page)
    }

    fn head(&self) -> Vec<u8> {
        let link = matches!(self.whose, Whose::Workspace(_)).then_some("link");
        let names = ["at"].into_iter().chain(link).chain(["audience", "visitor"]);
        written([names.chain(Dimension::ALL.map(Dimension::name))])
    }

    fn rows(&self, visits: &[Visit]) -> Vec<u8> {
        let has_link = matches!(self.whose, Whose::Workspace(_));
        written(visits.iter().map(|visit| {
            let link = has_link.then(|| visit.link.to_string());
            let visitor = visitor(visit).unwrap_or_default();
            let lead = [visit.at.to_string()].into_iter().chain(link);
            let lead = lead.chain([audience(visit).to_owned(), visitor]);
            let value =
                |dimension| visit.values.get(dimension).map_or_else(String::new, |it| safe(it));
            lead.chain(Dimension::ALL.map(value))
        }))
    }
}
