//! `carom domain add`

use anyhow::Context;

use super::arguments::NewName;
use super::print;
use crate::cli::exit::Conflict;
use crate::cli::opened::Opened;
use crate::cli::output::{Form, Output};
use crate::model::host::host_name;
use crate::store::domains;

pub(super) async fn run(opened: &Opened, name: &NewName, form: Form) -> anyhow::Result<()> {
    let host = host_name(&name.host)?;
    let is_named = opened.domains.table().named(&host).is_some();
    if !is_named && opened.short_urls.is_default_host(&host) {
        return Err(Conflict(format!(
            "`{host}` is a host of links.public_url or domains.default_hosts, so the default domain \
             answers for it already"
        ))
        .into());
    }
    let domain = domains::create(&opened.store, opened.workspace, host.clone())
        .await
        .with_context(|| format!("cannot add the domain {host}"))?;
    let mut output = Output::open();
    if form.is_json {
        return output.json(&print::view(opened, &domain));
    }
    output.line(&format!("added the domain {host}"))
}
