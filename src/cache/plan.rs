//! What a cached link still leaves to be decided when somebody asks for it. Decided once, when the link
//! is loaded: a plain link pays nothing for what others can be told.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use hyper::header::HeaderValue;

use crate::model::cache_seconds::CacheSeconds;
use crate::model::id::LinkId;
use crate::model::link::{Conduct, Destination, LinkState};
use crate::model::max_clicks::MaxClicks;
use crate::model::password::PasswordHash;
use crate::model::target::{OwnHosts, Target};
use crate::model::time::Millis;

/// What a request still has to decide. The first variant, the plain link, decides nothing.
#[derive(Debug)]
pub enum Plan {
    /// It redirects.
    Plain,
    /// It redirects until then.
    Until(Millis),
    /// It redirects as often as its limit says. Rare, so that it is not kept in the link itself.
    Limited(Arc<Limits>),
    /// It is switched off.
    Gone,
    /// It was told more than that. Rare as well.
    Told(Box<Terms>),
}

/// What limits a link whose clicks are claimed one by one.
#[derive(Debug)]
pub struct Limits {
    /// The link.
    pub link: LinkId,
    /// How often people may follow it.
    pub max: MaxClicks,
    /// When it stops redirecting all the same.
    pub end: Option<Millis>,
    /// Set when the store has said that no click is left. Good for as long as these limits are: a
    /// change of the link replaces them.
    is_exhausted: AtomicBool,
}

/// What a link was told about how it answers.
#[derive(Debug)]
pub struct Terms {
    /// When it begins to redirect.
    pub not_before: Option<Millis>,
    /// What it would be without terms: never [`Plan::Told`].
    pub then: Plan,
    /// The bytes of `Location` once it has ended.
    pub fallback: Option<HeaderValue>,
    /// Whether a request's query is added to the target's.
    pub forwards_query: bool,
    /// What whoever follows it must type.
    pub password: Option<PasswordHash>,
    cache_seconds: Option<CacheSeconds>,
    /// `Cache-Control` of its redirect, where it is not that of its status.
    pub(super) cache_control: Option<HeaderValue>,
}

impl Limits {
    /// No click is left.
    pub fn exhaust(&self) {
        self.is_exhausted.store(true, Ordering::Relaxed);
    }

    /// Whether no click was left when the store was last asked.
    #[must_use]
    pub fn is_exhausted(&self) -> bool {
        self.is_exhausted.load(Ordering::Relaxed)
    }
}

impl Plan {
    /// The plan of this destination.
    pub(super) fn of(destination: &Destination, own: &OwnHosts) -> Self {
        let then = Self::without_terms(destination);
        if destination.conduct == Conduct::default() {
            return then;
        }
        let conduct = &destination.conduct;
        // What a browser remembers is neither claimed nor asked for a password.
        let is_seen = destination.max_clicks.is_none() && conduct.password.is_none();
        let cache_control = conduct.cache_seconds.filter(|_| is_seen).and_then(|seconds| {
            HeaderValue::try_from(format!("private, max-age={}", seconds.get())).ok()
        });
        Self::Told(Box::new(Terms {
            not_before: conduct.not_before,
            then,
            fallback: fallback(destination, own),
            forwards_query: conduct.forwards_query,
            password: conduct.password.clone(),
            cache_seconds: conduct.cache_seconds,
            cache_control,
        }))
    }

    fn without_terms(destination: &Destination) -> Self {
        match (destination.state, destination.max_clicks, destination.expires_at) {
            (LinkState::Disabled, _, _) => Self::Gone,
            (LinkState::Active, Some(max), end) => {
                let is_exhausted = AtomicBool::new(false);
                Self::Limited(Arc::new(Limits { link: destination.id, max, end, is_exhausted }))
            }
            (LinkState::Active, None, Some(end)) => Self::Until(end),
            (LinkState::Active, None, None) => Self::Plain,
        }
    }

    /// What it was told beyond its target and its status, as a destination has it.
    pub(super) fn kept(&self) -> Kept {
        let (state, expires_at, max_clicks) = match self {
            Self::Plain => (LinkState::Active, None, None),
            Self::Until(end) => (LinkState::Active, Some(*end), None),
            Self::Limited(limits) => (LinkState::Active, limits.end, Some(limits.max)),
            Self::Gone => (LinkState::Disabled, None, None),
            Self::Told(terms) => return Kept { conduct: terms.conduct(), ..terms.then.kept() },
        };
        Kept { state, expires_at, max_clicks, conduct: Conduct::default() }
    }
}

/// What a plan was made of.
pub(super) struct Kept {
    pub(super) state: LinkState,
    pub(super) expires_at: Option<Millis>,
    pub(super) max_clicks: Option<MaxClicks>,
    pub(super) conduct: Conduct,
}

impl Terms {
    fn conduct(&self) -> Conduct {
        let text = |location: &HeaderValue| String::from_utf8_lossy(location.as_bytes()).into();
        Conduct {
            not_before: self.not_before,
            fallback_url: self.fallback.as_ref().map(text),
            cache_seconds: self.cache_seconds,
            forwards_query: self.forwards_query,
            password: self.password.clone(),
        }
    }
}

/// Where the link goes at its end. One that Carom would not have stored is left out: a row planted by
/// hand must not become an open redirect.
fn fallback(destination: &Destination, own: &OwnHosts) -> Option<HeaderValue> {
    let url = destination.conduct.fallback_url.as_ref()?;
    let target = Target::parse(url, own).ok().filter(|target| target.as_str() == url);
    if target.is_none() {
        tracing::error!(link = %destination.id, "the stored fallback target is not valid and will not be sent to anyone");
    }
    HeaderValue::try_from(target?.as_str()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_few_links_are_told_makes_no_other_link_larger() {
        assert_eq!(size_of::<Plan>(), 2 * size_of::<Millis>());
    }
}
