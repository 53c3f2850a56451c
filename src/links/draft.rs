//! What somebody asked for, as it arrived, and what it means once it is checked.

use serde::{Deserialize, Deserializer};

use super::{LinkProblem, ShortUrls};
use crate::cache::domains::DomainTable;
use crate::model::code::Code;
use crate::model::domain::CaseRule;
use crate::model::id::WorkspaceId;
use crate::model::link::{LinkState, RedirectStatus, TITLE_LENGTH_MAX};
use crate::model::max_clicks::MaxClicks;
use crate::model::target::Target;
use crate::model::time::Millis;
use crate::store::domains::Domain;
use crate::store::links::{CodeChoice, Edit, NewLink};

/// What a link is checked against.
#[derive(Debug, Clone, Copy)]
pub struct Rules<'a> {
    /// The workspace it will belong to.
    pub workspace: WorkspaceId,
    /// What short URLs look like here.
    pub short_urls: &'a ShortUrls,
    /// The domains there are.
    pub domains: &'a DomainTable,
    /// Letters of a random code.
    pub code_length: usize,
    /// The present.
    pub now: Millis,
}

/// A link to be made, as it was asked for.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LinkDraft {
    /// Where it goes.
    pub url: String,
    /// Its code; a random one if absent.
    pub code: Option<String>,
    /// Its domain; the default one if absent or empty.
    pub domain: Option<String>,
    /// The status it redirects with; what its domain says if absent.
    pub status: Option<i64>,
    /// A name for people; a blank one is none.
    pub title: Option<String>,
    /// When it stops redirecting (RFC 3339).
    pub expires_at: Option<String>,
    /// How often people may follow it; without a limit if absent.
    pub max_clicks: Option<i64>,
}

impl LinkDraft {
    /// The link to be made.
    ///
    /// # Errors
    /// The first field that breaks a rule.
    pub fn check(&self, rules: &Rules<'_>) -> Result<NewLink, LinkProblem> {
        let domain = rules.domain(self.domain.as_deref())?;
        let settings = &domain.settings;
        let code = match (&self.code, settings.case_rule) {
            (Some(code), rule) => CodeChoice::Chosen(rule.keep(Code::parse(code)?)),
            (None, CaseRule::Exact) => CodeChoice::Random { length: rules.code_length },
            (None, CaseRule::Folded) => CodeChoice::RandomFolded { length: rules.code_length },
        };
        Ok(NewLink {
            workspace: rules.workspace,
            domain: domain.id,
            code,
            url: rules.target(&self.url)?,
            status: self.status.map(status).transpose()?.unwrap_or(settings.status),
            title: self.title.as_deref().map(title).transpose()?.flatten(),
            expires_at: self.expires_at.as_deref().map(|at| expiry(at, rules.now)).transpose()?,
            max_clicks: self.max_clicks.map(max_clicks).transpose()?,
        })
    }
}

/// A change of a link, as it was asked for. What is absent stays; `null` (`Some(None)`) removes.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct LinkEdit {
    /// Where it goes.
    #[serde(deserialize_with = "present")]
    pub url: Option<String>,
    /// Its code.
    #[serde(deserialize_with = "present")]
    pub code: Option<String>,
    /// The status it redirects with.
    #[serde(deserialize_with = "present")]
    pub status: Option<i64>,
    /// `active` or `disabled`.
    #[serde(deserialize_with = "present")]
    pub state: Option<String>,
    /// A name for people; a blank one is none.
    #[serde(deserialize_with = "present")]
    pub title: Option<Option<String>>,
    /// When it stops redirecting (RFC 3339).
    #[serde(deserialize_with = "present")]
    pub expires_at: Option<Option<String>>,
    /// How often people may follow it, all in all.
    #[serde(deserialize_with = "present")]
    pub max_clicks: Option<Option<i64>>,
}

