//! `carom domain remove`

use anyhow::Context;
use serde_json::json;

use super::arguments::NewName;
use super::pick;
use crate::cli::exit::Conflict;
use crate::cli::opened::Opened;
use crate::cli::output::{Form, Output};
use crate::store;
use crate::store::domains::{self, Domain, claims};

pub(super) async fn run(opened: &Opened, name: &NewName, form: Form) -> anyhow::Result<()> {
    let (id, said) = match pick::domain(opened, &name.host) {
        Some(domain) => {
            delete(opened, &domain).await?;
            (domain.id, format!("removed the domain {}", domain.host))
        }
        None => {
            let claim = pick::claim(opened, name).await?;
            let deleted = claims::delete(&opened.store, claim.workspace, claim.id).await;
            deleted.with_context(|| format!("cannot take back the claim on {}", claim.host))?;
            (claim.id, format!("took back the claim on {}", claim.host))
        }
    };
    let mut output = Output::open();
    if form.is_json {
        return output.json(&json!({ "id": id, "state": "removed" }));
    }
    output.line(&said)
}

async fn delete(opened: &Opened, domain: &Domain) -> anyhow::Result<()> {
    match domains::delete(&opened.store, domain.workspace, domain.id, None).await {
        Ok(_) => Ok(()),
        Err(store::Error::InUse) if domain.is_default() => {
            let said = "requests by address need the default domain: it cannot be removed";
            Err(Conflict(said.to_owned()).into())
        }
        Err(store::Error::InUse) => {
            let host = &domain.host;
            Err(Conflict(format!(
                "the domain {host} has links: delete them first (`carom link list --domain {host}`)"
            ))
            .into())
        }
        Err(error) => {
            Err(error).with_context(|| format!("cannot remove the domain {}", domain.host))
        }
    }
}
