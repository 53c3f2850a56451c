//! Adding clicks on SQLite: a prepared statement a table, run for each row.

use rusqlite::{Connection, Result};

use crate::model::click::Audience;
use crate::model::dimension::Dimension;
use crate::store::clicks::{ClickRows, ClickSum, ValueSum, Visit};
use crate::store::value::stored;

/// Adds everything of a batch.
pub(super) fn add(connection: &Connection, rows: &ClickRows) -> Result<()> {
    add_sums(connection, &rows.sums)?;
    add_values(connection, &rows.values)?;
    add_visits(connection, &rows.visits)
}

fn add_sums(connection: &Connection, sums: &[ClickSum]) -> Result<()> {
    let mut total = connection.prepare_cached(
        "INSERT INTO click_totals (subject_id, workspace_id, people, bots)
         VALUES (?1, ?2, ?3, ?4)
         ON CONFLICT (subject_id) DO UPDATE
         SET people = people + excluded.people, bots = bots + excluded.bots",
    )?;
    let mut quarter = connection.prepare_cached(
        "INSERT INTO click_quarters (subject_id, quarter, workspace_id, people, bots)
         VALUES (?1, ?2, ?3, ?4, ?5)
         ON CONFLICT (subject_id, quarter) DO UPDATE
         SET people = people + excluded.people, bots = bots + excluded.bots",
    )?;
    for sum in sums {
        let (subject, workspace) = (sum.subject.get(), sum.workspace.get());
        let (people, bots) = (stored(sum.count.people), stored(sum.count.bots));
        total.execute((subject, workspace, people, bots))?;
        quarter.execute((subject, sum.quarter.get(), workspace, people, bots))?;
    }
    Ok(())
}

fn add_values(connection: &Connection, values: &[ValueSum]) -> Result<()> {
    let mut hour = connection.prepare_cached(
        "INSERT INTO dimension_hours
             (subject_id, dimension, hour, value, workspace_id, people, bots)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
         ON CONFLICT (subject_id, dimension, hour, value) DO UPDATE
         SET people = people + excluded.people, bots = bots + excluded.bots",
    )?;
    for sum in values {
        hour.execute((
            sum.subject.get(),
            sum.dimension.number(),
            sum.hour.get(),
            &*sum.value,
            sum.workspace.get(),
            stored(sum.count.people),
            stored(sum.count.bots),
        ))?;
    }
    Ok(())
}

fn add_visits(connection: &Connection, visits: &[Visit]) -> Result<()> {
    let mut row = connection.prepare_cached(
        "INSERT INTO visits (link_id, at, stream_id, sequence, workspace_id, domain_id, is_bot,
             visitor, referrer, country, region, city, browser, system, device, language,
             utm_source, utm_medium, utm_campaign, utm_term, utm_content)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18,
             ?19, ?20, ?21)
         ON CONFLICT DO NOTHING",
    )?;
    for visit in visits {
        let numbers = [
            visit.link.get(),
            visit.at.get(),
            visit.stream.get(),
            stored(visit.sequence),
            visit.workspace.get(),
            visit.domain.get(),
            i64::from(visit.audience == Audience::Bots),
            visit.visitor.cast_signed(),
        ];
        for (place, number) in numbers.iter().enumerate() {
            row.raw_bind_parameter(place + 1, number)?;
        }
        for (place, dimension) in Dimension::ALL.into_iter().enumerate() {
            let text = visit.values.get(dimension).map(|text| &**text);
            row.raw_bind_parameter(numbers.len() + place + 1, text)?;
        }
        row.raw_execute()?;
    }
    Ok(())
}
