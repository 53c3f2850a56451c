//! `carom link show`

use anyhow::Context;
use serde::Serialize;

use super::arguments::Which;
use super::{pick, print};
use crate::cli::opened::Opened;
use crate::cli::output::{Form, Output};
use crate::links::LinkView;
use crate::store::clicks;

/// A link and what the store has counted for it.
#[derive(Serialize)]
struct Shown {
    #[serde(flatten)]
    link: LinkView,
    clicks: Clicks,
}

#[derive(Serialize)]
struct Clicks {
    total: u64,
    people: u64,
    bots: u64,
}

pub(super) async fn run(opened: &Opened, which: &Which, form: Form) -> anyhow::Result<()> {
    let link = pick::link(opened, which).await?;
    let count = clicks::total(&opened.store, link.id).await.context("cannot read the clicks")?;
    let view = print::view(opened, &link).await?;
    let mut output = Output::open();
    if form.is_json {
        let (people, bots) = (count.people, count.bots);
        let clicks = Clicks { total: count.total(), people, bots };
        return output.json(&Shown { link: view, clicks });
    }
    let mut fields = print::fields(&view);
    fields.push((
        "clicks",
        format!("{} ({} people, {} bots)", count.total(), count.people, count.bots),
    ));
    output.fields(fields)
}
