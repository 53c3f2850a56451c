//! What is done to links, as the audit log tells it.

use serde_json::{Value as Json, json};

use super::super::audit::{self, Deed, Subject};
use crate::model::link::Link;
use crate::model::max_clicks::MaxClicks;

/// A link was made.
pub(super) fn made(link: &Link) -> Deed {
    deed("link.created", link).with(json!({ "url": link.url }))
}

/// Many links were made at once, of which this is the first: one entry for a whole block.
pub(super) fn made_many(first: &Link, count: usize) -> Deed {
    let subject = Subject::new("links", 0, format!("{count} links"));
    Deed::new(first.workspace, "link.imported", subject)
        .with(json!({ "count": count, "first": first.code.as_str() }))
}

/// A link was changed.
pub(super) fn changed(before: &Link, after: &Link) -> Deed {
    deed("link.changed", after).with(audit::difference(&settings(before), &settings(after)))
}

/// A link was deleted.
pub(super) fn deleted(link: &Link) -> Deed {
    deed("link.deleted", link).with(settings(link))
}

fn deed(action: &'static str, link: &Link) -> Deed {
    Deed::new(link.workspace, action, Subject::link(link.id, link.code.as_str()))
}

/// What people can change of a link.
fn settings(link: &Link) -> Json {
    json!({
        "code": link.code.as_str(),
        "url": link.url,
        "status": link.status.number(),
        "state": link.state.word(),
        "title": link.title,
        "expires_at": link.expires_at.map(|at| at.to_string()),
        "max_clicks": link.max_clicks.map(MaxClicks::get),
    })
}
