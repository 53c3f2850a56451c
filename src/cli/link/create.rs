//! `carom link create`

use std::path::PathBuf;

use anyhow::Context;
use clap::Args;

use super::{password, print};
use crate::cli::exit::BadValue;
use crate::cli::opened::Opened;
use crate::cli::output::{Form, Output};
use crate::links::{LinkDraft, LinkProblem};
use crate::store::links::{self, CodeChoice};

#[derive(Args)]
pub(super) struct CreateArguments {
    /// Where it goes: an http or https URL
    url: String,
    /// Its code [default: a random one]
    #[arg(long)]
    code: Option<String>,
    /// Its domain [default: the default domain]
    #[arg(long, value_name = "HOST")]
    domain: Option<String>,
    /// The status it redirects with: 301, 302, 307 or 308 [default: what its domain says, 302]
    #[arg(long)]
    status: Option<i64>,
    /// A name for people
    #[arg(long)]
    title: Option<String>,
    /// When it stops redirecting (RFC 3339)
    #[arg(long, value_name = "TIME")]
    expires_at: Option<String>,
    /// How often people may follow it [default: without a limit]
    #[arg(long, value_name = "N")]
    max_clicks: Option<i64>,
    #[command(flatten)]
    told: Told,
}

/// What few links are told.
#[derive(Args)]
struct Told {
    /// When it begins to redirect (RFC 3339) [default: at once]
    #[arg(long, value_name = "TIME")]
    not_before: Option<String>,
    /// Where it goes once it has ended or is disabled [default: a short page]
    #[arg(long, value_name = "URL")]
    fallback_url: Option<String>,
    /// How long browsers may remember its redirect [default: by its status]
    #[arg(long, value_name = "SECONDS")]
    cache_seconds: Option<i64>,
    /// Add the query of a request to that of the target
    #[arg(long)]
    forward_query: bool,
    /// Ask for the password in the first line of this file; `-` for standard input
    #[arg(long, value_name = "FILE")]
    password_file: Option<PathBuf>,
    /// A text for people
    #[arg(long)]
    note: Option<String>,
    /// A word to sort it by; may be given several times
    #[arg(long = "tag", value_name = "TAG")]
    tags: Vec<String>,
}

pub(super) async fn run(
    opened: &Opened,
    arguments: CreateArguments,
    form: Form,
) -> anyhow::Result<()> {
    let CreateArguments { url, code, domain, status, title, expires_at, max_clicks, told } =
        arguments;
    let draft = LinkDraft {
        url,
        code,
        domain,
        status,
        title,
        expires_at,
        max_clicks,
        not_before: told.not_before,
        fallback_url: told.fallback_url,
        cache_seconds: told.cache_seconds,
        forwards_query: Some(told.forward_query),
        password: told.password_file.as_deref().map(password::read).transpose()?,
        note: told.note,
        tags: Some(told.tags),
    };
    let new = match draft.check(&opened.rules(&opened.domains.table())) {
        Err(LinkProblem::NoDomain) => return Err(no_domain(opened).into()),
        checked => checked?,
    };
    let what = match &new.code {
        CodeChoice::Chosen(code) => format!("cannot make a link with the code `{code}`"),
        CodeChoice::Random { .. } | CodeChoice::RandomFolded { .. } => {
            "cannot make the link".to_owned()
        }
    };
    let link = links::create(&opened.store, new, None).await.context(what)?;
    print::link(&mut Output::open(), opened, &link, form).await
}

fn no_domain(opened: &Opened) -> BadValue {
    BadValue(format!(
        "this workspace has no domain yet: add one with `carom domain add HOST --workspace {}`, then \
         make links on it",
        opened.workspace
    ))
}
