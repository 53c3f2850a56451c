//! A domain as a snapshot holds it.

use serde::{Deserialize, Serialize};

use crate::model::domain::{CaseRule, ProvenBy};
use crate::model::id::{DomainId, WorkspaceId};
use crate::model::link::RedirectStatus;
use crate::model::time::Millis;
use crate::store::domains::{Domain, Settings};

/// A domain in a snapshot.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct DomainRow {
    id: i64,
    workspace: i64,
    host: String,
    root_url: Option<String>,
    not_found_url: Option<String>,
    expired_url: Option<String>,
    status: u16,
    is_folded: bool,
    is_proven_by_dns: bool,
    created_at: i64,
    updated_at: i64,
    version: i64,
}

impl DomainRow {
    /// The row of a domain.
    pub(super) fn new(domain: &Domain) -> Self {
        let settings = domain.settings.clone();
        Self {
            id: domain.id.get(),
            workspace: domain.workspace.get(),
            host: domain.host.clone(),
            root_url: settings.root_url,
            not_found_url: settings.not_found_url,
            expired_url: settings.expired_url,
            status: settings.status.number(),
            is_folded: settings.case_rule == CaseRule::Folded,
            is_proven_by_dns: domain.proven_by == ProvenBy::Dns,
            created_at: domain.created_at.get(),
            updated_at: domain.updated_at.get(),
            version: domain.version,
        }
    }

    /// The domain of a row.
    pub(super) fn restored(&self) -> Domain {
        let settings = Settings {
            root_url: self.root_url.clone(),
            not_found_url: self.not_found_url.clone(),
            expired_url: self.expired_url.clone(),
            status: RedirectStatus::try_from(i64::from(self.status)).unwrap_or_default(),
            case_rule: if self.is_folded { CaseRule::Folded } else { CaseRule::Exact },
        };
        Domain {
            id: DomainId::from_stored(self.id),
            workspace: WorkspaceId::from_stored(self.workspace),
            host: self.host.clone(),
            settings,
            proven_by: if self.is_proven_by_dns { ProvenBy::Dns } else { ProvenBy::Operator },
            created_at: Millis::from_epoch(self.created_at),
            updated_at: Millis::from_epoch(self.updated_at),
            version: self.version,
        }
    }
}
