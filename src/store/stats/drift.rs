//! What does not add up: totals against what they are the sums of.
//!
//! | check | what must be equal |
//! |---|---|
//! | [`Check::Quarters`] | a subject's total and the sum of its quarter hours |
//! | [`Check::Visits`] | a link's quarter hours and its visits, as far back as visits are kept |
//! | [`Check::Links`] | a workspace's total and those of its links |
//! | [`Check::Domains`] | a workspace's total and those of its domains |
//!
//! Each comparison is one statement and so sees one moment: it may run beside flushes.

use super::forget::next_workspace;
use crate::model::click::ClickCount;
use crate::model::id::{SubjectId, WorkspaceId};
use crate::model::time::{DAY_MS, Millis};
use crate::params;
use crate::store::driver::Lane;
use crate::store::{Error, Row, Store, facts};

/// Subjects that one statement compares.
const PAGE_SUBJECTS: i64 = 500;

/// Clicks whose visits one statement counts, about; more of one subject are counted day by day.
const PAGE_CLICKS: u64 = 500_000;

/// Differences that a report holds at most.
const DRIFTS_MAX: usize = 1_000;

/// Upkeep of another node may forget visits while we count: those that are about to go are not
/// looked at.
const MARGIN_MS: i64 = 60 * 60 * 1000;

const QUARTER_MS: i64 = 15 * 60 * 1000;

/// The last subject there can be.
const END: SubjectId = SubjectId::from_stored(i64::MAX);

/// What was compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Check {
    /// A subject's total with its quarter hours.
    Quarters,
    /// A link's quarter hours with its visits. Fewer visits than clicks can also mean that a journal
    /// was full and kept totals only.
    Visits,
    /// A workspace's total with those of its links.
    Links,
    /// A workspace's total with those of its domains.
    Domains,
}

/// Something that does not add up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Drift {
    /// What was compared.
    pub check: Check,
    /// Of what.
    pub subject: SubjectId,
    /// What the store says it is.
    pub stored: ClickCount,
    /// What it is the sum of.
    pub recounted: ClickCount,
}

/// What was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DriftReport {
    /// Subjects that were looked at.
    pub subjects: u64,
    /// Visits were compared from here on, if there are any.
    pub visits_since: Option<Millis>,
    /// The first differences.
    pub drifts: Vec<Drift>,
    /// Whether there were more than a report holds.
    pub has_more: bool,
}

/// Recounts everything. `visits_from` is when the oldest visit that must still be there was made.
///
/// # Errors
/// [`Error::Unavailable`].
pub async fn drift(store: &Store, visits_from: Millis) -> Result<DriftReport, Error> {
    let now = facts::now(store).await?;
    let since = visits_since(store, visits_from).await?;
    let mut report =
        DriftReport { subjects: 0, visits_since: since, drifts: Vec::new(), has_more: false };
    compare_workspaces(store, &mut report).await?;
    let mut after = SubjectId::from_stored(0);
    while let Some(page) = next_page(store, after).await? {
        compare_quarters(store, &page, &mut report).await?;
        if let Some(since) = since {
            compare_page_of_visits(store, &page, since, now, &mut report).await?;
        }
        report.subjects += page.subjects;
        after = page.last;
        if report.drifts.len() > DRIFTS_MAX {
            break;
        }
    }
    report.has_more = report.drifts.len() > DRIFTS_MAX;
    report.drifts.truncate(DRIFTS_MAX);
    Ok(report)
}

impl DriftReport {
    fn add(&mut self, check: Check, rows: &[Row]) -> Result<(), Error> {
        for row in rows {
            let count = |place| Ok::<_, Error>((row.count(place)?, row.count(place + 1)?));
            let ((people, bots), (people_again, bots_again)) = (count(1)?, count(3)?);
            self.drifts.push(Drift {
                check,
                subject: SubjectId::from_stored(row.int(0)?),
                stored: ClickCount { people, bots },
                recounted: ClickCount { people: people_again, bots: bots_again },
            });
        }
        Ok(())
    }
}

/// The first quarter hour from which on each click must have a visit: the oldest visit may be one of
/// an older store's first, and what was made before it is not there to be counted.
async fn visits_since(store: &Store, from: Millis) -> Result<Option<Millis>, Error> {
    let mut oldest: Option<i64> = None;
    let mut workspace = WorkspaceId::from_stored(0);
    while let Some(next) = next_workspace(store, workspace).await? {
        workspace = next;
        let rows = store
            .query_for(
                Lane::Background,
                "SELECT MIN(at) FROM visits WHERE workspace_id = $1",
                params![workspace],
            )
            .await?;
        let first = rows.first().map_or(Ok(None), |row| row.opt_int(0))?;
        oldest = oldest.into_iter().chain(first).min();
    }
    let kept = from.get().saturating_add(MARGIN_MS);
    // The quarter hour of the oldest visit may have begun before it.
    let next_quarter = |at: i64| Millis::from_epoch(at.saturating_add(QUARTER_MS - 1)).quarter();
    Ok(oldest.map(|oldest| next_quarter(oldest.max(kept))))
}

/// Subjects that are compared together: those after `after`, up to `last`.
struct Page {
    after: SubjectId,
    last: SubjectId,
    subjects: u64,
    clicks: u64,
}

