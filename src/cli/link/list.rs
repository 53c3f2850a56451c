//! `carom link list`

use std::io::{self, Write};

use anyhow::Context;
use clap::Args;

use super::print;
use crate::cli::opened::Opened;
use crate::cli::output::{Form, Output};
use crate::model::link::{Link, LinkState};
use crate::model::tag::Tag;
use crate::store::links::{self, Archived, Cursor, Filter};

/// Links that are read at once.
const PAGE: u32 = 500;

#[derive(Args)]
pub(super) struct ListArguments {
    /// Only links with this text in code, target or title, in any case
    #[arg(long, value_name = "TEXT")]
    search: Option<String>,
    /// Only links of this domain
    #[arg(long, value_name = "HOST")]
    domain: Option<String>,
    /// Only links with this tag
    #[arg(long)]
    tag: Option<String>,
    /// Only links in this state: active or disabled
    #[arg(long, value_parser = state)]
    state: Option<LinkState>,
    /// Archived links: none, only or all
    #[arg(long, default_value = "none", value_name = "WHICH", value_parser = archived)]
    archived: Archived,
    /// Links at most
    #[arg(long, default_value_t = 50, conflicts_with = "all", value_parser = clap::value_parser!(u32).range(1..))]
    limit: u32,
    /// All links, however many
    #[arg(long)]
    all: bool,
}

fn state(word: &str) -> Result<LinkState, String> {
    LinkState::from_word(word).ok_or_else(|| "choose active or disabled".to_owned())
}

fn archived(word: &str) -> Result<Archived, String> {
    Archived::from_word(word).ok_or_else(|| "choose none, only or all".to_owned())
}

pub(super) async fn run(
    opened: &Opened,
    arguments: ListArguments,
    form: Form,
) -> anyhow::Result<()> {
    let limit = if arguments.all { u32::MAX } else { arguments.limit };
    let mut pages = Pages::new(opened, &arguments, limit)?;
    if form.is_json {
        print_array(opened, &mut pages).await
    } else {
        print_table(opened, &mut pages).await
    }
}

async fn print_array(opened: &Opened, pages: &mut Pages<'_>) -> anyhow::Result<()> {
    let mut output = Output::open();
    let mut array = output.array();
    while let Some(page) = pages.next().await? {
        for view in print::views(opened, &page).await? {
            array.item(&view)?;
        }
    }
    array.end()
}

async fn print_table(opened: &Opened, pages: &mut Pages<'_>) -> anyhow::Result<()> {
    let mut rows = Vec::new();
    while let Some(page) = pages.next().await? {
        rows.extend(print::views(opened, &page).await?.iter().map(print::row));
    }
    let shown = rows.len();
    Output::open().table(&print::HEAD, rows)?;
    if pages.has_more {
        // Beside the table, so that it can be piped on.
        let _ = writeln!(io::stderr(), "carom: {shown} are shown, there are more: add --all");
    }
    Ok(())
}

/// The pages of a list, until its limit.
struct Pages<'o> {
    opened: &'o Opened,
    filter: Filter,
    left: u32,
    /// Whether the list goes on beyond the limit.
    has_more: bool,
    is_over: bool,
}

impl<'o> Pages<'o> {
    fn new(opened: &'o Opened, arguments: &ListArguments, limit: u32) -> anyhow::Result<Self> {
        let table = opened.domains.table();
        let find =
            |name: &String| opened.short_urls.find_domain(&table, opened.workspace, Some(name));
        let domain = arguments.domain.as_ref().map(find).transpose()?;
        let filter = Filter {
            workspace: opened.workspace,
            domain: domain.map(|domain| domain.id),
            search: arguments.search.clone(),
            tag: arguments.tag.as_deref().map(Tag::parse).transpose()?,
            state: arguments.state,
            created_by: None,
            archived: arguments.archived,
            after: None,
            limit: 0,
        };
        Ok(Self { opened, filter, left: limit, has_more: false, is_over: false })
    }

    async fn next(&mut self) -> anyhow::Result<Option<Vec<Link>>> {
        if self.is_over {
            return Ok(None);
        }
        let wanted = self.left.min(PAGE);
        // One more than is printed tells whether the list goes on.
        self.filter.limit = wanted + 1;
        let mut page =
            links::list(&self.opened.store, &self.filter).await.context("cannot list the links")?;
        let goes_on = page.len() > wanted as usize;
        page.truncate(wanted as usize);
        self.left -= wanted;
        self.filter.after =
            page.last().map(|link| Cursor { created_at: link.created_at, id: link.id });
        self.is_over = !goes_on || self.left == 0;
        self.has_more = goes_on && self.left == 0;
        Ok(Some(page))
    }
}
