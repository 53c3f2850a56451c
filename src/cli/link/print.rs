//! How a link looks: whole, below each other, or as a row of a table.

use crate::cli::opened::Opened;
use crate::cli::output::{Form, Output};
use crate::links::LinkView;
use crate::model::link::Link;

/// The headings of [`row`].
pub(super) const HEAD: [&str; 6] = ["ID", "SHORT URL", "TARGET", "STATUS", "STATE", "CREATED"];

/// Characters of a target in a table; `show` and `--json` print it whole.
const TARGET_LENGTH_MAX: usize = 72;

/// Prints one link.
pub(super) fn link(
    output: &mut Output,
    opened: &Opened,
    link: &Link,
    form: Form,
) -> anyhow::Result<()> {
    let view = LinkView::new(link, &opened.short_urls, &opened.domains.table());
    if form.is_json { output.json(&view) } else { output.fields(fields(&view)) }
}

/// All fields of a link, for people.
pub(super) fn fields(view: &LinkView) -> Vec<(&'static str, String)> {
    let or_none = |text: Option<String>| text.unwrap_or_else(|| "none".to_owned());
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
