//! What is told every second.

use std::collections::VecDeque;
use std::sync::Arc;

use serde::Serialize;

use crate::model::click::Audience;
use crate::model::dimension::Dimension;
use crate::model::id::LinkId;
use crate::model::time::Millis;
use crate::store::clicks::Visit;

/// Visits that are remembered for those who come, or come back.
const REMEMBERED: usize = 100;

/// What happened since the second before.
#[derive(Debug, Clone, Serialize)]
pub struct Beat {
    /// When it was looked at: the event's id.
    pub at: Millis,
    /// Clicks a second, of people and bots.
    pub per_second: u64,
    /// Clicks of the workspace, all in all.
    pub total: u64,
    /// New visits, the newest first. Of very many, the newest.
    pub visits: Vec<Arc<Seen>>,
    /// The links of the last minutes, the most followed first.
    pub top: Vec<Followed>,
}

/// A visit as it is shown.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Seen {
    /// Tells it apart from all others.
    pub key: String,
    /// When it was made.
    pub at: Millis,
    /// The link.
    pub link: LinkId,
    /// Its short URL; the page of a link that is gone has none.
    pub short_url: Option<String>,
    /// Who made it.
    pub is_bot: bool,
    /// Where from.
    pub country: Option<Arc<str>>,
    /// Over which page.
    pub referrer: Option<Arc<str>>,
    /// With what.
    pub browser: Option<Arc<str>>,
    /// On what.
    pub device: Option<Arc<str>>,
}

/// A link of the last minutes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Followed {
    /// The link.
    pub link: LinkId,
    /// Its short URL, if it is still there.
    pub short_url: Option<String>,
    /// Clicks of people.
    pub clicks: u64,
}

impl Seen {
    /// A visit of a link with this short URL.
    pub(super) fn of(visit: &Visit, short_url: Option<String>) -> Self {
        let value = |dimension| visit.values.get(dimension).cloned();
        Self {
            key: key(visit),
            at: visit.at,
            link: visit.link,
            short_url,
            is_bot: visit.audience == Audience::Bots,
            country: value(Dimension::Country),
            referrer: value(Dimension::Referrer),
            browser: value(Dimension::Browser),
            device: value(Dimension::Device),
        }
    }
}

/// What tells a visit apart.
pub(super) fn key(visit: &Visit) -> String {
    format!("{:x}-{:x}", visit.stream.get(), visit.sequence)
}

/// The last visits.
#[derive(Debug, Default)]
pub(super) struct Recent(VecDeque<Arc<Seen>>);

impl Recent {
    /// Whether it holds this visit.
    pub(super) fn has(&self, key: &str) -> bool {
        self.0.iter().any(|seen| seen.key == key)
    }

    /// Remembers new visits, the newest first, and forgets the oldest.
    pub(super) fn add(&mut self, new: &[Arc<Seen>]) {
        for seen in new.iter().rev() {
            self.0.push_front(Arc::clone(seen));
        }
        self.0.truncate(REMEMBERED);
    }

    /// All of them, the newest first.
    pub(super) fn all(&self) -> Vec<Arc<Seen>> {
        self.0.iter().cloned().collect()
    }
}
