//! Visitors that the store has not got yet: a sketch a link and UTC day.
//!
//! A sketch begins with room for eight visitors and grows with them to 4 KB at most, so that many
//! links with few visitors stay cheap.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use datasketches::hll::HllSketch;
use foldhash::fast::RandomState;

use super::sketch;
use crate::model::id::{LinkId, WorkspaceId};
use crate::model::time::Millis;
use crate::store::sketches::{SketchKey, SketchRow};

/// Time between two writes of the same sketch.
pub const FLUSH_EVERY: Duration = Duration::from_secs(60);

/// Memory for sketches: some 60,000 links with a few visitors each, or 4,000 with very many.
pub const BYTES_MAX: usize = 16 * 1024 * 1024;

/// Memory of an entry beside its visitors: the table keeps up to half of its places free.
const ENTRY_BYTES: usize = 2 * size_of::<(SketchKey, Pending)>();

/// The visitors of all links since the last flush.
pub struct Sketches {
    pending: HashMap<SketchKey, Pending, RandomState>,
    bytes: usize,
    bytes_max: usize,
    flushed_at: Instant,
}

struct Pending {
    workspace: WorkspaceId,
    sketch: HllSketch,
}

impl Sketches {
    /// None so far; full when they take `bytes_max` (see [`BYTES_MAX`]).
    #[must_use]
    pub fn new(bytes_max: usize, now: Instant) -> Self {
        Self { pending: HashMap::default(), bytes: 0, bytes_max, flushed_at: now }
    }

    /// Adds a visitor of a link; 0 is none. The same visitor again changes nothing.
    pub fn add(&mut self, link: LinkId, workspace: WorkspaceId, at: Millis, visitor: u64) {
        if visitor != 0 {
            let key = SketchKey { link, day: at.day() };
            self.change(key, workspace, |sketch| sketch::add(sketch, visitor));
        }
    }

    fn change(
        &mut self,
        key: SketchKey,
        workspace: WorkspaceId,
        change: impl FnOnce(&mut HllSketch),
    ) {
        let bytes = &mut self.bytes;
        let pending = self.pending.entry(key).or_insert_with(|| {
            let sketch = sketch::empty();
            *bytes += ENTRY_BYTES + sketch.estimated_size();
            Pending { workspace, sketch }
        });
        *bytes -= pending.sketch.estimated_size();
        change(&mut pending.sketch);
        *bytes += pending.sketch.estimated_size();
    }

    /// Whether they take as much memory as they may. Adding goes on, but whoever adds must flush at
    /// once and, while the store is away, stop adding: what was not added can be replayed.
    #[must_use]
    pub fn is_full(&self) -> bool {
        self.bytes >= self.bytes_max
    }

    /// Whether there is something to write, and it is time.
    #[must_use]
    pub fn is_due(&self, now: Instant) -> bool {
        let is_time = now.saturating_duration_since(self.flushed_at) >= FLUSH_EVERY;
        !self.pending.is_empty() && (is_time || self.is_full())
    }

    /// Everything, in the order of its keys, to be written.
    pub fn take(&mut self, now: Instant) -> Vec<SketchRow> {
        self.flushed_at = now;
        self.bytes = 0;
        let mut rows: Vec<SketchRow> = std::mem::take(&mut self.pending)
            .into_iter()
            .map(|(key, Pending { workspace, sketch })| SketchRow {
                key,
                workspace,
                sketch: sketch::encode(&sketch),
            })
            .collect();
        rows.sort_unstable_by_key(|row| row.key);
        rows
    }

    /// Takes back what could not be written; what was written all the same does no harm.
    pub fn restore(&mut self, rows: &[SketchRow]) {
        for row in rows {
            self.change(row.key, row.workspace, |sketch| {
                sketch::add_stored(sketch, &row.sketch);
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clicks::visitors::estimate;
    use crate::model::time::DAY_MS;

    const NOON: Millis = Millis::from_epoch(20_000 * DAY_MS + DAY_MS / 2);

    fn room(bytes_max: usize) -> (Sketches, Instant) {
        let now = Instant::now();
        (Sketches::new(bytes_max, now), now)
    }

    fn estimates(rows: &[SketchRow]) -> Vec<u64> {
        rows.iter().map(|row| estimate(&row.sketch).expect("a sketch")).collect()
    }

    #[test]
    fn a_visitor_counts_once_a_link_and_day_and_nobody_not_at_all() {
        let (mut sketches, now) = room(BYTES_MAX);
        let (link, other) = (LinkId::from_stored(1), LinkId::from_stored(2));
        let workspace = WorkspaceId::random();
        for _ in 0..2 {
            sketches.add(link, workspace, NOON, 7);
            sketches.add(link, workspace, NOON, 8);
            sketches.add(link, workspace, Millis::from_epoch(NOON.get() + DAY_MS), 7);
            sketches.add(other, workspace, NOON, 7);
            sketches.add(other, workspace, NOON, 0);
        }
        sketches.add(LinkId::from_stored(3), workspace, NOON, 0);

        let rows = sketches.take(now);
        let keys: Vec<_> = rows.iter().map(|row| (row.key.link.get(), row.key.day)).collect();
        let day = NOON.day();
        let next = Millis::from_epoch(day.get() + DAY_MS);
        assert_eq!(keys, [(1, day), (1, next), (2, day)]);
        assert_eq!(estimates(&rows), [2, 1, 1]);
        assert_eq!(sketches.take(now), []);
    }

    #[test]
    fn a_flush_is_due_after_a_minute_or_when_they_are_full() {
        let (mut sketches, began) = room(3 * (ENTRY_BYTES + sketch::empty().estimated_size()));
        let workspace = WorkspaceId::random();
        assert!(!sketches.is_due(began + FLUSH_EVERY), "there is nothing");
        sketches.add(LinkId::random(), workspace, NOON, 1);
        assert!(!sketches.is_due(began + FLUSH_EVERY - Duration::from_millis(1)));
        assert!(sketches.is_due(began + FLUSH_EVERY));

        sketches.add(LinkId::random(), workspace, NOON, 1);
        assert!(!sketches.is_full());
        sketches.add(LinkId::random(), workspace, NOON, 1);
        assert!(sketches.is_full() && sketches.is_due(began));

        let later = began + FLUSH_EVERY;
        assert_eq!(sketches.take(later).len(), 3);
        sketches.add(LinkId::random(), workspace, NOON, 1);
        assert!(!sketches.is_full() && !sketches.is_due(later + FLUSH_EVERY / 2));
    }

    #[test]
    fn what_comes_back_joins_what_was_added_meanwhile() {
        let (mut sketches, now) = room(BYTES_MAX);
        let (link, workspace) = (LinkId::random(), WorkspaceId::random());
        (1..=20).for_each(|visitor| sketches.add(link, workspace, NOON, visitor));
        let rows = sketches.take(now);
        (11..=30).for_each(|visitor| sketches.add(link, workspace, NOON, visitor));

        sketches.restore(&rows);
        sketches.restore(&rows);

        assert_eq!(estimates(&sketches.take(now)), [30]);
    }

    #[test]
    fn one_link_with_very_many_visitors_does_not_fill_them() {
        let (mut sketches, now) = room(64 * 1024);
        let (link, workspace) = (LinkId::random(), WorkspaceId::random());
        (1..=100_000).for_each(|visitor| sketches.add(link, workspace, NOON, visitor));
        assert!(!sketches.is_full());
        let rows = sketches.take(now);
        sketches.restore(&rows);
        assert!(!sketches.is_full());
    }
}
