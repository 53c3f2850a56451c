//! Every setting of a domain as a form has it, and what was changed in it.

use serde::Deserialize;

use crate::admin::pages::form::{changed, changed_or_emptied, whole_number};
use crate::admin::problem::Problem;
use crate::links::{ActiveView, DomainEdit};
use crate::model::domain::CaseRule;

/// A form of settings.
#[derive(Debug, Clone, Default, Deserialize, PartialEq, Eq)]
#[serde(default)]
pub(in crate::admin) struct DomainForm {
    /// The version that was shown.
    pub(super) version: i64,
    pub(super) root_url: String,
    pub(super) not_found_url: String,
    pub(super) expired_url: String,
    pub(super) status: String,
    /// `exact` or `folded`.
    pub(super) case_rule: String,
}

impl DomainForm {
    /// A domain as it is.
    pub(super) fn of(domain: &ActiveView) -> Self {
        Self {
            version: domain.version,
            root_url: domain.root_url.clone().unwrap_or_default(),
            not_found_url: domain.not_found_url.clone().unwrap_or_default(),
            expired_url: domain.expired_url.clone().unwrap_or_default(),
            status: domain.status.to_string(),
            case_rule: domain.case_rule.word().to_owned(),
        }
    }

    /// What of this was changed, against the domain as it is. What was left alone is not checked
    /// anew.
    pub(super) fn edit(&self, domain: &ActiveView) -> Result<DomainEdit, Problem> {
        let was = Self::of(domain);
        Ok(DomainEdit {
            root_url: changed_or_emptied(&self.root_url, &was.root_url),
            not_found_url: changed_or_emptied(&self.not_found_url, &was.not_found_url),
            expired_url: changed_or_emptied(&self.expired_url, &was.expired_url),
            status: changed(&self.status, &was.status)
                .map(|it| whole_number("status", &it))
                .transpose()?,
            case_rule: changed(&self.case_rule, &was.case_rule),
        })
    }

    /// Whether capitals make no difference.
    pub(super) fn is_folded(&self) -> bool {
        self.case_rule == CaseRule::Folded.word()
    }
}
