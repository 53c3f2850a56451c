//! `carom link create`

use anyhow::Context;
use clap::Args;

use super::print;
use crate::cli::opened::Opened;
use crate::cli::output::{Form, Output};
use crate::links::LinkDraft;
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
}

pub(super) async fn run(
    opened: &Opened,
    arguments: CreateArguments,
    form: Form,
) -> anyhow::Result<()> {
    let CreateArguments { url, code, domain, status, title, expires_at, max_clicks } = arguments;
    let draft = LinkDraft { url, code, domain, status, title, expires_at, max_clicks };
    let new = draft.check(&opened.rules(&opened.domains.table()))?;
    let what = match &new.code {
        CodeChoice::Chosen(code) => format!("cannot make a link with the code `{code}`"),
        CodeChoice::Random { .. } | CodeChoice::RandomFolded { .. } => {
            "cannot make the link".to_owned()
        }
    };
    let link = links::create(&opened.store, new, None).await.context(what)?;
    print::link(&mut Output::open(), opened, &link, form).await
}
