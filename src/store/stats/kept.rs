//! How long details are kept: upkeep ends them there, and readers know from where on they are whole.

use std::time::Duration;

use crate::model::time::Millis;

/// How long details are kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Kept {
    /// Visits.
    pub visits: Duration,
    /// Dimensions by the hour; afterwards they are folded into UTC days.
    pub hours: Duration,
}

impl Kept {
    /// The first quarter hour of which all visits are still there.
    #[must_use]
    pub fn visits_since(self, now: Millis) -> Millis {
        let at = now.before(self.visits);
        let quarter = at.quarter();
        if quarter == at { at } else { quarter.next_quarter() }
    }

    /// The first UTC day whose hours have not been folded.
    #[must_use]
    pub fn hours_since(self, now: Millis) -> Millis {
        now.before(self.hours).day()
    }
}
