//! A domain, and how it stands in a row.

use serde_json::{Value as Json, json};

use super::super::audit::{Deed, Subject};
use super::super::{Error, Row};
use crate::model::domain::{CaseRule, ProvenBy};
use crate::model::id::{DomainId, WorkspaceId};
use crate::model::link::RedirectStatus;
use crate::model::time::Millis;

/// A domain. The one with the empty host answers requests by address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Domain {
    /// Its id.
    pub id: DomainId,
    /// The workspace that owns it.
    pub workspace: WorkspaceId,
    /// Its host name in lower-case ASCII, or nothing.
    pub host: String,
    /// What it answers beside its links.
    pub settings: Settings,
    /// Why it is believed to be its workspace's.
    pub proven_by: ProvenBy,
    /// When it became a domain.
    pub created_at: Millis,
    /// When it was last changed.
    pub updated_at: Millis,
    /// Counts its changes.
    pub version: i64,
}

/// What a domain answers beside its links, and how it reads codes. The targets are serialised
/// [`crate::model::target::Target`]s.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Settings {
    /// Where `/` leads.
    pub root_url: Option<String>,
    /// Where unknown codes lead.
    pub not_found_url: Option<String>,
    /// Where links lead that are over.
    pub expired_url: Option<String>,
    /// The status of new links that name none.
    pub status: RedirectStatus,
    /// Whether capitals make another code.
    pub case_rule: CaseRule,
}

impl Domain {
    /// A domain as the operator's word makes it: nothing is set.
    #[must_use]
    pub fn new(id: DomainId, workspace: WorkspaceId, host: impl Into<String>) -> Self {
        Self {
            id,
            workspace,
            host: host.into(),
            settings: Settings::default(),
            proven_by: ProvenBy::Operator,
            created_at: Millis::from_epoch(0),
            updated_at: Millis::from_epoch(0),
            version: 1,
        }
    }

    /// Whether it is the one that requests by address are answered by.
    #[must_use]
    pub fn is_default(&self) -> bool {
        self.host.is_empty()
    }

    pub(super) fn deed(&self, action: &'static str) -> Deed {
        Deed::new(self.workspace, action, subject(self.id, &self.host))
    }
}

impl Settings {
    /// As the audit log tells them.
    pub(super) fn told(&self) -> Json {
        json!({
            "root_url": self.root_url,
            "not_found_url": self.not_found_url,
            "expired_url": self.expired_url,
            "status": self.status.number(),
            "case_rule": self.case_rule.word(),
        })
    }
}

pub(super) fn subject(id: DomainId, host: &str) -> Subject {
    let name = if host.is_empty() { "the default domain" } else { host };
    Subject::new("domain", id.get(), name)
}

/// Reads `id, workspace_id, host, created_at, root_url, not_found_url, expired_url, status, case_rule,
/// proven_by, updated_at, version`.
pub(super) fn read(row: &Row) -> Result<Domain, Error> {
    let corrupt = |what: &str| Error::Corrupt(format!("a domain's {what}"));
    let status = RedirectStatus::try_from(row.int(7)?).map_err(|_| corrupt("status"))?;
    let created_at = Millis::from_epoch(row.int(3)?);
    // What was there before domains could be changed has no such time.
    let updated_at = Millis::from_epoch(row.int(10)?).max(created_at);
    Ok(Domain {
        id: DomainId::from_stored(row.int(0)?),
        workspace: WorkspaceId::from_stored(row.int(1)?),
        host: row.text(2)?,
        settings: Settings {
            root_url: row.opt_text(4)?,
            not_found_url: row.opt_text(5)?,
            expired_url: row.opt_text(6)?,
            status,
            case_rule: CaseRule::from_word(&row.text(8)?).ok_or_else(|| corrupt("case rule"))?,
        },
        proven_by: ProvenBy::from_word(&row.text(9)?).ok_or_else(|| corrupt("proof"))?,
        created_at,
        updated_at,
        version: row.int(11)?,
    })
}
