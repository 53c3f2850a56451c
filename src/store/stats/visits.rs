//! Visits of a link, newest first, page by page.

use std::sync::Arc;

use super::span::Span;
use crate::model::click::Audience;
use crate::model::dimension::{Dimension, Values};
use crate::model::id::{DomainId, LinkId, StreamId, WorkspaceId};
use crate::model::time::Millis;
use crate::params;
use crate::store::clicks::Visit;
use crate::store::{Error, Row, Store};

/// Columns before the dimensions.
const COLUMNS: usize = 8;

/// Where a page ends: the place of its last visit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    /// When it was made.
    pub at: Millis,
    /// The stream it came in.
    pub stream: StreamId,
    /// Its place in the stream.
    pub sequence: u64,
}

impl Place {
    /// The place of a visit.
    #[must_use]
    pub fn of(visit: &Visit) -> Self {
        Self { at: visit.at, stream: visit.stream, sequence: visit.sequence }
    }
}

/// At most `limit` visits of a link in a span, newest first, beginning after a place.
///
/// # Errors
/// [`Error::Unavailable`].
pub async fn visits(
    store: &Store,
    link: LinkId,
    span: Span,
    after: Option<Place>,
    limit: u32,
) -> Result<Vec<Visit>, Error> {
    // The place before the first: no visit has a negative stream.
    let end = Place { at: span.to, stream: StreamId::from_stored(-1), sequence: 0 };
    let after = after.filter(|place| place.at < span.to).unwrap_or(end);
    let sequence = i64::try_from(after.sequence).unwrap_or(i64::MAX);
    let rows = store
        .query(
            // Walks the primary key backwards and stops at the limit.
            "SELECT link_id, at, stream_id, sequence, workspace_id, domain_id, is_bot, visitor,
                    referrer, country, region, city, browser, system, device, language,
                    utm_source, utm_medium, utm_campaign, utm_term, utm_content
             FROM visits
             WHERE link_id = $1 AND at >= $2 AND (at, stream_id, sequence) < ($3, $4, $5)
             ORDER BY at DESC, stream_id DESC, sequence DESC LIMIT $6",
            params![link, span.from, after.at, after.stream, sequence, i64::from(limit)],
        )
        .await?;
    rows.iter().map(read).collect()
}

/// Where a page of a workspace's visits ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WorkspacePlace {
    /// The place within the link.
    pub place: Place,
    /// The link.
    pub link: LinkId,
}

impl WorkspacePlace {
    /// The place of a visit.
    #[must_use]
    pub fn of(visit: &Visit) -> Self {
        Self { place: Place::of(visit), link: visit.link }
    }
}

/// At most `limit` visits of all links of a workspace in a span, newest first, beginning after a place.
///
/// # Errors
/// [`Error::Unavailable`].
pub async fn visits_of_workspace(
    store: &Store,
    workspace: WorkspaceId,
    span: Span,
    after: Option<WorkspacePlace>,
    limit: u32,
) -> Result<Vec<Visit>, Error> {
    let end = Place { at: span.to, stream: StreamId::from_stored(-1), sequence: 0 };
    let end = WorkspacePlace { place: end, link: LinkId::from_stored(-1) };
    let WorkspacePlace { place, link } =
        after.filter(|after| after.place.at < span.to).unwrap_or(end);
    let sequence = i64::try_from(place.sequence).unwrap_or(i64::MAX);
    let rows = store
        .query(
            // Walks `visits_of_workspace` backwards and stops at the limit. The bound on `at` alone is
            // there for Postgres, which has to sort visits of one moment itself.
            "SELECT link_id, at, stream_id, sequence, workspace_id, domain_id, is_bot, visitor,
                    referrer, country, region, city, browser, system, device, language,
                    utm_source, utm_medium, utm_campaign, utm_term, utm_content
             FROM visits
             WHERE workspace_id = $1 AND at >= $2 AND at <= $3
               AND (at, link_id, stream_id, sequence) < ($3, $4, $5, $6)
             ORDER BY at DESC, link_id DESC, stream_id DESC, sequence DESC LIMIT $7",
            params![workspace, span.from, place.at, link, place.stream, sequence, i64::from(limit)],
        )
        .await?;
    rows.iter().map(read).collect()
}

/// The links of a workspace that people followed most in a span, with how often they did.
///
/// # Errors
/// [`Error::Unavailable`].
pub async fn most_visited(
    store: &Store,
    workspace: WorkspaceId,
    span: Span,
    limit: u32,
) -> Result<Vec<(LinkId, u64)>, Error> {
    let rows = store
        .query(
            // By `visits_of_workspace`; the caller sees to it that the span is short.
            "SELECT link_id, COUNT(*) FROM visits
             WHERE workspace_id = $1 AND at >= $2 AND at < $3 AND is_bot = 0
             GROUP BY link_id ORDER BY COUNT(*) DESC, link_id LIMIT $4",
            params![workspace, span.from, span.to, i64::from(limit)],
        )
        .await?;
    rows.iter().map(|row| Ok((LinkId::from_stored(row.int(0)?), row.count(1)?))).collect()
}

fn read(row: &Row) -> Result<Visit, Error> {
    let mut values = Values::default();
    for (place, dimension) in Dimension::ALL.into_iter().enumerate() {
        values.set(dimension, row.opt_text(COLUMNS + place)?.map(Arc::from));
    }
    Ok(Visit {
        link: LinkId::from_stored(row.int(0)?),
        at: Millis::from_epoch(row.int(1)?),
        stream: StreamId::from_stored(row.int(2)?),
        sequence: row.count(3)?,
        workspace: WorkspaceId::from_stored(row.int(4)?),
        domain: DomainId::from_stored(row.int(5)?),
        audience: if row.int(6)? == 0 { Audience::People } else { Audience::Bots },
        visitor: row.int(7)?.cast_unsigned(),
        values,
    })
}
