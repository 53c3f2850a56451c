//! Every setting of a link as a form has it, and what was changed in it.
//!
//! Only what was changed is asked for: a link whose end has passed can get another title, although
//! that end could not be chosen any more.

use serde::Deserialize;

use crate::admin::pages::form::{changed, changed_or_emptied, whole_number};
use crate::admin::pages::links::tags;
use crate::admin::problem::Problem;
use crate::links::{LinkEdit, LinkView, Typed};
use crate::model::link::LinkState;
use crate::model::tag::Tag;
use crate::model::time::Millis;

/// A form of settings.
#[derive(Debug, Clone, Default, Deserialize, PartialEq, Eq)]
#[serde(default)]
pub(in crate::admin) struct LinkForm {
    /// The version that was shown.
    pub(super) version: i64,
    pub(super) url: String,
    pub(super) code: String,
    pub(super) title: String,
    pub(super) note: String,
    pub(super) tags: String,
    pub(super) status: String,
    /// `active` or `disabled`.
    pub(super) state: String,
    pub(super) not_before: String,
    pub(super) expires_at: String,
    pub(super) max_clicks: String,
    pub(super) fallback_url: String,
    pub(super) cache_seconds: String,
    /// `yes`, or nothing.
    pub(super) forwards_query: String,
    /// A new one.
    pub(super) password: String,
    /// `yes` where there shall be none any more.
    pub(super) without_password: String,
    /// `yes`, or nothing.
    pub(super) archived: String,
}

impl LinkForm {
    /// A link as it is.
    pub(super) fn of(link: &LinkView) -> Self {
        let number = |it: Option<u64>| it.map(|it| it.to_string()).unwrap_or_default();
        let tags: Vec<&str> = link.tags.iter().map(Tag::as_str).collect();
        Self {
            version: link.version,
            url: link.url.clone(),
            code: link.code.clone(),
            title: link.title.clone().unwrap_or_default(),
            note: link.note.clone().unwrap_or_default(),
            tags: tags.join(", "),
            status: link.status.to_string(),
            state: link.state.word().to_owned(),
            not_before: link.not_before.map(local).unwrap_or_default(),
            expires_at: link.expires_at.map(local).unwrap_or_default(),
            max_clicks: number(link.max_clicks.map(|it| u64::from(it.get()))),
            fallback_url: link.fallback_url.clone().unwrap_or_default(),
            cache_seconds: number(link.cache_seconds.map(|it| u64::from(it.get()))),
            forwards_query: yes(link.forwards_query),
            password: String::new(),
            without_password: String::new(),
            archived: yes(link.archived_at.is_some()),
        }
    }

    /// What of this was changed, against the link as it is.
    pub(super) fn edit(&self, link: &LinkView) -> Result<LinkEdit, Problem> {
        let was = Self::of(link);
        let lines = |new: &str, old: &str| {
            changed_or_emptied(&new.replace("\r\n", "\n"), &old.replace("\r\n", "\n"))
        };
        let password = Some(&self.password).filter(|it| !it.is_empty());
        Ok(LinkEdit {
            url: changed(&self.url, &was.url),
            code: changed(&self.code, &was.code),
            status: changed(&self.status, &was.status)
                .map(|it| whole_number("status", &it))
                .transpose()?,
            state: changed(&self.state, &was.state),
            title: changed_or_emptied(&self.title, &was.title),
            note: lines(&self.note, &was.note),
            tags: changed(&self.tags, &was.tags).map(|it| tags(&it)),
            not_before: changed_or_emptied(&self.not_before, &was.not_before).map(|it| it.map(utc)),
            expires_at: changed_or_emptied(&self.expires_at, &was.expires_at).map(|it| it.map(utc)),
            max_clicks: changed_or_emptied(&self.max_clicks, &was.max_clicks)
                .map(|it| it.map(|it| whole_number("max_clicks", &it)).transpose())
                .transpose()?,
            fallback_url: changed_or_emptied(&self.fallback_url, &was.fallback_url),
            cache_seconds: changed_or_emptied(&self.cache_seconds, &was.cache_seconds)
                .map(|it| it.map(|it| whole_number("cache_seconds", &it)).transpose())
                .transpose()?,
            forwards_query: changed(&self.forwards_query, &was.forwards_query)
                .map(|it| !it.is_empty()),
            password: match password {
                Some(password) => Some(Some(Typed::from(password.clone()))),
                None => (!self.without_password.is_empty()).then_some(None),
            },
            archived: changed(&self.archived, &was.archived).map(|it| !it.is_empty()),
        })
    }

    /// Whether it is switched on.
    pub(super) fn is_on(&self) -> bool {
        self.state != LinkState::Disabled.word()
    }
}

fn yes(it: bool) -> String {
    if it { "yes".to_owned() } else { String::new() }
}

/// A time as `<input type="datetime-local">` has it, by the clocks of UTC.
fn local(at: Millis) -> String {
    let text = at.to_string();
    text.get(..16).unwrap_or_default().to_owned()
}

/// The same back: RFC 3339.
fn utc(text: String) -> String {
    match text.len() {
        16 => format!("{text}:00Z"),
        19 => format!("{text}Z"),
        _ => text,
    }
}
