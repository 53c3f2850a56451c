//! `carom domain`: the domains that links are served under.

use anyhow::Context;
use clap::{Args, Subcommand};
use serde::Serialize;

use super::exit::Conflict;
use super::opened::Opened;
use super::output::{Form, Output};
use crate::links::host_name;
use crate::model::id::DomainId;
use crate::store::domains;

#[derive(Args)]
pub(super) struct DomainArguments {
    #[command(flatten)]
    form: Form,
    #[command(subcommand)]
    command: DomainCommand,
}

#[derive(Subcommand)]
enum DomainCommand {
    /// Add a domain; running servers answer for it within seconds
    Add {
        /// Its host name, such as go.example
        host: String,
    },
    /// List all domains
    List,
}

/// A domain as programs read it.
#[derive(Serialize)]
struct DomainView {
    id: DomainId,
    domain: String,
    is_default: bool,
}

pub(super) async fn run(opened: &Opened, arguments: DomainArguments) -> anyhow::Result<()> {
    let DomainArguments { form, command } = arguments;
    match command {
        DomainCommand::Add { host } => add(opened, &host, form).await,
        DomainCommand::List => list(opened, form),
    }
}

async fn add(opened: &Opened, host: &str, form: Form) -> anyhow::Result<()> {
    let host = host_name(host)?;
    let table = opened.domains.table();
    let default = table.default_domain().id;
    if opened.short_urls.find_domain(&table, Some(&host)).is_ok_and(|found| found.id == default) {
        return Err(Conflict(format!(
            "`{host}` is the host of links.public_url, so the default domain answers for it already"
        ))
        .into());
    }
    let domain = domains::create(&opened.store, opened.workspace, host.clone())
        .await
        .with_context(|| format!("cannot add the domain {host}"))?;
    let mut output = Output::open();
    if form.is_json {
        let view = DomainView { id: domain.id, domain: domain.host, is_default: false };
        return output.json(&view);
    }
    output.line(&format!("added the domain {host}"))
}

fn list(opened: &Opened, form: Form) -> anyhow::Result<()> {
    let table = opened.domains.table();
    let default = table.default_domain().id;
    let view = |id| DomainView {
        id,
        domain: opened.short_urls.domain_name(&table, id),
        is_default: id == default,
    };
    let mut others: Vec<_> = table.others().map(|domain| view(domain.id)).collect();
    others.sort_by(|a, b| a.domain.cmp(&b.domain));
    let views: Vec<_> = std::iter::once(view(default)).chain(others).collect();
    let mut output = Output::open();
    if form.is_json {
        return output.json(&views);
    }
    let role = |view: &DomainView| if view.is_default { "default" } else { "" };
    let rows = views
        .iter()
        .map(|view| vec![view.id.to_string(), view.domain.clone(), role(view).to_owned()]);
    output.table(&["ID", "DOMAIN", ""], rows.collect())
}
