//! `carom link edit`

use std::path::PathBuf;

use anyhow::Context;
use clap::{ArgGroup, Args};

use super::arguments::Which;
use super::{password, pick, print};
use crate::cli::opened::Opened;
use crate::cli::output::{Form, Output};
use crate::links::LinkEdit;
use crate::model::link::LinkState;
use crate::store::links;

#[derive(Args)]
#[command(
    group = ArgGroup::new("change").required(true).multiple(true),
    override_usage = "carom link edit <ID_OR_CODE> <CHANGES>"
)]
pub(super) struct EditArguments {
    #[command(flatten)]
    which: Which,
    /// Another target
    #[arg(long, group = "change")]
    url: Option<String>,
    /// Another code; the link keeps its id and its clicks
    #[arg(long, group = "change")]
    code: Option<String>,
    /// Another status: 301, 302, 307 or 308
    #[arg(long, group = "change")]
    status: Option<i64>,
    /// Another name for people
    #[arg(long, group = "change")]
    title: Option<String>,
    /// No name any more
    #[arg(long, group = "change", conflicts_with = "title")]
    no_title: bool,
    /// When it stops redirecting (RFC 3339)
    #[arg(long, group = "change", value_name = "TIME")]
    expires_at: Option<String>,
    /// It does not end by itself any more
    #[arg(long, group = "change", conflicts_with = "expires_at")]
    no_expires: bool,
    /// How often people may follow it, all in all; `none` for no limit
    #[arg(long, group = "change", value_name = "N|none", value_parser = limit)]
    max_clicks: Option<Limit>,
    #[command(flatten)]
    told: Told,
    /// It answers 410 until it is enabled
    #[arg(long, group = "change", conflicts_with = "enable")]
    disable: bool,
    /// It redirects again
    #[arg(long, group = "change")]
    enable: bool,
}

/// What few links are told. `none` takes it back.
#[derive(Args)]
struct Told {
    /// When it begins to redirect (RFC 3339), or `none`
    #[arg(long, group = "change", value_name = "TIME|none")]
    not_before: Option<String>,
    /// Where it goes once it has ended or is disabled, or `none`
    #[arg(long, group = "change", value_name = "URL|none")]
    fallback_url: Option<String>,
    /// How long browsers may remember its redirect; `none`: by its status
    #[arg(long, group = "change", value_name = "SECONDS|none", value_parser = limit)]
    cache_seconds: Option<Limit>,
    /// Whether the query of a request is added to that of the target
    #[arg(long, group = "change", value_name = "true|false")]
    forward_query: Option<bool>,
    /// Ask for the password in the first line of this file; `-` for standard input
    #[arg(long, group = "change", value_name = "FILE")]
    password_file: Option<PathBuf>,
    /// Ask for no password any more
    #[arg(long, group = "change", conflicts_with = "password_file")]
    no_password: bool,
    /// Another text for people; an empty one is none
    #[arg(long, group = "change")]
    note: Option<String>,
    /// Its tags from now on, with commas between; an empty text is none
    #[arg(long, group = "change", value_name = "TAGS")]
    tags: Option<String>,
    /// Leave it out of lists; it redirects all the same
    #[arg(long, group = "change", conflicts_with = "unarchive")]
    archive: bool,
    /// Show it in lists again
    #[arg(long, group = "change")]
    unarchive: bool,
}

/// Another limit of clicks, or none.
#[derive(Clone, Copy)]
struct Limit(Option<i64>);

fn limit(text: &str) -> Result<Limit, String> {
    if text == "none" {
        return Ok(Limit(None));
    }
    text.parse().map(|number| Limit(Some(number))).map_err(|_| "give a number, or `none`".into())
}

pub(super) async fn run(
    opened: &Opened,
    arguments: EditArguments,
    form: Form,
) -> anyhow::Result<()> {
    let (which, edit) = arguments.read()?;
    let edit = edit.check(&opened.rules(&opened.domains.table()))?;
    let link = pick::link(opened, &which).await?;
    let what = match &edit.code {
        Some(code) => format!("cannot give the link {} the code `{code}`", link.id),
        None => format!("cannot change the link {}", link.id),
    };
    let changed = links::change(&opened.store, opened.workspace, link.id, Some(link.version), edit)
        .await
        .context(what)?;
    print::link(&mut Output::open(), opened, &changed.link, form).await
}

impl EditArguments {
    fn read(self) -> anyhow::Result<(Which, LinkEdit)> {
        let Self { which, url, code, status, title, no_title, told, .. } = self;
        let password = told.password_file.as_deref().map(password::read).transpose()?;
        let state = match (self.disable, self.enable) {
            (true, _) => Some(LinkState::Disabled),
            (_, true) => Some(LinkState::Active),
            _ => None,
        };
        let edit = LinkEdit {
            url,
            code,
            status,
            state: state.map(|state| state.word().to_owned()),
            title: removed_or(title, no_title),
            expires_at: removed_or(self.expires_at, self.no_expires),
            max_clicks: self.max_clicks.map(|Limit(number)| number),
            not_before: told.not_before.map(unless_none),
            fallback_url: told.fallback_url.map(unless_none),
            cache_seconds: told.cache_seconds.map(|Limit(number)| number),
            forwards_query: told.forward_query,
            password: removed_or(password, told.no_password),
            note: told.note.map(Some),
            tags: told.tags.as_deref().map(listed),
            archived: match (told.archive, told.unarchive) {
                (true, _) => Some(true),
                (_, true) => Some(false),
                _ => None,
            },
        };
        Ok((which, edit))
    }
}

fn unless_none(text: String) -> Option<String> {
    (text != "none").then_some(text)
}

fn listed(tags: &str) -> Vec<String> {
    tags.split(',').map(str::trim).filter(|tag| !tag.is_empty()).map(str::to_owned).collect()
}

fn removed_or<T>(value: Option<T>, is_removed: bool) -> Option<Option<T>> {
    if is_removed { Some(None) } else { value.map(Some) }
}
