//! Adding clicks on Postgres: a statement a table, its rows as arrays.
//!
//! Rows come in the order of their keys and are added in it, so that nodes which flush the same
//! links at once wait for each other instead of deadlocking.

use tokio_postgres::Error;
use tokio_postgres::types::ToSql;

use super::session::Session;
use crate::model::click::Audience;
use crate::model::dimension::Dimension;
use crate::store::clicks::{ClickRows, ClickSum, ValueSum, Visit};
use crate::store::value::stored;

/// Adds everything of a batch.
pub(super) async fn add(session: &mut Session, rows: &ClickRows) -> Result<(), Error> {
    add_sums(session, &rows.sums).await?;
    add_values(session, &rows.values).await?;
    add_visits(session, &rows.visits).await
}

async fn add_sums(session: &mut Session, sums: &[ClickSum]) -> Result<(), Error> {
    if sums.is_empty() {
        return Ok(());
    }
    let column = |field: fn(&ClickSum) -> i64| sums.iter().map(field).collect::<Vec<i64>>();
    let subject = column(|sum| sum.subject.get());
    let quarter = column(|sum| sum.quarter.get());
    let workspace = column(|sum| sum.workspace.get());
    let people = column(|sum| stored(sum.count.people));
    let bots = column(|sum| stored(sum.count.bots));
    let params: [&(dyn ToSql + Sync); 5] = [&subject, &quarter, &workspace, &people, &bots];
    for sql in [
        "INSERT INTO click_totals AS t (subject_id, workspace_id, people, bots)
         SELECT subject, MAX(workspace), CAST(SUM(people) AS BIGINT), CAST(SUM(bots) AS BIGINT)
         FROM UNNEST($1::bigint[], $2::bigint[], $3::bigint[], $4::bigint[], $5::bigint[])
              AS s (subject, quarter, workspace, people, bots)
         GROUP BY subject ORDER BY subject
         ON CONFLICT (subject_id) DO UPDATE
         SET people = t.people + excluded.people, bots = t.bots + excluded.bots",
        "INSERT INTO click_quarters AS t (subject_id, quarter, workspace_id, people, bots)
         SELECT subject, quarter, workspace, people, bots
         FROM UNNEST($1::bigint[], $2::bigint[], $3::bigint[], $4::bigint[], $5::bigint[])
              AS s (subject, quarter, workspace, people, bots)
         ORDER BY subject, quarter
         ON CONFLICT (subject_id, quarter) DO UPDATE
         SET people = t.people + excluded.people, bots = t.bots + excluded.bots",
    ] {
        session.run(sql, &params).await?;
    }
    Ok(())
}

async fn add_values(session: &mut Session, values: &[ValueSum]) -> Result<(), Error> {
    if values.is_empty() {
        return Ok(());
    }
    let column = |field: fn(&ValueSum) -> i64| values.iter().map(field).collect::<Vec<i64>>();
    let subject = column(|sum| sum.subject.get());
    let dimension = column(|sum| sum.dimension.number());
    let hour = column(|sum| sum.hour.get());
    let value: Vec<&str> = values.iter().map(|sum| &*sum.value).collect();
    let workspace = column(|sum| sum.workspace.get());
    let people = column(|sum| stored(sum.count.people));
    let bots = column(|sum| stored(sum.count.bots));
    let params: [&(dyn ToSql + Sync); 7] =
        [&subject, &dimension, &hour, &value, &workspace, &people, &bots];
    session
        .run(
            "INSERT INTO dimension_hours AS t
                 (subject_id, dimension, hour, value, workspace_id, people, bots)
             SELECT subject, dimension, hour, value, workspace, people, bots
             FROM UNNEST($1::bigint[], $2::bigint[], $3::bigint[], $4::text[], $5::bigint[],
                         $6::bigint[], $7::bigint[])
                  AS s (subject, dimension, hour, value, workspace, people, bots)
             ON CONFLICT (subject_id, dimension, hour, value) DO UPDATE
             SET people = t.people + excluded.people, bots = t.bots + excluded.bots",
            &params,
        )
        .await
        .map(drop)
}

async fn add_visits(session: &mut Session, visits: &[Visit]) -> Result<(), Error> {
    if visits.is_empty() {
        return Ok(());
    }
    let column = |field: fn(&Visit) -> i64| visits.iter().map(field).collect::<Vec<i64>>();
    let numbers = [
        column(|visit| visit.link.get()),
        column(|visit| visit.at.get()),
        column(|visit| visit.stream.get()),
        column(|visit| stored(visit.sequence)),
        column(|visit| visit.workspace.get()),
        column(|visit| visit.domain.get()),
        column(|visit| i64::from(visit.audience == Audience::Bots)),
        column(|visit| visit.visitor.cast_signed()),
    ];
    let texts = Dimension::ALL.map(|dimension| {
        let texts = visits.iter().map(|visit| visit.values.get(dimension).map(|text| &**text));
        texts.collect::<Vec<Option<&str>>>()
    });
    let mut params: Vec<&(dyn ToSql + Sync)> = Vec::with_capacity(numbers.len() + texts.len());
    params.extend(numbers.iter().map(|column| column as &(dyn ToSql + Sync)));
    params.extend(texts.iter().map(|column| column as &(dyn ToSql + Sync)));
    session
        .run(
            "INSERT INTO visits (link_id, at, stream_id, sequence, workspace_id, domain_id, is_bot,
                 visitor, referrer, country, region, city, browser, system, device, language,
                 utm_source, utm_medium, utm_campaign, utm_term, utm_content)
             SELECT * FROM UNNEST($1::bigint[], $2::bigint[], $3::bigint[], $4::bigint[],
                 $5::bigint[], $6::bigint[], $7::bigint[], $8::bigint[], $9::text[], $10::text[],
                 $11::text[], $12::text[], $13::text[], $14::text[], $15::text[], $16::text[],
                 $17::text[], $18::text[], $19::text[], $20::text[], $21::text[])
             ON CONFLICT DO NOTHING",
            &params,
        )
        .await
        .map(drop)
}
