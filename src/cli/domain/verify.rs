//! `carom domain verify`

use anyhow::Context;

use super::arguments::NewName;
use super::{pick, print};
use crate::cli::opened::Opened;
use crate::cli::output::{Form, Output};
use crate::store::domains::claims;

pub(super) async fn run(opened: &Opened, name: &NewName, form: Form) -> anyhow::Result<()> {
    let claim = pick::claim(opened, name).await?;
    let host = claim.host.clone();
    if let Err(unproven) = opened.dns.prove(&host, &claim.token).await {
        let said = unproven.to_string();
        let noted = claims::checked(&opened.store, claim.workspace, claim.id, said).await;
        noted.with_context(|| format!("cannot note what was found out about {host}"))?;
        return Err(unproven.into());
    }
    let domain = claims::prove(&opened.store, claim.workspace, claim.id)
        .await
        .with_context(|| format!("cannot make a domain of {host}"))?;
    let mut output = Output::open();
    if form.is_json {
        return output.json(&print::view(opened, &domain));
    }
    output
        .line(&format!("the domain {host} is proven: running servers answer for it within seconds"))
}
