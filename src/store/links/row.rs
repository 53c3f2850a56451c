//! A link as a row.

use super::super::{Error, Row};
use crate::model::cache_seconds::{CacheSeconds, CacheSecondsError};
use crate::model::code::Code;
use crate::model::id::{DomainId, LinkId, WorkspaceId};
use crate::model::link::{Conduct, Link, LinkState, RedirectStatus};
use crate::model::max_clicks::{MaxClicks, MaxClicksError};
use crate::model::password::PasswordHash;
use crate::model::tag::Tags;
use crate::model::time::Millis;

/// Reads the columns that every query of whole links names, in their order. Its tags are in another
/// table.
pub(super) fn read(row: &Row) -> Result<Link, Error> {
    Ok(Link {
        id: LinkId::from_stored(row.int(0)?),
        workspace: WorkspaceId::from_stored(row.int(1)?),
        domain: DomainId::from_stored(row.int(2)?),
        code: Code::from_stored(row.text(3)?),
        url: row.text(4)?,
        status: status(row, 5)?,
        state: state(row, 6)?,
        title: row.opt_text(7)?,
        expires_at: row.opt_int(8)?.map(Millis::from_epoch),
        created_at: Millis::from_epoch(row.int(9)?),
        updated_at: Millis::from_epoch(row.int(10)?),
        version: row.int(11)?,
        max_clicks: max_clicks(row, 12)?,
        note: row.opt_text(13)?,
        archived_at: row.opt_int(14)?.map(Millis::from_epoch),
        created_by: row.opt_text(15)?,
        conduct: conduct(row, 16)?,
        tags: Tags::default(),
    })
}

/// Reads `not_before`, `fallback_url`, `cache_seconds`, `forwards_query` and `password` from this
/// place on.
pub(super) fn conduct(row: &Row, place: usize) -> Result<Conduct, Error> {
    let seconds = |number: i64| {
        CacheSeconds::try_from(number).map_err(|e: CacheSecondsError| Error::Corrupt(e.to_string()))
    };
    Ok(Conduct {
        not_before: row.opt_int(place)?.map(Millis::from_epoch),
        fallback_url: row.opt_text(place + 1)?,
        cache_seconds: row.opt_int(place + 2)?.map(seconds).transpose()?,
        forwards_query: row.int(place + 3)? != 0,
        password: row.opt_text(place + 4)?.map(PasswordHash::from_stored),
    })
}

/// The password as it is stored.
pub(super) fn password(conduct: &Conduct) -> Option<String> {
    conduct.password.as_ref().map(|hash| hash.as_str().to_owned())
}

pub(super) fn status(row: &Row, place: usize) -> Result<RedirectStatus, Error> {
    RedirectStatus::try_from(row.int(place)?).map_err(|e| Error::Corrupt(e.to_string()))
}

pub(super) fn state(row: &Row, place: usize) -> Result<LinkState, Error> {
    let word = row.text(place)?;
    LinkState::from_word(&word).ok_or_else(|| Error::Corrupt(format!("a link's state is {word}")))
}

pub(super) fn max_clicks(row: &Row, place: usize) -> Result<Option<MaxClicks>, Error> {
    let read = |number: i64| {
        MaxClicks::try_from(number).map_err(|e: MaxClicksError| Error::Corrupt(e.to_string()))
    };
    row.opt_int(place)?.map(read).transpose()
}
