//! Every setting of a domain as a form has it, and what was changed in it.

use serde::Deserialize;

use crate::admin::problem::{Kind, Problem};
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
        let text = |new: &str, old: &str| (new.trim() != old).then(|| new.trim().to_owned());
        let optional =
            |new: &str, old: &str| text(new, old).map(|it| Some(it).filter(|it| !it.is_empty()));
        Ok(DomainEdit {
            root_url: optional(&self.root_url, &was.root_url),
            not_found_url: optional(&self.not_found_url, &was.not_found_url),
            expired_url: optional(&self.expired_url, &was.expired_url),
            status: text(&self.status, &was.status).map(|it| number(&it)).transpose()?,
            case_rule: text(&self.case_rule, &was.case_rule),
        })
    }

    /// Whether capitals make no difference.
    pub(super) fn is_folded(&self) -> bool {
        self.case_rule == CaseRule::Folded.word()
    }
}

fn number(text: &str) -> Result<i64, Problem> {
    text.parse().map_err(|_| {
        Problem::new(Kind::INVALID_BODY, format!("`{text}` is no whole number")).at("status")
    })
}
