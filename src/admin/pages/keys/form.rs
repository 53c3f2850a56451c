//! A key to be made, as the form sends it.

use crate::admin::api::keys::KeyDraft;
use crate::admin::problem::{Kind, Problem};
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
    pub(super) fn draft(&self, now: Millis) -> Result<KeyDraft, Problem> {
        Ok(KeyDraft {
            name: self.name.clone(),
            scopes: self.scopes.clone(),
            domains: Some(self.domains.clone()).filter(|domains| !domains.is_empty()),
            expires_at: self.end(now)?.map(|end| end.to_string()),
        })
    }

    /// When the key ends. What is no choice of ours must not make a key for good.
    fn end(&self, now: Millis) -> Result<Option<Millis>, Problem> {
        let is_offered = LIFETIMES.iter().any(|(days, _)| *days == self.days);
        match self.days.parse::<i64>() {
            Ok(days) if is_offered => Ok(Some(Millis::from_epoch(now.get() + days * DAY_MS))),
            Err(_) if is_offered => Ok(None),
            _ => {
                let detail = "choose from the list when the key ends";
                Err(Problem::new(Kind::INVALID_BODY, detail).at("days"))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn end(days: &str) -> Result<Option<Millis>, Problem> {
        KeyForm { days: days.to_owned(), ..KeyForm::default() }.end(Millis::from_epoch(0))
    }

    #[test]
    fn a_key_ends_as_chosen_and_never_for_good_by_mistake() {
        for (days, _) in LIFETIMES {
            let wanted = days.parse().ok().map(|days: i64| Millis::from_epoch(days * DAY_MS));
            assert_eq!(end(days).expect(days), wanted);
        }
        for bad in ["-7", "0", "8", "x", " ", "99999999999999999999"] {
            assert!(end(bad).is_err(), "{bad}");
        }
    }
}
