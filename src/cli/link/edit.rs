//! `carom link edit`

use anyhow::Context;
use clap::{ArgGroup, Args};

use super::arguments::Which;
use super::{pick, print};
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
    /// It answers 410 until it is enabled
    #[arg(long, group = "change", conflicts_with = "enable")]
    disable: bool,
    /// It redirects again
    #[arg(long, group = "change")]
    enable: bool,
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
    let (which, edit) = arguments.read();
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
    fn read(self) -> (Which, LinkEdit) {
        let Self { which, url, code, status, title, no_title, .. } = self;
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
        };
        (which, edit)
    }
}

fn removed_or(value: Option<String>, is_removed: bool) -> Option<Option<String>> {
    if is_removed { Some(None) } else { value.map(Some) }
}
