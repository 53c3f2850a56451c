//! How a link looks: whole, below each other, or as a row of a table.

use anyhow::Context;

use crate::cli::opened::Opened;
use crate::cli::output::{Form, Output};
use crate::links::LinkView;
use crate::model::link::Link;
use crate::model::tag::Tag;
use crate::store::claims;

/// The headings of [`row`].
pub(super) const HEAD: [&str; 6] = ["ID", "SHORT URL", "TARGET", "STATUS", "STATE", "CREATED"];

const CANNOT_COUNT: &str = "cannot read how many clicks were claimed";

/// Characters of a target in a table; `show` and `--json` print it whole.
const TARGET_LENGTH_MAX: usize = 72;

/// Prints one link.
pub(super) async fn link(
    output: &mut Output,
    opened: &Opened,
    link: &Link,
    form: Form,
) -> anyhow::Result<()> {
    let view = view(opened, link).await?;
    if form.is_json { output.json(&view) } else { output.fields(fields(&view)) }
}

/// One link with the clicks that were claimed of it.
pub(super) async fn view(opened: &Opened, link: &Link) -> anyhow::Result<LinkView> {
    let claimed = claims::claimed(&opened.store, link).await.context(CANNOT_COUNT)?;
    Ok(LinkView::new(link, claimed, &opened.short_urls, &opened.domains.table()))
}

/// The same for many.
pub(super) async fn views(opened: &Opened, links: &[Link]) -> anyhow::Result<Vec<LinkView>> {
    let claimed = claims::claimed_of(&opened.store, links).await.context(CANNOT_COUNT)?;
    let table = opened.domains.table();
    let view = |link: &Link| {
        let claimed = claimed.get(&link.id).copied().unwrap_or(0);
        LinkView::new(link, claimed, &opened.short_urls, &table)
    };
    Ok(links.iter().map(view).collect())
}

/// All fields of a link, for people.
pub(super) fn fields(view: &LinkView) -> Vec<(&'static str, String)> {
    let or_none = |text: Option<String>| text.unwrap_or_else(|| "none".to_owned());
    let limit = view.max_clicks.zip(view.claimed_clicks);
    let limit = limit.map(|(max, used)| format!("{} clicks, {used} used", max.get()));
    let tags = view.tags.iter().map(Tag::as_str).collect::<Vec<_>>().join(", ");
    vec![
        ("short url", view.short_url.clone()),
        ("target", view.url.clone()),
        ("id", view.id.to_string()),
        ("code", view.code.clone()),
        ("domain", view.domain.clone()),
        ("status", view.status.to_string()),
        ("state", view.state.word().to_owned()),
        ("title", or_none(view.title.clone())),
        ("expires", view.expires_at.map_or_else(|| "never".to_owned(), |at| at.to_string())),
        ("limit", or_none(limit)),
        ("begins", or_none(view.not_before.map(|at| at.to_string()))),
        ("fallback", or_none(view.fallback_url.clone())),
        ("cached", or_none(view.cache_seconds.map(|it| format!("{} s", it.get())))),
        ("query", if view.forwards_query { "forwarded" } else { "not forwarded" }.to_owned()),
        ("password", if view.has_password { "asked for" } else { "none" }.to_owned()),
        ("tags", or_none((!tags.is_empty()).then_some(tags))),
        ("note", or_none(view.note.clone())),
        ("archived", or_none(view.archived_at.map(|at| at.to_string()))),
        ("made by", or_none(view.created_by.clone())),
        ("created", view.created_at.to_string()),
        ("updated", view.updated_at.to_string()),
        ("version", view.version.to_string()),
    ]
}

/// A link in one line.
pub(super) fn row(view: &LinkView) -> Vec<String> {
    vec![
        view.id.to_string(),
        view.short_url.clone(),
        shortened(&view.url),
        view.status.to_string(),
        view.state.word().to_owned(),
        view.created_at.to_string(),
    ]
}

fn shortened(target: &str) -> String {
    match target.char_indices().nth(TARGET_LENGTH_MAX) {
        Some((end, _)) => format!("{}…", &target[..end]),
        None => target.to_owned(),
    }
}
