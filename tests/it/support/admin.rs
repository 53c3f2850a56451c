//! The admin API as the tests use it.

use std::time::Duration;

use serde_json::{Value, json};

use super::carom::Carom;
use super::http::{Response, get, request};
use super::wait::eventually;

/// A link as the API shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Link {
    /// Its id.
    pub(crate) id: String,
    /// Its code.
    pub(crate) code: String,
    /// Where it leads.
    pub(crate) url: String,
    /// What people pass on.
    pub(crate) short_url: String,
}

/// Clicks as the API shows them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Clicks {
    /// All of them.
    pub(crate) total: u64,
    /// Those of people.
    pub(crate) people: u64,
    /// Those of programs.
    pub(crate) bots: u64,
    /// Those that are in the store.
    pub(crate) stored: u64,
}

impl Carom {
    /// Sends a request to the admin listener, with the key.
    #[track_caller]
    pub(crate) fn call(&self, method: &str, path: &str, body: Option<&Value>) -> Response {
        let bearer = format!("Bearer {}", self.key());
        let headers = [("authorization", bearer.as_str()), ("content-type", "application/json")];
        let body = body.map(Value::to_string).unwrap_or_default();
        request(self.admin(), method, path, &headers, body.as_bytes())
    }

    /// Creates a link from a body such as `{"url": "https://example.com"}`.
    ///
    /// # Panics
    /// When the answer is not `201`.
    #[track_caller]
    pub(crate) fn create_link(&self, body: &Value) -> Link {
        let response = self.call("POST", "/shorten", Some(body));
        assert_eq!(response.status, 201, "{}", response.text());
        link_of(&response.json())
    }

    /// Creates a link to this target under a random code.
    #[track_caller]
    pub(crate) fn link_to(&self, url: &str) -> Link {
        self.create_link(&json!({ "url": url }))
    }

    /// Changes a link, whatever its version.
    ///
    /// # Panics
    /// When the answer is not `200`.
    #[track_caller]
    pub(crate) fn change_link(&self, link: &Link, body: &Value) -> Link {
        let path = format!("/api/v1/links/{}", link.id);
        let response = self.call("PATCH", &path, Some(body));
        assert_eq!(response.status, 200, "{}", response.text());
        link_of(&response.json())
    }

    /// Deletes a link.
    ///
    /// # Panics
    /// When the answer is not `204`.
    #[track_caller]
    pub(crate) fn delete_link(&self, link: &Link) {
        let response = self.call("DELETE", &format!("/api/v1/links/{}", link.id), None);
        assert_eq!(response.status, 204, "{}", response.text());
    }

    /// The clicks of a link.
    ///
    /// # Panics
    /// When the answer is not `200`.
    #[track_caller]
    pub(crate) fn clicks(&self, link: &Link) -> Clicks {
        let response = self.call("GET", &format!("/api/v1/links/{}/clicks", link.id), None);
        assert_eq!(response.status, 200, "{}", response.text());
        let body = response.json();
        let count = |name: &str| body[name].as_u64().unwrap_or_else(|| panic!("`{name}`: {body}"));
        Clicks {
            total: count("total"),
            people: count("people"),
            bots: count("bots"),
            stored: count("stored"),
        }
    }

    /// A metric's value, by its name without `carom_` and with its labels, as `/metrics` shows it now.
    ///
    /// # Panics
    /// When there is no such metric.
    #[track_caller]
    pub(crate) fn metric(&self, name: &str) -> u64 {
        let response = get(self.admin(), "/metrics");
        let value = response.text().lines().find_map(|line| {
            let value = line.strip_prefix("carom_")?.strip_prefix(name)?.strip_prefix(' ')?;
            value.split(' ').next()?.parse::<f64>().ok()
        });
        value.unwrap_or_else(|| panic!("no `{name}` in\n{}", response.text())) as u64
    }

    /// The clicks of a link, once all of them are in the store.
    #[track_caller]
    pub(crate) fn stored_clicks(&self, link: &Link, within: Duration) -> Clicks {
        eventually(within, "every click is in the store", || {
            let clicks = self.clicks(link);
            (clicks.stored == clicks.total).then_some(clicks)
        })
    }
}

#[track_caller]
fn link_of(body: &Value) -> Link {
    let text = |name: &str| body[name].as_str().unwrap_or_else(|| panic!("`{name}`: {body}"));
    Link {
        id: text("id").to_owned(),
        code: text("code").to_owned(),
        url: text("url").to_owned(),
        short_url: text("short_url").to_owned(),
    }
}
