//! Inserting many links on Postgres: one statement, its rows as arrays.

use tokio_postgres::Error;
use tokio_postgres::types::ToSql;

use super::session::Session;
use crate::model::id::LinkId;
use crate::model::link::Link;
use crate::model::password::PasswordHash;
use crate::model::time::Millis;
use crate::store::links::LinkRow;

/// Inserts links whose codes are free and returns their ids. Rows are inserted in their order.
pub(super) async fn insert(session: &mut Session, rows: &[LinkRow]) -> Result<Vec<LinkId>, Error> {
    let numbers = |field: fn(&Link) -> i64| rows.iter().map(|row| field(&row.link)).collect();
    let domain: Vec<i64> = numbers(|link| link.domain.get());
    let id: Vec<i64> = numbers(|link| link.id.get());
    let workspace: Vec<i64> = numbers(|link| link.workspace.get());
    let status: Vec<i64> = numbers(|link| link.status.number().into());
    let created_at: Vec<i64> = numbers(|link| link.created_at.get());
    let version: Vec<i64> = numbers(|link| link.version);
    let optional =
        |field: fn(&Link) -> Option<i64>| rows.iter().map(|row| field(&row.link)).collect();
    let expires_at: Vec<Option<i64>> = optional(|link| link.expires_at.map(Millis::get));
    let max_clicks: Vec<Option<i64>> = optional(|link| link.max_clicks.map(|max| max.get().into()));
    let not_before: Vec<Option<i64>> = optional(|link| link.conduct.not_before.map(Millis::get));
    let cache_seconds: Vec<Option<i64>> =
        optional(|link| link.conduct.cache_seconds.map(|seconds| seconds.get().into()));
    let forwards_query: Vec<i64> = numbers(|link| link.conduct.forwards_query.into());
    let texts = |field: fn(&Link) -> Option<&str>| -> Vec<Option<&str>> {
        rows.iter().map(|row| field(&row.link)).collect()
    };
    let note = texts(|link| link.note.as_deref());
    let created_by = texts(|link| link.created_by.as_deref());
    let fallback_url = texts(|link| link.conduct.fallback_url.as_deref());
    let password = texts(|link| link.conduct.password.as_ref().map(PasswordHash::as_str));
    let title = texts(|link| link.title.as_deref());
    let code: Vec<&str> = rows.iter().map(|row| row.link.code.as_str()).collect();
    let url: Vec<&str> = rows.iter().map(|row| row.link.url.as_str()).collect();
    let state: Vec<&str> = rows.iter().map(|row| row.link.state.word()).collect();
    let search: Vec<&str> = rows.iter().map(|row| row.search.as_str()).collect();
    let params: [&(dyn ToSql + Sync); 20] = [
        &domain,
        &code,
        &id,
        &workspace,
        &url,
        &status,
        &state,
        &title,
        &expires_at,
        &max_clicks,
        &created_at,
        &version,
        &search,
        &note,
        &created_by,
        &not_before,
        &fallback_url,
        &cache_seconds,
        &forwards_query,
        &password,
    ];
    let inserted = session
        .fetch(
            "INSERT INTO links
                 (domain_id, code, id, workspace_id, url, status, state, title, expires_at,
                  max_clicks, created_at, updated_at, version, search, note, created_by,
                  not_before, fallback_url, cache_seconds, forwards_query, password)
             SELECT domain, code, id, workspace, url, status, state, title, expires_at, max_clicks,
                    created_at, created_at, version, search, note, created_by, not_before,
                    fallback_url, cache_seconds, forwards_query, password
             FROM UNNEST($1::bigint[], $2::text[], $3::bigint[], $4::bigint[], $5::text[],
                         $6::bigint[], $7::text[], $8::text[], $9::bigint[], $10::bigint[],
                         $11::bigint[], $12::bigint[], $13::text[], $14::text[], $15::text[],
                         $16::bigint[], $17::text[], $18::bigint[], $19::bigint[], $20::text[])
                  AS r (domain, code, id, workspace, url, status, state, title, expires_at,
                        max_clicks, created_at, version, search, note, created_by, not_before,
                        fallback_url, cache_seconds, forwards_query, password)
             ON CONFLICT DO NOTHING
             RETURNING id",
            &params,
        )
        .await?;
    inserted.iter().map(|row| row.try_get(0).map(LinkId::from_stored)).collect()
}
