//! What somebody asked for, as it arrived, and what it means once it is checked.

use serde::{Deserialize, Deserializer};
use utoipa::ToSchema;

use super::{LinkProblem, ShortUrls};
use crate::cache::domains::DomainTable;
use crate::model::cache_seconds::CacheSeconds;
use crate::model::code::Code;
use crate::model::domain::CaseRule;
use crate::model::id::WorkspaceId;
use crate::model::link::{Conduct, LinkState, NOTE_LENGTH_MAX, RedirectStatus, TITLE_LENGTH_MAX};
use crate::model::max_clicks::MaxClicks;
use crate::model::password::{Password, PasswordHash};
use crate::model::tag::Tags;
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
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
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
    /// When it begins to redirect (RFC 3339); at once if absent.
    pub not_before: Option<String>,
    /// Where it goes once it has ended or is switched off; to a short page if absent.
    pub fallback_url: Option<String>,
    /// How long browsers may remember its redirect; by its status if absent.
    pub cache_seconds: Option<i64>,
    /// Whether a request's query is added to the target's; not if absent.
    pub forwards_query: Option<bool>,
    /// What whoever follows it must type.
    #[schema(value_type = Option<String>)]
    pub password: Option<Typed>,
    /// A text for people; a blank one is none.
    pub note: Option<String>,
    /// Words that people sort it by.
    pub tags: Option<Vec<String>>,
}

/// A password as it was typed, which no log shows.
#[derive(Clone, Deserialize)]
#[serde(transparent)]
pub struct Typed(String);

impl From<String> for Typed {
    fn from(text: String) -> Self {
        Self(text)
    }
}

impl std::fmt::Debug for Typed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Typed(…)")
    }
}

impl Typed {
    /// What is kept of it. Takes long.
    fn hash(&self) -> Result<PasswordHash, LinkProblem> {
        Ok(Password::parse(&self.0)?.hash())
    }
}

impl LinkDraft {
    /// Whether its check has a password to hash.
    #[must_use]
    pub const fn has_password(&self) -> bool {
        self.password.is_some()
    }

    /// The link to be made. Takes long when it has a password, which is hashed.
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
        let expires_at = self.expires_at.as_deref().map(|at| expiry(at, rules.now)).transpose()?;
        let not_before = self.not_before.as_deref().map(beginning).transpose()?;
        check_order(not_before, expires_at)?;
        Ok(NewLink {
            workspace: rules.workspace,
            domain: domain.id,
            code,
            url: rules.target(&self.url)?,
            status: self.status.map(status).transpose()?.unwrap_or(settings.status),
            title: self.title.as_deref().map(title).transpose()?.flatten(),
            expires_at,
            max_clicks: self.max_clicks.map(max_clicks).transpose()?,
            note: self.note.as_deref().map(note).transpose()?.flatten(),
            tags: self.tags.as_deref().map(Tags::parse).transpose()?.unwrap_or_default(),
            conduct: Conduct {
                not_before,
                fallback_url: self
                    .fallback_url
                    .as_deref()
                    .map(|it| rules.fallback(it))
                    .transpose()?,
                cache_seconds: self.cache_seconds.map(cache_seconds).transpose()?,
                forwards_query: self.forwards_query.unwrap_or(false),
                // Last: it costs most.
                password: self.password.as_ref().map(Typed::hash).transpose()?,
            },
        })
    }
}

/// A change of a link, as it was asked for. What is absent stays; `null` (`Some(None)`) removes.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct LinkEdit {
    /// Where it goes.
    #[serde(default, deserialize_with = "present")]
    pub url: Option<String>,
    /// Its code.
    #[serde(default, deserialize_with = "present")]
    pub code: Option<String>,
    /// The status it redirects with.
    #[serde(default, deserialize_with = "present")]
    pub status: Option<i64>,
    /// `active` or `disabled`.
    #[serde(default, deserialize_with = "present")]
    pub state: Option<String>,
    /// A name for people; a blank one is none.
    #[serde(default, deserialize_with = "present")]
    pub title: Option<Option<String>>,
    /// When it stops redirecting (RFC 3339).
    #[serde(default, deserialize_with = "present")]
    pub expires_at: Option<Option<String>>,
    /// How often people may follow it, all in all.
    #[serde(default, deserialize_with = "present")]
    pub max_clicks: Option<Option<i64>>,
    /// When it begins to redirect (RFC 3339).
    #[serde(default, deserialize_with = "present")]
    pub not_before: Option<Option<String>>,
    /// Where it goes once it has ended or is switched off.
    #[serde(default, deserialize_with = "present")]
    pub fallback_url: Option<Option<String>>,
    /// How long browsers may remember its redirect.
    #[serde(default, deserialize_with = "present")]
    pub cache_seconds: Option<Option<i64>>,
    /// Whether a request's query is added to the target's.
    #[serde(default, deserialize_with = "present")]
    pub forwards_query: Option<bool>,
    /// What whoever follows it must type.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<String>)]
    pub password: Option<Option<Typed>>,
    /// A text for people; a blank one is none.
    #[serde(default, deserialize_with = "present")]
    pub note: Option<Option<String>>,
    /// Words that people sort it by, all of them.
    #[serde(default, deserialize_with = "present")]
    pub tags: Option<Vec<String>>,
    /// Whether it is out of sight.
    #[serde(default, deserialize_with = "present")]
    pub archived: Option<bool>,
}

