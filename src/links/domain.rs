//! What people may say about a domain, and how a domain reads.

use serde::{Deserialize, Deserializer, Serialize};
use utoipa::ToSchema;

use super::ShortUrls;
use crate::cache::domains::DomainTable;
use crate::model::domain::{CaseRule, ProvenBy};
use crate::model::host::{HostError, host_name, unicode_name};
use crate::model::id::{DomainId, WorkspaceId};
use crate::model::link::{RedirectStatus, StatusError};
use crate::model::target::{Target, TargetError};
use crate::model::time::Millis;
use crate::store::domains::claims::Claim;
use crate::store::domains::{Domain, Edit};

/// Why a domain cannot be claimed or changed as asked. Each sentence says what is wrong and what to
/// do.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DomainProblem {
    /// It is no name.
    #[error(transparent)]
    Host(#[from] HostError),
    /// The default domain goes by this name.
    #[error("the default domain answers for `{0}` already: choose another name")]
    DefaultHost(String),
    /// A target is refused.
    #[error("{0}")]
    Target(#[source] TargetError, &'static str),
    /// The status is none that redirects.
    #[error(transparent)]
    Status(#[from] StatusError),
    /// The word is no rule.
    #[error("`{0}` is no way to read codes: choose exact or folded")]
    CaseRule(String),
}

impl DomainProblem {
    /// The field it is about, by its name in the API.
    #[must_use]
    pub const fn field(&self) -> &'static str {
        match self {
            Self::Host(_) | Self::DefaultHost(_) => "host",
            Self::Target(_, field) => field,
            Self::Status(_) => "status",
            Self::CaseRule(_) => "case_rule",
        }
    }

    /// Its kind in a few stable words, for the `type` of a problem document (RFC 9457).
    #[must_use]
    pub const fn slug(&self) -> &'static str {
        match self {
            Self::Host(_) | Self::DefaultHost(_) => "invalid-host",
            Self::Target(..) => "invalid-target",
            Self::Status(_) => "invalid-status",
            Self::CaseRule(_) => "invalid-case-rule",
        }
    }
}

/// A domain to be claimed, as it was asked for.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DomainDraft {
    /// Its name, in any case and script.
    pub host: String,
}

impl DomainDraft {
    /// Its name in lower-case ASCII.
    ///
    /// # Errors
    /// It is no host name, or one of the default domain's.
    pub fn check(
        &self,
        short_urls: &ShortUrls,
        table: &DomainTable,
    ) -> Result<String, DomainProblem> {
        let host = host_name(&self.host)?;
        let is_named = table.named(&host).is_some();
        if !is_named && short_urls.is_default_host(&host) {
            return Err(DomainProblem::DefaultHost(host));
        }
        Ok(host)
    }
}

/// A change of a domain, as it was asked for. What is absent stays; `null` (`Some(None)`) removes.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct DomainEdit {
    /// Where `/` leads.
    #[serde(deserialize_with = "present")]
    pub root_url: Option<Option<String>>,
    /// Where unknown codes lead.
    #[serde(deserialize_with = "present")]
    pub not_found_url: Option<Option<String>>,
    /// Where links lead that are over.
    #[serde(deserialize_with = "present")]
    pub expired_url: Option<Option<String>>,
    /// The status of new links that name none.
    #[serde(deserialize_with = "present")]
    pub status: Option<i64>,
    /// `exact` or `folded`.
    #[serde(deserialize_with = "present")]
    pub case_rule: Option<String>,
}

impl DomainEdit {
    /// The change to be made, where these domains are ours.
    ///
    /// # Errors
    /// The first field that breaks a rule.
    pub fn check(&self, table: &DomainTable) -> Result<Edit, DomainProblem> {
        let target = |url: &Option<Option<String>>, field| {
            let parse = |url: &String| match Target::parse(url, table.own_hosts()) {
                Ok(target) => Ok(target.as_str().to_owned()),
                Err(error) => Err(DomainProblem::Target(error, field)),
            };
            url.as_ref().map(|url| url.as_ref().map(parse).transpose()).transpose()
        };
        let case_rule = |word: &String| {
            CaseRule::from_word(word).ok_or_else(|| DomainProblem::CaseRule(word.clone()))
        };
        Ok(Edit {
            root_url: target(&self.root_url, "root_url")?,
            not_found_url: target(&self.not_found_url, "not_found_url")?,
            expired_url: target(&self.expired_url, "expired_url")?,
            status: self.status.map(RedirectStatus::try_from).transpose()?,
            case_rule: self.case_rule.as_ref().map(case_rule).transpose()?,
        })
    }
}

/// A domain or a claim as programs read it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[serde(tag = "state", rename_all = "lowercase")]
#[schema(as = Domain)]
pub enum DomainView {
    /// It serves.
    Active(ActiveView),
    /// It is not proven yet.
    Pending(PendingView),
}

