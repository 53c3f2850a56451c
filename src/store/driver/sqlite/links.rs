//! Inserting many links on SQLite: a prepared statement, run for each.

use rusqlite::{Connection, Result, params};

use crate::model::cache_seconds::CacheSeconds;
use crate::model::id::LinkId;
use crate::model::max_clicks::MaxClicks;
use crate::model::password::PasswordHash;
use crate::model::time::Millis;
use crate::store::links::LinkRow;

/// Inserts links whose codes are free and returns their ids.
pub(super) fn insert(connection: &Connection, rows: &[LinkRow]) -> Result<Vec<LinkId>> {
    let mut insert = connection.prepare_cached(
        "INSERT INTO links
             (domain_id, code, id, workspace_id, url, status, state, title, expires_at,
              max_clicks, created_at, updated_at, version, search, note, created_by, not_before,
              fallback_url, cache_seconds, forwards_query, password)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?11, ?12, ?13, ?14, ?15, ?16, ?17,
                 ?18, ?19, ?20)
         ON CONFLICT DO NOTHING",
    )?;
    let mut inserted = Vec::with_capacity(rows.len());
    for LinkRow { link, search } in rows {
        let count = insert.execute(params![
            link.domain.get(),
            link.code.as_str(),
            link.id.get(),
            link.workspace.get(),
            link.url,
            i64::from(link.status.number()),
            link.state.word(),
            link.title,
            link.expires_at.map(Millis::get),
            link.max_clicks.map(MaxClicks::get),
            link.created_at.get(),
            link.version,
            search,
            link.note,
            link.created_by,
            link.conduct.not_before.map(Millis::get),
            link.conduct.fallback_url,
            link.conduct.cache_seconds.map(CacheSeconds::get),
            link.conduct.forwards_query,
            link.conduct.password.as_ref().map(PasswordHash::as_str)
        ])?;
        if count == 1 {
            inserted.push(link.id);
        }
    }
    Ok(inserted)
}
