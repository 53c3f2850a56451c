//! A link as programs read it: the body of the API's answers and of `--json`.

use serde::Serialize;
use utoipa::ToSchema;

use super::ShortUrls;
use crate::cache::domains::DomainTable;
use crate::model::cache_seconds::CacheSeconds;
use crate::model::id::LinkId;
use crate::model::link::{Link, LinkState};
use crate::model::max_clicks::MaxClicks;
use crate::model::tag::Tags;
use crate::model::time::Millis;

/// A link with its addresses. Times are RFC 3339, the id is text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = Link)]
pub struct LinkView {
    /// Its id, for life.
    pub id: LinkId,
    /// Its code.
    pub code: String,
    /// The name of its domain.
    pub domain: String,
    /// What people follow.
    pub short_url: String,
    /// Where it goes.
    pub url: String,
    /// The status it redirects with.
    pub status: u16,
    /// Whether it is switched on.
    pub state: LinkState,
    /// A name for people.
    pub title: Option<String>,
    /// When it stops redirecting.
    pub expires_at: Option<Millis>,
    /// How often people may follow it; only there when it has a limit.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_clicks: Option<MaxClicks>,
    /// How many of these clicks are used up; only there when it has a limit.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub claimed_clicks: Option<u64>,
    /// When it begins to redirect.
    pub not_before: Option<Millis>,
    /// Where it goes once it has ended or is switched off.
    pub fallback_url: Option<String>,
    /// How long browsers may remember its redirect; none: by its status.
    pub cache_seconds: Option<CacheSeconds>,
    /// Whether a request's query is added to the target's.
    pub forwards_query: bool,
    /// Whether it asks for a password, which nobody is shown.
    pub has_password: bool,
    /// A text for people.
    pub note: Option<String>,
    /// Words that people sort it by.
    #[schema(value_type = Vec<String>)]
    pub tags: Tags,
    /// When it was put out of sight.
    pub archived_at: Option<Millis>,
    /// Who made it, by the name they had then.
    pub created_by: Option<String>,
    /// When it was made.
    pub created_at: Millis,
    /// When it was last changed.
    pub updated_at: Millis,
    /// Counts its changes.
    pub version: i64,
}

impl LinkView {
    /// The view of a link of which so many clicks were claimed: 0 for one that was just made, and for
    /// one without a limit.
    #[must_use]
    pub fn new(
        link: &Link,
        claimed_clicks: u64,
        short_urls: &ShortUrls,
        table: &DomainTable,
    ) -> Self {
        Self {
            id: link.id,
            code: link.code.as_str().to_owned(),
            domain: short_urls.domain_name(table, link.domain),
            short_url: short_urls.of(table, link.domain, &link.code),
            url: link.url.clone(),
            status: link.status.number(),
            state: link.state,
            title: link.title.clone(),
            expires_at: link.expires_at,
            max_clicks: link.max_clicks,
            claimed_clicks: link.max_clicks.map(|_| claimed_clicks),
            not_before: link.conduct.not_before,
            fallback_url: link.conduct.fallback_url.clone(),
            cache_seconds: link.conduct.cache_seconds,
            forwards_query: link.conduct.forwards_query,
            has_password: link.conduct.password.is_some(),
            note: link.note.clone(),
            tags: link.tags.clone(),
            archived_at: link.archived_at,
            created_by: link.created_by.clone(),
            created_at: link.created_at,
            updated_at: link.updated_at,
            version: link.version,
        }
    }
}

#[cfg(test)]
mod tests {
    use url::Url;

    use super::*;
    use crate::links::fixture::domains;
    use crate::model::code::Code;
    use crate::model::link::{Conduct, RedirectStatus};
    use crate::model::password::PasswordHash;

    #[test]
    fn the_field_names_and_forms_are_these() {
        let domains = domains(&[]);
        let table = domains.table();
        let link = Link {
            id: LinkId::from_stored(42),
            workspace: table.default_domain().workspace,
            domain: table.default_domain().id,
            code: Code::parse("a").expect("a code"),
            url: "https://example.com/".to_owned(),
            status: RedirectStatus::Found,
            state: LinkState::Disabled,
            title: None,
            expires_at: Some(Millis::from_epoch(1_800_000_000_000)),
            max_clicks: None,
            conduct: Conduct {
                password: Some(PasswordHash::from_stored("never shown".to_owned())),
                ..Conduct::default()
            },
            note: None,
            tags: Tags::parse(&["b", "a"]).expect("tags"),
            archived_at: None,
            created_by: Some("operator".to_owned()),
            created_at: Millis::from_epoch(0),
            updated_at: Millis::from_epoch(1),
            version: 3,
        };
        let short_urls = ShortUrls::new(Url::parse("https://s.example/").expect("a URL"));
        let view = |link: &Link| LinkView::new(link, 3, &short_urls, &table);
        let json = serde_json::to_string(&view(&link));
        assert_eq!(
            json.expect("a view"),
            concat!(
                r#"{"id":"42","code":"a","domain":"s.example","short_url":"https://s.example/a","#,
                r#""url":"https://example.com/","status":302,"state":"disabled","title":null,"#,
                r#""expires_at":"2027-01-15T08:00:00.000Z","not_before":null,"fallback_url":null,"#,
                r#""cache_seconds":null,"forwards_query":false,"has_password":true,"note":null,"#,
                r#""tags":["a","b"],"archived_at":null,"created_by":"operator","#,
                r#""created_at":"1970-01-01T00:00:00.000Z","#,
                r#""updated_at":"1970-01-01T00:00:00.001Z","version":3}"#
            )
        );
        let limited = Link { max_clicks: MaxClicks::try_from(50).ok(), ..link };
        let json = serde_json::to_string(&view(&limited)).expect("a view");
        assert!(json.contains(r#","max_clicks":50,"claimed_clicks":3,"#), "{json}");
    }
}
