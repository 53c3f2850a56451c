//! A link, ready to answer: everything that can be built before a visitor asks was built when it
//! was loaded.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};

use bytes::Bytes;
use hyper::StatusCode;
use hyper::header::HeaderValue;
use moka::Equivalent;

use super::key::{LinkKey, LinkKeyRef};
use super::plan::{Kept, Plan};
use super::snapshot::file::LinkRow;
use crate::clicks::LinkClicks;
use crate::model::id::{DomainId, LinkId};
use crate::model::link::{Destination, RedirectStatus};
use crate::model::target::{OwnHosts, Target};
use crate::model::time::Millis;

/// How long browsers may remember a `301` or `308`: long enough to be of use, short enough that an
/// edit is seen and later visits are counted.
const PERMANENT_CACHE_CONTROL: &str = "private, max-age=90";

/// A `302` or `307` is asked for again each time.
const TEMPORARY_CACHE_CONTROL: &str = "private, no-store";

/// A link as the edge answers it.
#[derive(Debug)]
pub struct CachedLink {
    key: LinkKey,
    /// Set when it must not answer any more: it was changed, forgotten or evicted. Edge threads that
    /// hold it look here on each hit.
    is_retired: AtomicBool,
    /// The bytes of `Location`.
    pub location: HeaderValue,
    remembered: Remembered,
    /// The status line.
    pub status: StatusCode,
    /// What is left to decide.
    pub plan: Plan,
    /// Where its clicks are counted.
    pub clicks: Arc<LinkClicks>,
    /// When it was read from the store.
    loaded_at: Millis,
    is_refreshing: AtomicBool,
    /// How often moka was told that it is in use, halved at each snapshot.
    heat: AtomicU32,
}

/// Whether browsers may remember a redirect for a while.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Remembered {
    /// Each visit asks again.
    Not,
    /// As its permanent status allows.
    Briefly,
    /// As its plan says.
    AsTold,
}

/// A row whose target is none that Carom would have stored.
#[derive(Debug, thiserror::Error)]
#[error("the stored target of link {link} is not valid and will not be sent to anyone: {why}")]
pub struct BadTarget {
    link: LinkId,
    why: String,
}

impl CachedLink {
    /// Builds the answer of a link that was read at `loaded_at`.
    ///
    /// # Errors
    /// Its target was not written by Carom, or is on one of its `own` hosts.
    pub fn build(
        key: LinkKey,
        destination: &Destination,
        own: &OwnHosts,
        clicks: Arc<LinkClicks>,
        loaded_at: Millis,
    ) -> Result<Self, BadTarget> {
        let bad = |why: String| BadTarget { link: destination.id, why };
        // A row planted by hand must not become an open redirect.
        match Target::parse(&destination.url, own) {
            Ok(target) if target.as_str() == destination.url => {}
            Ok(_) => return Err(bad("it is not in its serialised form".to_owned())),
            Err(error) => return Err(bad(error.to_string())),
        }
        let location = HeaderValue::from_maybe_shared(near(destination.url.as_bytes()))
            .map_err(|e| bad(e.to_string()))?;
        let plan = Plan::of(destination, own);
        Ok(Self {
            key,
            is_retired: AtomicBool::new(false),
            location,
            remembered: Remembered::of(destination, &plan),
            status: status_code(destination.status),
            plan,
            clicks,
            loaded_at,
            is_refreshing: AtomicBool::new(false),
            heat: AtomicU32::new(1),
        })
    }

    /// Whether it is the link of this key.
    #[must_use]
    pub fn is(&self, key: LinkKeyRef<'_>) -> bool {
        key.equivalent(&self.key)
    }

    /// The domain it is on.
    #[must_use]
    pub fn domain(&self) -> DomainId {
        self.key.as_ref().domain
    }

    /// `Cache-Control`.
    #[must_use]
    pub fn cache_control(&self) -> HeaderValue {
        match self.remembered {
            Remembered::Not => HeaderValue::from_static(TEMPORARY_CACHE_CONTROL),
            Remembered::Briefly => HeaderValue::from_static(PERMANENT_CACHE_CONTROL),
            Remembered::AsTold => self.told_cache_control(),
        }
    }

