//! A key to be made, as the form sends it.

use crate::admin::api::keys::KeyDraft;
use crate::model::time::{DAY_MS, Millis};

/// How long a key can be good for: days, and what that is called.
pub(super) const LIFETIMES: [(&str, &str); 5] = [
    ("7", "After a week"),
    ("30", "After 30 days"),
    ("90", "After 90 days"),
    ("365", "After a year"),
    ("", "Never"),
];

/// A key to be made. Boxes that are ticked send the same name several times.
pub(in crate::admin) struct KeyForm {
    pub(super) name: String,
    pub(super) scopes: Vec<String>,
    pub(super) domains: Vec<String>,
    pub(super) days: String,
}

impl Default for KeyForm {
    fn default() -> Self {
        let (name, days) = (String::new(), "90".to_owned());
        Self { name, scopes: Vec::new(), domains: Vec::new(), days }
    }
}

impl KeyForm {
    /// What was sent, name by name.
    pub(super) fn of(pairs: Vec<(String, String)>) -> Self {
        let mut form = Self::default();
        for (name, value) in pairs {
            match name.as_str() {
                "name" => form.name = value,
                "scope" => form.scopes.push(value),
                "domain" => form.domains.push(value),
                "days" => form.days = value,
                _ => {}
            }
        }
        form
    }

    /// Whether this scope's box was ticked.
    pub(super) fn has_scope(&self, word: &str) -> bool {
        self.scopes.iter().any(|scope| scope == word)
    }

    /// Whether this domain's box was ticked.
    pub(super) fn has_domain(&self, host: &str) -> bool {
        self.domains.iter().any(|domain| domain == host)
    }

    /// The key that is asked for. Without a domain it is good for all of them.
    pub(super) fn draft(&self, now: Millis) -> KeyDraft {
        let days = self.days.parse::<u16>().ok();
        let end = days.map(|days| Millis::from_epoch(now.get() + i64::from(days) * DAY_MS));
        KeyDraft {
            name: self.name.clone(),
            scopes: self.scopes.clone(),
            domains: Some(self.domains.clone()).filter(|domains| !domains.is_empty()),
            expires_at: end.map(|end| end.to_string()),
        }
    }
}
