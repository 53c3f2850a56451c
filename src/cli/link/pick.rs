//! Which link is meant: by a whole short URL, by its code, or else by its id.

use anyhow::Context;
use url::Url;

use super::arguments::Which;
use crate::cli::exit::NotFound;
use crate::cli::opened::Opened;
use crate::links::LinkProblem;
use crate::model::code::Code;
use crate::model::id::{DomainId, LinkId};
use crate::model::link::Link;
use crate::store::domains::Domain;
use crate::store::links;

/// Finds it.
pub(super) async fn link(opened: &Opened, which: &Which) -> anyhow::Result<Link> {
    let id = which.name.parse::<LinkId>().ok();
    let spot = match spot(opened, which) {
        // No code without a domain, but an id needs none.
        Err(LinkProblem::NoDomain | LinkProblem::DomainNeeded) if id.is_some() => None,
        found => Some(found?),
    };
    let cannot = || format!("cannot look up `{}`", which.name);
    // What can be no code may still be an id, and no id is refused as a code.
    if let Some((domain, code)) = &spot
        && let Ok(code) = Code::parse(code)
    {
        let found =
            links::get_by_code(&opened.store, opened.workspace, *domain, code.as_str()).await;
        if let Some(link) = found.with_context(cannot)? {
            return Ok(link);
        }
    }
    if let Some(id) = id {
        let found = links::get(&opened.store, opened.workspace, id).await.with_context(cannot)?;
        let is_there =
            |link: &Link| spot.as_ref().is_some_and(|(domain, _)| link.domain == *domain);
        if let Some(link) = found.filter(|link| which.domain.is_none() || is_there(link)) {
            return Ok(link);
        }
    }
    Err(NotFound(format!(
        "no link has the code or id `{}`: `carom link list` shows all",
        which.name
    ))
    .into())
}

/// The domain and the code that the name stands for.
fn spot(opened: &Opened, which: &Which) -> Result<(DomainId, String), LinkProblem> {
    let table = opened.domains.table();
    if which.name.contains("://")
        && let Ok(url) = Url::parse(&which.name)
    {
        let spot = opened.short_urls.read(&table, opened.workspace, &url)?;
        return Ok((spot.domain.id, as_kept(spot.domain, &spot.code)));
    }
    let domain =
        opened.short_urls.find_domain(&table, opened.workspace, which.domain.as_deref())?;
    Ok((domain.id, as_kept(domain, &which.name)))
}

/// A code as this domain keeps it.
fn as_kept(domain: &Domain, code: &str) -> String {
    domain.settings.case_rule.read(code.into()).into_owned()
}