    fn told_cache_control(&self) -> HeaderValue {
        let told = match &self.plan {
            Plan::Told(terms) => terms.cache_control.clone(),
            _ => None,
        };
        told.unwrap_or(HeaderValue::from_static(TEMPORARY_CACHE_CONTROL))
    }

    /// What is to be kept of it for a start without the store.
    #[must_use]
    pub fn row(&self) -> LinkRow {
        let Kept { state, expires_at, max_clicks, conduct } = self.plan.kept();
        let destination = Destination {
            id: self.clicks.link(),
            workspace: self.clicks.workspace(),
            // It was made of a text.
            url: String::from_utf8_lossy(self.location.as_bytes()).into_owned(),
            status: redirect_status(self.status),
            state,
            expires_at,
            max_clicks,
            conduct,
        };
        LinkRow::new(self.key.as_ref(), destination, self.loaded_at)
    }

    /// It was asked for.
    pub(super) fn warm(&self) {
        self.heat.fetch_add(1, Ordering::Relaxed);
    }

    /// How often it was asked for lately, as a sample. Asking halves it.
    pub(super) fn cool(&self) -> u32 {
        let heat = self.heat.load(Ordering::Relaxed);
        self.heat.store(heat / 2, Ordering::Relaxed);
        heat
    }

    /// It answers no more.
    pub fn retire(&self) {
        self.is_retired.store(true, Ordering::Release);
    }

    /// Whether it answers no more.
    #[must_use]
    pub fn is_retired(&self) -> bool {
        self.is_retired.load(Ordering::Acquire)
    }

    /// How long ago it was read, in milliseconds; a clock that went back counts as now.
    #[must_use]
    pub fn age_ms(&self, now: Millis) -> u64 {
        u64::try_from(now.get() - self.loaded_at.get()).unwrap_or(0)
    }

    /// Claims the refresh of this link: `true` for one caller.
    pub fn begin_refresh(&self) -> bool {
        // Looked at first: while a refresh is under way, every hit comes by here.
        !self.is_refreshing.load(Ordering::Relaxed)
            && !self.is_refreshing.swap(true, Ordering::Relaxed)
    }

    /// Gives the claim back after a refresh that failed.
    pub fn end_refresh(&self) {
        self.is_refreshing.store(false, Ordering::Relaxed);
    }
}

impl Remembered {
    fn of(destination: &Destination, plan: &Plan) -> Self {
        // What a browser remembers is neither claimed nor asked for a password.
        let is_asked = destination.max_clicks.is_some() || destination.conduct.password.is_some();
        match plan {
            Plan::Told(terms) if terms.cache_control.is_some() => Self::AsTold,
            _ if destination.status.is_permanent() && !is_asked => Self::Briefly,
            _ => Self::Not,
        }
    }
}

/// Bytes whose count of holders stands right before them: an answer touches both, and elsewhere that
/// would be one more line of memory to wait for.
fn near(bytes: &[u8]) -> Bytes {
    fn held<const N: usize>(bytes: &[u8]) -> Bytes {
        let mut inline = [0; N];
        inline[..bytes.len()].copy_from_slice(bytes);
        Bytes::from_owner(inline).slice(..bytes.len())
    }
    // With the count, these are the allocator's sizes.
    match bytes.len() {
        0..=40 => held::<40>(bytes),
        41..=56 => held::<56>(bytes),
        57..=72 => held::<72>(bytes),
        73..=88 => held::<88>(bytes),
        89..=120 => held::<120>(bytes),
        121..=184 => held::<184>(bytes),
        _ => Bytes::copy_from_slice(bytes),
    }
}

fn status_code(status: RedirectStatus) -> StatusCode {
    match status {
        RedirectStatus::MovedPermanently => StatusCode::MOVED_PERMANENTLY,
        RedirectStatus::Found => StatusCode::FOUND,
        RedirectStatus::TemporaryRedirect => StatusCode::TEMPORARY_REDIRECT,
        RedirectStatus::PermanentRedirect => StatusCode::PERMANENT_REDIRECT,
    }
}

/// The other way round.
fn redirect_status(status: StatusCode) -> RedirectStatus {
    RedirectStatus::try_from(i64::from(status.as_u16())).unwrap_or_default()
}
