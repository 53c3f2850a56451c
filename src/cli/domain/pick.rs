//! Which domain or which claim is meant.

use anyhow::Context;

use super::arguments::NewName;
use crate::cli::exit::NotFound;
use crate::cli::opened::Opened;
use crate::model::host::host_name;
use crate::store::domains::Domain;
use crate::store::domains::claims::{self, Claim};

/// The domain of this name, whoever owns it, unless a workspace was named.
pub(super) fn domain(opened: &Opened, host: &str) -> Option<Domain> {
    let table = opened.domains.table();
    let found = opened.short_urls.find_any(&table, host.trim());
    found.filter(|it| !opened.is_confined || it.workspace == opened.workspace).cloned()
}

/// The claim of the workspace on this name.
pub(super) async fn claim(opened: &Opened, name: &NewName) -> anyhow::Result<Claim> {
    let host = host_name(&name.host)?;
    let all = claims::of_workspace(&opened.store, opened.workspace).await;
    let found = all.context("cannot list the claims")?.into_iter().find(|it| it.host == host);
    found.ok_or_else(|| unknown(&host).into())
}

pub(super) fn unknown(host: &str) -> NotFound {
    NotFound(format!("no domain and no claim is called `{host}`: `carom domain list` shows all"))
}
