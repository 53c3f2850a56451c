//! `carom domain edit`

use anyhow::Context;
use clap::{ArgGroup, Args};

use super::{pick, print};
use crate::cli::exit::Conflict;
use crate::cli::opened::Opened;
use crate::cli::output::{Form, Output};
use crate::links::DomainEdit;
use crate::store;
use crate::store::domains;

#[derive(Args)]
#[command(
    group = ArgGroup::new("change").required(true).multiple(true),
    override_usage = "carom domain edit <HOST> <CHANGES>"
)]
pub(super) struct EditArguments {
    /// Its host name; of the default domain the host of the public URL
    host: String,
    /// Where `/` leads; `none` for nowhere
    #[arg(long, group = "change", value_name = "URL|none")]
    root_url: Option<String>,
    /// Where unknown codes lead; `none` for nowhere
    #[arg(long, group = "change", value_name = "URL|none")]
    not_found_url: Option<String>,
    /// Where links lead that are over; `none` for nowhere
    #[arg(long, group = "change", value_name = "URL|none")]
    expired_url: Option<String>,
    /// The status of new links that name none: 301, 302, 307 or 308
    #[arg(long, group = "change")]
    status: Option<i64>,
    /// Whether capitals make another code: exact or folded
    #[arg(long, group = "change", value_name = "RULE")]
    case_rule: Option<String>,
}

pub(super) async fn run(
    opened: &Opened,
    arguments: EditArguments,
    form: Form,
) -> anyhow::Result<()> {
    let domain =
        pick::domain(opened, &arguments.host).ok_or_else(|| pick::unknown(&arguments.host))?;
    let edit = arguments.edit().check(&opened.domains.table())?;
    let changed = domains::change(&opened.store, domain.workspace, domain.id, None, edit).await;
    if let Err(store::Error::InUse) = changed {
        let said = "the domain has links, whose codes were made by the present rule: a rule is chosen \
                    before the first link";
        return Err(Conflict(said.to_owned()).into());
    }
    let changed = changed.with_context(|| format!("cannot change the domain {}", domain.host))?;
    print::domain(&mut Output::open(), opened, &changed, form)
}

impl EditArguments {
    fn edit(self) -> DomainEdit {
        let Self { root_url, not_found_url, expired_url, status, case_rule, host: _ } = self;
        let url = |url: Option<String>| url.map(|url| (url != "none").then_some(url));
        DomainEdit {
            root_url: url(root_url),
            not_found_url: url(not_found_url),
            expired_url: url(expired_url),
            status,
            case_rule,
        }
    }
}
