//! The tags of links. They stand in a table of their own, which is asked after the links: nothing
//! joins the two.

use std::collections::HashMap;

use super::super::driver::Tx;
use super::super::tables::{self, Shape};
use super::super::{Error, Row, Store, Value};
use super::list::Cursor;
use super::row;
use crate::model::id::{LinkId, WorkspaceId};
use crate::model::link::Link;
use crate::model::tag::{Tag, Tags};
use crate::model::time::Millis;
use crate::params;

/// Links that one statement asks for: a page as it is usually asked for.
pub const AT_ONCE: usize = 50;

/// The link of a row, with its tags.
pub(super) async fn with(store: &Store, row: Option<&Row>) -> Result<Option<Link>, Error> {
    let Some(row) = row else { return Ok(None) };
    Ok(fill(store, vec![row::read(row)?]).await?.pop())
}

/// The same links, with their tags.
pub(super) async fn fill(store: &Store, mut links: Vec<Link>) -> Result<Vec<Link>, Error> {
    for some in links.chunks_mut(AT_ONCE) {
        let ids: Vec<LinkId> = some.iter().map(|link| link.id).collect();
        let rows = store
            .query(
                "SELECT link_id, tag FROM link_tags
                 WHERE link_id IN ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10,
                                   $11, $12, $13, $14, $15, $16, $17, $18, $19, $20,
                                   $21, $22, $23, $24, $25, $26, $27, $28, $29, $30,
                                   $31, $32, $33, $34, $35, $36, $37, $38, $39, $40,
                                   $41, $42, $43, $44, $45, $46, $47, $48, $49, $50)",
                repeated(&ids).collect(),
            )
            .await?;
        let mut tags: HashMap<i64, Vec<Tag>> = HashMap::new();
        for row in &rows {
            tags.entry(row.int(0)?).or_default().push(Tag::from_stored(row.text(1)?));
        }
        for link in some {
            link.tags = Tags::from_stored(tags.remove(&link.id.get()).unwrap_or_default());
        }
    }
    Ok(links)
}

/// These ids as [`AT_ONCE`] parameters. A shorter list asks for its first link more than once: the
/// statement stays the same.
///
/// # Panics
/// Without any id.
pub fn repeated(ids: &[LinkId]) -> impl Iterator<Item = Value> + '_ {
    (0..AT_ONCE).map(|place| (*ids.get(place).unwrap_or(&ids[0])).into())
}

/// The links with this tag that come next, newest first: at most [`AT_ONCE`].
pub(super) async fn page(
    store: &Store,
    workspace: WorkspaceId,
    tag: &Tag,
    after: Cursor,
) -> Result<Vec<Cursor>, Error> {
    let rows = store
        .query(
            // Walks `links_of_tag` backwards.
            "SELECT link_created_at, link_id FROM link_tags
             WHERE workspace_id = $1 AND tag = $2 AND (link_created_at, link_id) < ($3, $4)
             ORDER BY link_created_at DESC, link_id DESC LIMIT 50",
            params![workspace, tag.as_str(), after.created_at, after.id],
        )
        .await?;
    let read = |row: &Row| {
        let created_at = Millis::from_epoch(row.int(0)?);
        Ok(Cursor { created_at, id: LinkId::from_stored(row.int(1)?) })
    };
    rows.iter().map(read).collect()
}

/// The tags of a link, inside a transaction.
pub(super) async fn of_in(tx: &mut dyn Tx, id: LinkId) -> Result<Tags, Error> {
    let rows = tx.query("SELECT tag FROM link_tags WHERE link_id = $1", params![id]).await?;
    let tags = rows.iter().map(|row| row.text(0).map(Tag::from_stored));
    Ok(Tags::from_stored(tags.collect::<Result<_, _>>()?))
}

/// Adds the tags of new links.
pub(super) async fn add_in<'l>(
    tx: &mut dyn Tx,
    links: impl Iterator<Item = &'l Link>,
) -> Result<(), Error> {
    let rows: Vec<Row> =
        links.flat_map(|link| link.tags.iter().map(|tag| row_of(link, tag))).collect();
    insert_in(tx, &rows).await
}

/// Gives a link the tags that it has after a change. Its own row was changed before, so that nobody
/// else is at its tags.
pub(super) async fn change_in(tx: &mut dyn Tx, before: &Link, after: &Link) -> Result<(), Error> {
    for tag in before.tags.without(&after.tags) {
        tx.execute(
            "DELETE FROM link_tags WHERE link_id = $1 AND tag = $2",
            params![after.id, tag.as_str()],
        )
        .await?;
    }
    let added: Vec<Row> = after.tags.without(&before.tags).map(|tag| row_of(after, tag)).collect();
    insert_in(tx, &added).await
}

/// Takes all tags off a link that is deleted.
pub(super) async fn delete_in(tx: &mut dyn Tx, link: &Link) -> Result<(), Error> {
    if !link.tags.is_empty() {
        tx.execute("DELETE FROM link_tags WHERE link_id = $1", params![link.id]).await?;
    }
    Ok(())
}

async fn insert_in(tx: &mut dyn Tx, rows: &[Row]) -> Result<(), Error> {
    if rows.is_empty() {
        return Ok(());
    }
    let shape: Shape = tables::shape_of("link_tags").ok_or(Error::Missing)?;
    tx.insert_rows(&shape, rows).await
}

/// In the order of the table's columns.
fn row_of(link: &Link, tag: &Tag) -> Row {
    Row::new(params![link.id, tag.as_str(), link.workspace, link.created_at])
}