impl LinkEdit {
    /// Whether its check has a password to hash.
    #[must_use]
    pub const fn has_password(&self) -> bool {
        matches!(self.password, Some(Some(_)))
    }

    /// The change to be made. Takes long when it has a password, which is hashed.
    ///
    /// # Errors
    /// The first field that breaks a rule.
    pub fn check(&self, rules: &Rules<'_>) -> Result<Edit, LinkProblem> {
        let expires_at = edited(self.expires_at.as_ref(), |at| expiry(at, rules.now))?;
        let not_before = edited(self.not_before.as_ref(), |at| beginning(at))?;
        check_order(not_before.flatten(), expires_at.flatten())?;
        Ok(Edit {
            code: self.code.as_deref().map(Code::parse).transpose()?,
            url: self.url.as_deref().map(|url| rules.target(url)).transpose()?,
            status: self.status.map(status).transpose()?,
            state: self.state.as_deref().map(state).transpose()?,
            title: edited(self.title.as_ref(), |it| title(it))?.map(Option::flatten),
            expires_at,
            max_clicks: edited(self.max_clicks.as_ref(), |it| max_clicks(*it))?,
            not_before,
            fallback_url: edited(self.fallback_url.as_ref(), |it| rules.fallback(it))?,
            cache_seconds: edited(self.cache_seconds.as_ref(), |it| cache_seconds(*it))?,
            forwards_query: self.forwards_query,
            note: edited(self.note.as_ref(), |it| note(it))?.map(Option::flatten),
            tags: self.tags.as_deref().map(Tags::parse).transpose()?,
            archived: self.archived,
            // Last: it costs most.
            password: edited(self.password.as_ref(), Typed::hash)?,
        })
    }
}

/// What is to become of a field that may be absent, `null` or there.
fn edited<T, U>(
    field: Option<&Option<T>>,
    check: impl Fn(&T) -> Result<U, LinkProblem>,
) -> Result<Option<Option<U>>, LinkProblem> {
    field.map(|it| it.as_ref().map(check).transpose()).transpose()
}

impl Rules<'_> {
    fn domain(&self, name: Option<&str>) -> Result<&Domain, LinkProblem> {
        self.short_urls.find_domain(self.domains, self.workspace, name)
    }

    fn target(&self, text: &str) -> Result<String, LinkProblem> {
        Ok(Target::parse(text, self.domains.own_hosts())?.as_str().to_owned())
    }

    fn fallback(&self, text: &str) -> Result<String, LinkProblem> {
        let target = Target::parse(text, self.domains.own_hosts());
        Ok(target.map_err(LinkProblem::Fallback)?.as_str().to_owned())
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

fn beginning(text: &str) -> Result<Millis, LinkProblem> {
    Millis::parse(text).map_err(LinkProblem::NotBefore)
}

/// A link that ends before it begins would never redirect.
fn check_order(not_before: Option<Millis>, expires_at: Option<Millis>) -> Result<(), LinkProblem> {
    match (not_before, expires_at) {
        (Some(begin), Some(end)) if begin >= end => Err(LinkProblem::NeverOpen(begin)),
        _ => Ok(()),
    }
}

fn cache_seconds(number: i64) -> Result<CacheSeconds, LinkProblem> {
    Ok(CacheSeconds::try_from(number)?)
}

/// A text of lines.
fn note(text: &str) -> Result<Option<String>, LinkProblem> {
    let is_refused = |c: &char| c.is_control() && !matches!(c, '\n' | '\r' | '\t');
    if let Some(refused) = text.chars().find(is_refused) {
        return Err(LinkProblem::NoteCharacter(refused));
    }
    let length = text.chars().count();
    if length > NOTE_LENGTH_MAX {
        return Err(LinkProblem::NoteTooLong(length));
    }
    Ok((!text.trim().is_empty()).then(|| text.to_owned()))
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
mod tests;