/// The next page. The last one has no end, so that quarter hours without a total are found too.
async fn next_page(store: &Store, after: SubjectId) -> Result<Option<Page>, Error> {
    if after == END {
        return Ok(None);
    }
    let rows = store
        .query_for(
            Lane::Background,
            "SELECT subject_id, people, bots FROM click_totals WHERE subject_id > $1
             ORDER BY subject_id LIMIT $2",
            params![after, PAGE_SUBJECTS],
        )
        .await?;
    let mut page = Page { after, last: after, subjects: 0, clicks: 0 };
    for row in &rows {
        let clicks = row.count(1)?.saturating_add(row.count(2)?);
        if page.subjects > 0 && page.clicks.saturating_add(clicks) > PAGE_CLICKS {
            return Ok(Some(page));
        }
        page.last = SubjectId::from_stored(row.int(0)?);
        page.subjects += 1;
        page.clicks = page.clicks.saturating_add(clicks);
    }
    if page.subjects < PAGE_SUBJECTS.cast_unsigned() {
        page.last = END;
    }
    Ok(Some(page))
}

async fn compare_quarters(
    store: &Store,
    page: &Page,
    report: &mut DriftReport,
) -> Result<(), Error> {
    let rows = store
        .query_for(
            Lane::Background,
            // No index: what is looked through is the inner answer, which both keys lead to.
            "SELECT subject_id, CAST(SUM(people) AS BIGINT), CAST(SUM(bots) AS BIGINT),
                    CAST(SUM(people_again) AS BIGINT), CAST(SUM(bots_again) AS BIGINT)
             FROM (SELECT subject_id, people, bots, 0 AS people_again, 0 AS bots_again
                   FROM click_totals WHERE subject_id > $1 AND subject_id <= $2
                   UNION ALL
                   SELECT subject_id, 0, 0, people, bots
                   FROM click_quarters WHERE subject_id > $1 AND subject_id <= $2) AS counts
             GROUP BY subject_id
             HAVING SUM(people) <> SUM(people_again) OR SUM(bots) <> SUM(bots_again)
             ORDER BY subject_id",
            params![page.after, page.last],
        )
        .await?;
    report.add(Check::Quarters, &rows)
}

/// Compares the visits of a page, or, where it is one subject of many clicks, those of each day.
async fn compare_page_of_visits(
    store: &Store,
    page: &Page,
    since: Millis,
    now: Millis,
    report: &mut DriftReport,
) -> Result<(), Error> {
    let end = Millis::from_epoch(i64::MAX);
    if page.clicks <= PAGE_CLICKS {
        return compare_visits(store, page, since, end, report).await;
    }
    let mut from = since;
    while from < now {
        let to = Millis::from_epoch(from.day().get() + DAY_MS);
        compare_visits(store, page, from, to, report).await?;
        from = to;
    }
    // Clocks of nodes that are ahead.
    compare_visits(store, page, from, end, report).await
}

async fn compare_visits(
    store: &Store,
    page: &Page,
    from: Millis,
    to: Millis,
    report: &mut DriftReport,
) -> Result<(), Error> {
    let rows = store
        .query_for(
            Lane::Background,
            // No index: what is looked through is the inner answer, which both keys lead to, and
            // the few domains. Only links have visits of their own.
            "SELECT subject_id, CAST(SUM(people) AS BIGINT), CAST(SUM(bots) AS BIGINT),
                    CAST(SUM(people_again) AS BIGINT), CAST(SUM(bots_again) AS BIGINT)
             FROM (SELECT subject_id, people, bots, 0 AS people_again, 0 AS bots_again
                   FROM click_quarters
                   WHERE subject_id > $1 AND subject_id <= $2 AND quarter >= $3 AND quarter < $4
                     AND subject_id <> workspace_id AND subject_id NOT IN (SELECT id FROM domains)
                   UNION ALL
                   SELECT link_id, 0, 0, 1 - is_bot, is_bot
                   FROM visits WHERE link_id > $1 AND link_id <= $2 AND at >= $3 AND at < $4
                  ) AS counts
             GROUP BY subject_id
             HAVING SUM(people) <> SUM(people_again) OR SUM(bots) <> SUM(bots_again)
             ORDER BY subject_id",
            params![page.after, page.last, from, to],
        )
        .await?;
    report.add(Check::Visits, &rows)
}

/// Compares each workspace with its domains and with its links.
async fn compare_workspaces(store: &Store, report: &mut DriftReport) -> Result<(), Error> {
    let rows = store
        .query_for(
            Lane::Background,
            // The whole table, a row a subject: what a workspace has is not a key of it.
            "SELECT workspace_id,
                 CAST(SUM(CASE WHEN subject_id = workspace_id THEN people ELSE 0 END) AS BIGINT),
                 CAST(SUM(CASE WHEN subject_id = workspace_id THEN bots ELSE 0 END) AS BIGINT),
                 CAST(SUM(CASE WHEN subject_id IN (SELECT id FROM domains)
                               THEN people ELSE 0 END) AS BIGINT),
                 CAST(SUM(CASE WHEN subject_id IN (SELECT id FROM domains)
                               THEN bots ELSE 0 END) AS BIGINT),
                 CAST(SUM(people) AS BIGINT), CAST(SUM(bots) AS BIGINT)
             FROM click_totals GROUP BY workspace_id ORDER BY workspace_id",
            vec![],
        )
        .await?;
    for row in &rows {
        let count = |place| Ok::<_, Error>((row.count(place)?, row.count(place + 1)?));
        let ((people, bots), domains, all) = (count(1)?, count(3)?, count(5)?);
        let stored = ClickCount { people, bots };
        let of_domains = ClickCount { people: domains.0, bots: domains.1 };
        // What is neither the workspace nor a domain is a link.
        let of_links =
            ClickCount { people: all.0 - people - domains.0, bots: all.1 - bots - domains.1 };
        let subject = SubjectId::from_stored(row.int(0)?);
        for (check, recounted) in [(Check::Links, of_links), (Check::Domains, of_domains)] {
            if recounted != stored {
                report.drifts.push(Drift { check, subject, stored, recounted });
            }
        }
    }
    Ok(())
}
