//! Which domain, which claim or which workspace is meant.

use anyhow::Context;

use super::arguments::NewName;
use crate::cli::exit::NotFound;
use crate::cli::opened::Opened;
use crate::model::host::host_name;
use crate::model::id::WorkspaceId;
use crate::store::domains::Domain;
use crate::store::domains::claims::{self, Claim};
use crate::store::facts;

/// The workspace that is named, or the first one.
pub(super) async fn workspace(opened: &Opened, name: &NewName) -> anyhow::Result<WorkspaceId> {
    let Some(text) = &name.workspace else { return Ok(opened.workspace) };
    let id = text.parse()?;
    let is_there = facts::has_workspace(&opened.store, id).await;
    if is_there.context("cannot look up the workspace")? {
        return Ok(id);
    }
    Err(NotFound(format!("no workspace has the id {id}")).into())
}

/// The domain of this name, whoever owns it.
pub(super) fn domain(opened: &Opened, host: &str) -> Option<Domain> {
    opened.short_urls.find_any(&opened.domains.table(), host.trim()).cloned()
}

/// The claim of a workspace on this name.
pub(super) async fn claim(opened: &Opened, name: &NewName) -> anyhow::Result<Claim> {
    let host = host_name(&name.host)?;
    let workspace = workspace(opened, name).await?;
    let all = claims::of_workspace(&opened.store, workspace).await;
    let found = all.context("cannot list the claims")?.into_iter().find(|it| it.host == host);
    found.ok_or_else(|| unknown(&host).into())
}

pub(super) fn unknown(host: &str) -> NotFound {
    NotFound(format!("no domain and no claim is called `{host}`: `carom domain list` shows all"))
}
