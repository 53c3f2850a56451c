//! How domains look.

use anyhow::Context;

use super::arguments::NewName;
use super::pick;
use crate::cli::opened::Opened;
use crate::cli::output::{Form, Output};
use crate::dns::{record_name, record_value};
use crate::links::{DomainView, Record};
use crate::model::host::unicode_name;
use crate::store::domains::claims::{self, Claim};
use crate::store::domains::{self, Domain};

/// A domain as programs read it.
pub(super) fn view(opened: &Opened, domain: &Domain) -> DomainView {
    DomainView::of_domain(domain, &opened.short_urls)
}

fn view_of_claim(claim: &Claim) -> DomainView {
    let (name, value) = (record_name(&claim.host), record_value(&claim.token));
    DomainView::of_claim(claim, Record { name, value })
}

/// `carom domain show`
pub(super) async fn show(opened: &Opened, name: &NewName, form: Form) -> anyhow::Result<()> {
    let mut output = Output::open();
    if let Some(found) = pick::domain(opened, &name.host) {
        return domain(&mut output, opened, &found, form);
    }
    let claim = pick::claim(opened, name).await?;
    if form.is_json {
        return output.json(&view_of_claim(&claim));
    }
    output.fields(vec![
        ("domain", shown(&claim.host)),
        ("id", claim.id.to_string()),
        ("state", "pending".to_owned()),
        ("record", format!("{} TXT \"{}\"", record_name(&claim.host), record_value(&claim.token))),
        ("problem", claim.problem.unwrap_or_else(|| "not looked up yet".to_owned())),
    ])
}

/// One domain.
pub(super) fn domain(
    output: &mut Output,
    opened: &Opened,
    domain: &Domain,
    form: Form,
) -> anyhow::Result<()> {
    if form.is_json {
        return output.json(&view(opened, domain));
    }
    let settings = &domain.settings;
    let url = |url: &Option<String>| url.clone().unwrap_or_else(|| "none".to_owned());
    output.fields(vec![
        ("domain", name_of(opened, domain)),
        ("id", domain.id.to_string()),
        ("workspace", domain.workspace.to_string()),
        ("proven by", domain.proven_by.word().to_owned()),
        ("root", url(&settings.root_url)),
        ("not found", url(&settings.not_found_url)),
        ("expired", url(&settings.expired_url)),
        ("status", settings.status.number().to_string()),
        ("case rule", settings.case_rule.word().to_owned()),
    ])
}

/// `carom domain list`
pub(super) async fn list(opened: &Opened, form: Form) -> anyhow::Result<()> {
    let mut domains = domains::all(&opened.store).await.context("cannot list the domains")?;
    let mut claims = claims::all(&opened.store).await.context("cannot list the claims")?;
    if opened.is_confined {
        domains.retain(|it| it.workspace == opened.workspace);
        claims.retain(|it| it.workspace == opened.workspace);
    }
    let mut output = Output::open();
    if form.is_json {
        let views = domains.iter().map(|domain| view(opened, domain));
        return output.json(&views.chain(claims.iter().map(view_of_claim)).collect::<Vec<_>>());
    }
    let role = |domain: &Domain| if domain.is_default() { "default" } else { "" };
    let of_domain = |it: &Domain| {
        vec![it.id.to_string(), name_of(opened, it), it.workspace.to_string(), role(it).to_owned()]
    };
    let of_claim = |it: &Claim| {
        vec![it.id.to_string(), shown(&it.host), it.workspace.to_string(), "pending".to_owned()]
    };
    let rows = domains.iter().map(of_domain).chain(claims.iter().map(of_claim));
    output.table(&["ID", "DOMAIN", "WORKSPACE", ""], rows.collect())
}

fn name_of(opened: &Opened, domain: &Domain) -> String {
    if domain.is_default() { opened.short_urls.public_name() } else { shown(&domain.host) }
}

/// In both forms where they differ.
fn shown(host: &str) -> String {
    let name = unicode_name(host);
    if name == host { name } else { format!("{name} ({host})") }
}