impl LinkEdit {
    /// The change to be made.
    ///
    /// # Errors
    /// The first field that breaks a rule.
    pub fn check(&self, rules: &Rules<'_>) -> Result<Edit, LinkProblem> {
        let title_of = |it: &Option<String>| it.as_deref().map(title).transpose();
        let expiry_of =
            |it: &Option<String>| it.as_deref().map(|at| expiry(at, rules.now)).transpose();
        Ok(Edit {
            code: self.code.as_deref().map(Code::parse).transpose()?,
            url: self.url.as_deref().map(|url| rules.target(url)).transpose()?,
            status: self.status.map(status).transpose()?,
            state: self.state.as_deref().map(state).transpose()?,
            title: self.title.as_ref().map(title_of).transpose()?.map(Option::flatten),
            expires_at: self.expires_at.as_ref().map(expiry_of).transpose()?,
            max_clicks: self.max_clicks.map(|it| it.map(max_clicks).transpose()).transpose()?,
        })
    }
}

impl Rules<'_> {
    fn domain(&self, name: Option<&str>) -> Result<&Domain, LinkProblem> {
        self.short_urls.find_domain(self.domains, self.workspace, name)
    }

    fn target(&self, text: &str) -> Result<String, LinkProblem> {
        Ok(Target::parse(text, self.domains.own_hosts())?.as_str().to_owned())
    }
}

/// When a link or a key ends: an RFC 3339 time that is still to come.
///
/// # Errors
/// [`LinkProblem::Time`] or [`LinkProblem::TimePast`].
pub fn expiry(text: &str, now: Millis) -> Result<Millis, LinkProblem> {
    let at = Millis::parse(text)?;
    if at > now { Ok(at) } else { Err(LinkProblem::TimePast(at)) }
}

fn status(number: i64) -> Result<RedirectStatus, LinkProblem> {
    Ok(RedirectStatus::try_from(number)?)
}

fn max_clicks(number: i64) -> Result<MaxClicks, LinkProblem> {
    Ok(MaxClicks::try_from(number)?)
}

fn state(word: &str) -> Result<LinkState, LinkProblem> {
    LinkState::from_word(word).ok_or_else(|| LinkProblem::State(word.to_owned()))
}

