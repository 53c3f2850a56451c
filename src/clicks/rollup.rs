//! Clicks become sums: by quarter hour, and by hour for each value of a dimension; for their link,
//! their domain and their workspace.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::Arc;

use foldhash::fast::RandomState;

use super::caps::Caps;
use super::journal::counts::Slot;
use crate::model::click::{Audience, ClickCount};
use crate::model::dimension::{Dimension, OTHER};
use crate::model::id::{DomainId, LinkId, SubjectId, WorkspaceId};
use crate::model::time::Millis;
use crate::store::clicks::{ClickRows, ClickSum, ValueSum, Visit};

type Map<K, V> = HashMap<K, V, RandomState>;

/// What a batch adds up to.
pub struct Rollup {
    sums: Map<(SubjectId, Millis), ClickSum>,
    values: Map<(SubjectId, Dimension, Millis, Arc<str>), ValueSum>,
    visits: Vec<Visit>,
    links: Map<LinkId, ClickCount>,
    caps: Caps,
    other: Arc<str>,
}

/// A finished batch: its rows, and how many clicks of each link they are.
pub struct RolledUp {
    /// What the store gets.
    pub rows: ClickRows,
    /// What is no longer pending then, as the edge counted it.
    pub links: Vec<(LinkId, ClickCount)>,
}

impl Default for Rollup {
    fn default() -> Self {
        Self {
            sums: Map::default(),
            values: Map::default(),
            visits: Vec::new(),
            links: Map::default(),
            caps: Caps::default(),
            other: Arc::from(OTHER),
        }
    }
}

impl Rollup {
    /// Adds one click that the edge counted as one of `counted_as`.
    pub fn add(&mut self, visit: Visit, counted_as: Audience) {
        let (quarter, hour, workspace) = (visit.at.quarter(), visit.at.hour(), visit.workspace);
        let count = visit.audience.once();
        self.links.entry(visit.link).or_default().add(counted_as.once());
        for subject in self.sum(visit.link, visit.domain, workspace, quarter, count) {
            for (dimension, value) in visit.values.known() {
                self.add_value(subject, workspace, dimension, hour, value, count);
            }
        }
        self.visits.push(visit);
    }

    /// Adds clicks of which nothing but the number is known.
    pub fn add_slot(&mut self, slot: &Slot) {
        let key = slot.key;
        self.links.entry(key.link).or_default().add(slot.count);
        self.sum(key.link, key.domain, key.workspace, key.quarter, slot.count);
    }

    fn sum(
        &mut self,
        link: LinkId,
        domain: DomainId,
        workspace: WorkspaceId,
        quarter: Millis,
        count: ClickCount,
    ) -> [SubjectId; 3] {
        let subjects = [link.into(), domain.into(), workspace.into()];
        for subject in subjects {
            let fresh = ClickSum { subject, workspace, quarter, count: ClickCount::default() };
            self.sums.entry((subject, quarter)).or_insert(fresh).count.add(count);
        }
        subjects
    }

    fn add_value(
        &mut self,
        subject: SubjectId,
        workspace: WorkspaceId,
        dimension: Dimension,
        hour: Millis,
        value: &Arc<str>,
        count: ClickCount,
    ) {
        let value = match self.caps.admits(subject, dimension, hour, value) {
            true => Arc::clone(value),
            false => Arc::clone(&self.other),
        };
        match self.values.entry((subject, dimension, hour, value)) {
            Entry::Occupied(mut sum) => sum.get_mut().count.add(count),
            Entry::Vacant(place) => {
                let value = Arc::clone(&place.key().3);
                place.insert(ValueSum { subject, workspace, dimension, hour, value, count });
            }
        }
    }

    /// Rows so far.
    #[must_use]
    pub fn rows(&self) -> usize {
        2 * self.sums.len() + self.values.len() + self.visits.len()
    }

    /// Takes everything, in the order of its keys; begins anew.
    pub fn take(&mut self) -> RolledUp {
        let mut sums: Vec<_> = self.sums.drain().map(|(_, sum)| sum).collect();
        sums.sort_unstable_by_key(|sum| (sum.subject, sum.quarter));
        let mut values: Vec<_> = self.values.drain().map(|(_, sum)| sum).collect();
        values.sort_unstable_by(|a, b| {
            let key = |sum: &ValueSum| (sum.subject, sum.dimension, sum.hour);
            key(a).cmp(&key(b)).then_with(|| a.value.cmp(&b.value))
        });
        // The next batch will be as large.
        let next = Vec::with_capacity(self.visits.len());
        let mut visits = std::mem::replace(&mut self.visits, next);
        visits.sort_unstable_by_key(|visit| (visit.link, visit.at, visit.stream, visit.sequence));
        let links = self.links.drain().collect();
        RolledUp { rows: ClickRows { sums, values, visits }, links }
    }
}