/// A domain that serves.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct ActiveView {
    /// Its id.
    pub id: DomainId,
    /// The workspace that owns it.
    pub workspace_id: WorkspaceId,
    /// Its name in ASCII; of the default domain what the public URL says.
    pub host: String,
    /// The same as people read it.
    pub name: String,
    /// Whether requests by address are its own.
    pub is_default: bool,
    /// Why it is believed to be its workspace's.
    pub proven_by: ProvenBy,
    /// Where `/` leads.
    pub root_url: Option<String>,
    /// Where unknown codes lead.
    pub not_found_url: Option<String>,
    /// Where links lead that are over.
    pub expired_url: Option<String>,
    /// The status of new links that name none.
    pub status: u16,
    /// How it reads codes.
    pub case_rule: CaseRule,
    /// When it became a domain.
    pub created_at: Millis,
    /// When it was last changed.
    pub updated_at: Millis,
    /// Counts its changes.
    pub version: i64,
}

/// A name without a proof yet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct PendingView {
    /// The id that the domain will have.
    pub id: DomainId,
    /// The workspace that says so.
    pub workspace_id: WorkspaceId,
    /// Its name in ASCII.
    pub host: String,
    /// The same as people read it.
    pub name: String,
    /// Where the TXT record must stand.
    pub record_name: String,
    /// What it must hold.
    pub record_value: String,
    /// When it was claimed.
    pub created_at: Millis,
    /// When the record was last looked up.
    pub checked_at: Option<Millis>,
    /// What was wrong with it then.
    pub problem: Option<String>,
}

/// The record that proves a claim.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    /// Where it stands.
    pub name: String,
    /// What it holds.
    pub value: String,
}

impl DomainView {
    /// The view of a domain.
    #[must_use]
    pub fn of_domain(domain: &Domain, short_urls: &ShortUrls) -> Self {
        let (settings, is_default) = (&domain.settings, domain.is_default());
        let host = if is_default { short_urls.public_name() } else { domain.host.clone() };
        Self::Active(ActiveView {
            id: domain.id,
            workspace_id: domain.workspace,
            name: unicode_name(&host),
            host,
            is_default,
            proven_by: domain.proven_by,
            root_url: settings.root_url.clone(),
            not_found_url: settings.not_found_url.clone(),
            expired_url: settings.expired_url.clone(),
            status: settings.status.number(),
            case_rule: settings.case_rule,
            created_at: domain.created_at,
            updated_at: domain.updated_at,
            version: domain.version,
        })
    }

    /// The view of a claim, which this record proves.
    #[must_use]
    pub fn of_claim(claim: &Claim, record: Record) -> Self {
        Self::Pending(PendingView {
            id: claim.id,
            workspace_id: claim.workspace,
            host: claim.host.clone(),
            name: unicode_name(&claim.host),
            record_name: record.name,
            record_value: record.value,
            created_at: claim.created_at,
            checked_at: claim.checked_at,
            problem: claim.problem.clone(),
        })
    }

    /// Its host, for sorting.
    #[must_use]
    pub fn host(&self) -> &str {
        match self {
            Self::Active(view) => &view.host,
            Self::Pending(view) => &view.host,
        }
    }
}

/// A field that is there, so that `null` differs from a field that is absent.
fn present<'de, D: Deserializer<'de>, T: Deserialize<'de>>(
    field: D,
) -> Result<Option<T>, D::Error> {
    T::deserialize(field).map(Some)
}

#[cfg(test)]
mod tests {
    use url::Url;

    use super::*;
    use crate::links::fixture::domains;

    fn edit(json: &str) -> DomainEdit {
        serde_json::from_str(json).expect("an edit")
    }

    #[test]
    fn an_edit_names_the_field_to_blame() {
        let domains = domains(&["go.example"]);
        let table = domains.table();
        for (json, field, slug) in [
            (r#"{"root_url":"x"}"#, "root_url", "invalid-target"),
            (r#"{"not_found_url":"https://go.example/"}"#, "not_found_url", "invalid-target"),
            (r#"{"expired_url":"ftp://x/"}"#, "expired_url", "invalid-target"),
            (r#"{"status":200}"#, "status", "invalid-status"),
            (r#"{"case_rule":"any"}"#, "case_rule", "invalid-case-rule"),
        ] {
            let problem = edit(json).check(&table).expect_err(json);
            assert_eq!((problem.field(), problem.slug()), (field, slug), "{json}");
        }
        let changed = edit(r#"{"root_url":"https://e.example","expired_url":null}"#);
        let changed = changed.check(&table).expect("an edit");
        assert_eq!(changed.root_url, Some(Some("https://e.example/".to_owned())));
        assert_eq!((changed.not_found_url, changed.expired_url), (None, Some(None)));
        assert!(serde_json::from_str::<DomainEdit>(r#"{"host":"x.example"}"#).is_err());
    }

    #[test]
    fn a_name_of_the_default_domain_cannot_be_claimed() {
        let domains = domains(&["s.example"]);
        let urls = ShortUrls::new(Url::parse("https://p.example/").expect("a URL"))
            .answering_for(&["alias.example".to_owned()]);
        let check =
            |host: &str| DomainDraft { host: host.to_owned() }.check(&urls, &domains.table());
        assert_eq!(check("Go.example."), Ok("go.example".to_owned()));
        assert_eq!(check("s.example"), Ok("s.example".to_owned()), "the store says whose it is");
        for host in ["p.example", "ALIAS.example"] {
            assert!(matches!(check(host), Err(DomainProblem::DefaultHost(_))), "{host}");
        }
        assert_eq!(check("1.2.3.4").expect_err("an address").slug(), "invalid-host");
    }
}