fn title(text: &str) -> Result<Option<String>, LinkProblem> {
    if let Some(refused) = text.chars().find(|c| c.is_control()) {
        return Err(LinkProblem::TitleCharacter(refused));
    }
    let length = text.chars().count();
    if length > TITLE_LENGTH_MAX {
        return Err(LinkProblem::TitleTooLong(length));
    }
    Ok((!text.trim().is_empty()).then(|| text.to_owned()))
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
    use crate::links::fixture::{domains_under, id_of};

    const NOW: Millis = Millis::from_epoch(1_800_000_000_000);

    fn with_rules<T>(test: impl FnOnce(&Rules<'_>) -> T) -> T {
        let short_urls = ShortUrls::new(Url::parse("https://s.example/").expect("a URL"));
        let domains = domains_under(&["go.example"], short_urls.bases());
        let table = domains.table();
        test(&Rules {
            workspace: table.default_domain().workspace,
            short_urls: &short_urls,
            domains: &table,
            code_length: 9,
            now: NOW,
        })
    }

    fn draft(json: &str) -> LinkDraft {
        serde_json::from_str(json).expect("a draft")
    }

    fn edit(json: &str) -> LinkEdit {
        serde_json::from_str(json).expect("an edit")
    }

    #[test]
    fn a_bare_target_makes_a_302_with_a_random_code_on_the_default_domain() {
        with_rules(|rules| {
            let link = draft(r#"{"url":"https://example.com"}"#).check(rules).expect("a link");
            assert!(matches!(link.code, CodeChoice::Random { length: 9 }));
            assert_eq!(link.domain, rules.domains.default_domain().id);
            assert_eq!(link.url, "https://example.com/");
            assert_eq!(link.status, RedirectStatus::Found);
            assert_eq!((link.title, link.expires_at, link.max_clicks), (None, None, None));
        });
    }

    #[test]
    fn every_field_of_a_draft_arrives() {
        with_rules(|rules| {
            let link = draft(
                r#"{"url":"https://example.com/a","code":"a","domain":"go.example","status":301,
                    "title":"A page","expires_at":"2030-01-01T00:00:00Z","max_clicks":50}"#,
            )
            .check(rules)
            .expect("a link");
            assert!(matches!(&link.code, CodeChoice::Chosen(code) if code.as_str() == "a"));
            assert_eq!(link.domain, id_of(rules.domains, "go.example"));
            assert_eq!(link.status, RedirectStatus::MovedPermanently);
            assert_eq!(link.title.as_deref(), Some("A page"));
            assert_eq!(
                link.expires_at.map(|at| at.to_string()).as_deref(),
                Some("2030-01-01T00:00:00.000Z")
            );
            assert_eq!(link.max_clicks, MaxClicks::try_from(50).ok());
        });
    }

    #[test]
    fn each_problem_names_its_field_and_its_kind() {
        let long = format!(r#"{{"url":"https://e.example","title":"{}"}}"#, "x".repeat(513));
        with_rules(|rules| {
            for (json, field, slug) in [
                (r#"{"url":"ftp://e.example"}"#, "url", "invalid-target"),
                (r#"{"url":"https://go.example/x"}"#, "url", "invalid-target"),
                (r#"{"url":"https://s.example/x"}"#, "url", "invalid-target"),
                (r#"{"url":"https://e.example","code":"a/b"}"#, "code", "invalid-code"),
                (r#"{"url":"https://e.example","code":""}"#, "code", "invalid-code"),
                (r#"{"url":"https://e.example","domain":"x.example"}"#, "domain", "unknown-domain"),
                (r#"{"url":"https://e.example","status":303}"#, "status", "invalid-status"),
                (r#"{"url":"https://e.example","title":"a\u0000b"}"#, "title", "invalid-title"),
                (long.as_str(), "title", "invalid-title"),
                (
                    r#"{"url":"https://e.example","max_clicks":0}"#,
                    "max_clicks",
                    "invalid-max-clicks",
                ),
                (
                    r#"{"url":"https://e.example","expires_at":"soon"}"#,
                    "expires_at",
                    "invalid-time",
                ),
                (
                    r#"{"url":"https://e.example","expires_at":"2020-01-01T00:00:00Z"}"#,
                    "expires_at",
                    "invalid-time",
                ),
            ] {
                let problem = draft(json).check(rules).expect_err(json);
                assert_eq!((problem.field(), problem.slug()), (field, slug), "{json}");
            }
        });
    }

    #[test]
    fn what_an_edit_leaves_out_stays_and_null_removes() {
        with_rules(|rules| {
            let nothing = edit("{}").check(rules).expect("an edit");
            assert!(nothing.title.is_none() && nothing.expires_at.is_none());
            assert!(nothing.max_clicks.is_none());
            let removed = edit(r#"{"title":null,"expires_at":null,"max_clicks":null}"#)
                .check(rules)
                .expect("an edit");
            assert_eq!((removed.title, removed.expires_at), (Some(None), Some(None)));
            assert_eq!(removed.max_clicks, Some(None));
            let limited = edit(r#"{"max_clicks":7}"#).check(rules).expect("an edit");
            assert_eq!(limited.max_clicks, Some(MaxClicks::try_from(7).ok()));
            let changed = edit(r#"{"url":"https://b.example","code":"b","status":308,"state":"disabled","title":"  "}"#)
                .check(rules)
                .expect("an edit");
            assert_eq!(changed.url.as_deref(), Some("https://b.example/"));
            assert_eq!(changed.code, Code::parse("b").ok());
            assert_eq!(changed.status, Some(RedirectStatus::PermanentRedirect));
            assert_eq!(changed.state, Some(LinkState::Disabled));
            assert_eq!(changed.title, Some(None), "a blank title is none");
            let problem = edit(r#"{"state":"off"}"#).check(rules).expect_err("no state");
            assert_eq!((problem.field(), problem.slug()), ("state", "invalid-state"));
        });
    }

    #[test]
    fn what_cannot_be_removed_and_what_does_not_exist_is_refused() {
        for json in
            [r#"{"url":null}"#, r#"{"code":null}"#, r#"{"state":null}"#, r#"{"domain":"x"}"#]
        {
            assert!(serde_json::from_str::<LinkEdit>(json).is_err(), "{json}");
        }
        for json in ["{}", r#"{"url":null}"#, r#"{"url":"https://e.example","colour":1}"#] {
            assert!(serde_json::from_str::<LinkDraft>(json).is_err(), "{json}");
        }
    }
}
