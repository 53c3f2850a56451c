//! `carom link delete`

use anyhow::Context;

use super::arguments::Which;
use super::{pick, print};
use crate::cli::opened::Opened;
use crate::cli::output::{Form, Output};
use crate::store::links;

pub(super) async fn run(opened: &Opened, which: &Which, form: Form) -> anyhow::Result<()> {
    let link = pick::link(opened, which).await?;
    let link = links::delete(&opened.store, opened.workspace, link.id, Some(link.version))
        .await
        .with_context(|| format!("cannot delete the link {}", link.id))?;
    let view = print::view(opened, &link).await?;
    let mut output = Output::open();
    if form.is_json {
        return output.json(&view);
    }
    output.line(&format!("deleted {} ({}), which led to {}", view.short_url, view.id, view.url))
}
