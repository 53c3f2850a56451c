//! The records of one edge thread, of this process or of one before it.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use crossbeam_channel::Receiver;

use super::held::{Held, Reading};
use super::source::Size;
use crate::clicks::journal::format::{Record, decode};
use crate::clicks::journal::keeper::{LaneFeed, Segment, SegmentFile};
use crate::clicks::journal::leftover::OldSegment;
use crate::model::id::StreamId;

/// A stream of records.
pub struct Stream {
    id: StreamId,
    /// Where new segments come from; none for a stream that an earlier process has left.
    feed: Option<Receiver<Segment>>,
    /// Made, and nothing seen in them yet.
    unused: Vec<Segment>,
    /// By the sequence of their first record. Complete up to the newest: see [`Stream::poll`].
    segments: BTreeMap<u64, Held>,
    /// The segment that is being read, by its first sequence.
    place: Option<u64>,
    /// The segment that was read to its end, and was the last one then.
    exhausted: Option<u64>,
    /// The sequence of the last record that was read.
    read: u64,
    /// The position that the store has.
    absorbed: u64,
    missing: u64,
}

impl Stream {
    /// A stream that an edge thread writes now.
    #[must_use]
    pub fn live(feed: LaneFeed) -> Self {
        Self::new(feed.stream, Some(feed.segments), BTreeMap::new())
    }

    /// A stream that was left, of which the store has everything up to `absorbed`.
    #[must_use]
    pub fn left(id: StreamId, segments: BTreeMap<u64, OldSegment>) -> Self {
        let segments = segments.into_iter().map(|(first, old)| (first, Held::left(old)));
        Self::new(id, None, segments.collect())
    }

    fn new(id: StreamId, feed: Option<Receiver<Segment>>, segments: BTreeMap<u64, Held>) -> Self {
        let (unused, place, exhausted) = (Vec::new(), None, None);
        Self { id, feed, unused, segments, place, exhausted, read: 0, absorbed: 0, missing: 0 }
    }

    /// Its id.
    #[must_use]
    pub fn id(&self) -> StreamId {
        self.id
    }

    /// The position that the store has.
    #[must_use]
    pub fn absorbed(&self) -> u64 {
        self.absorbed
    }

    /// The sequence of the last record that was read.
    #[must_use]
    pub fn last_read(&self) -> u64 {
        self.read
    }

    /// Records that turned out to be missing since the last call.
    pub fn take_missing(&mut self) -> u64 {
        std::mem::take(&mut self.missing)
    }

    /// What of it is on disk.
    #[must_use]
    pub fn size(&self) -> Size {
        let waits = |held: &&Held| held.absorbed_at.is_none();
        let bytes = |held: &Held| held.bytes() as u64;
        Size {
            kept: self.segments.values().map(bytes).sum(),
            waiting: self.segments.values().filter(waits).map(bytes).sum(),
            age: self
                .segments
                .values()
                .find(waits)
                .map_or(Duration::ZERO, |held| held.seen_at.elapsed()),
        }
    }

    /// Takes in what is new. Segments that nobody reads or writes now wait on disk, so that memory
    /// stays flat however long the store is away.
    pub fn poll(&mut self, done: &mut Vec<SegmentFile>) {
        if let Some(feed) = &self.feed {
            self.unused.extend(feed.try_iter());
        }
        // A thread uses its segments in an order of its own. Whoever sees a record sees all records
        // before it, so another look after each find leaves no gap before what was found.
        while self.find_used(done) {}
        let place = self.place;
        for (first, held) in &mut self.segments {
            if Some(*first) != place {
                held.put_away();
            }
        }
    }

    fn find_used(&mut self, done: &mut Vec<SegmentFile>) -> bool {
        let mut has_found = false;
        for segment in std::mem::take(&mut self.unused) {
            let is_left = segment.reader.is_left();
            match decode(segment.reader.fresh(), segment.epoch) {
                Some(record) => {
                    let first = record.sequence;
                    self.segments.insert(first, Held::mapped(segment));
                    has_found = true;
                }
                None if is_left => done.push(segment.file),
                None => self.unused.push(segment),
            }
        }
        has_found
    }

    /// Hands records to `each` until it has enough or there are no more for now.
    pub fn read(&mut self, mut each: impl FnMut(&Record<'_>) -> bool) {
        while let Some(place) = self.next_place() {
            let is_exhausted = self.exhausted == Some(place);
            if !is_exhausted && let Some(held) = self.segments.get_mut(&place) {
                let (reading, missing) = held.read(&mut self.read, &mut each);
                self.missing = self.missing.saturating_add(missing);
                if reading != Reading::Over {
                    return;
                }
                held.put_away();
                self.exhausted = Some(place);
            }
            let Some((&next, _)) = self.segments.range(place + 1..).next() else { return };
            self.place = Some(next);
        }
    }

    fn next_place(&mut self) -> Option<u64> {
        if self.place.is_none() {
            let next = self.read + 1;
            let holding = self.segments.range(..=next).next_back();
            self.place = holding.or(self.segments.iter().next()).map(|(first, _)| *first);
        }
        self.place
    }

    /// The store has everything up to here.
    pub fn settle(&mut self, position: u64) {
        self.absorbed = position;
        let now = Instant::now();
        let last_is_past = self.exhausted.is_some() && position >= self.read;
        let mut next_first = None;
        for (first, held) in self.segments.iter_mut().rev() {
            let is_past = match next_first {
                Some(next) => next <= position + 1,
                None => last_is_past && self.exhausted == Some(*first),
            };
            if is_past {
                held.absorbed_at.get_or_insert(now);
            }
            next_first = Some(*first);
        }
    }

    /// Goes back, or on, to a position that the store turned out to have. What is read next are the
    /// records above it that are still there; returns how many are not.
    pub fn go_to(&mut self, position: u64) -> u64 {
        self.absorbed = position;
        let kept_from = self.segments.keys().next().copied().unwrap_or(self.read + 1);
        let gone = kept_from.saturating_sub(position + 1);
        self.read = position.max(kept_from - 1);
        for held in self.segments.values_mut() {
            held.rewind();
            held.absorbed_at = None;
        }
        (self.place, self.exhausted) = (None, None);
        gone
    }

    /// Gives back segments that were absorbed before `before`, oldest first.
    pub fn release(&mut self, before: Option<Instant>, done: &mut Vec<SegmentFile>) {
        while let Some(oldest) = self.segments.first_entry() {
            let is_old = oldest.get().absorbed_at.is_some_and(|at| Some(at) <= before);
            if !is_old {
                return;
            }
            if self.place == Some(*oldest.key()) {
                self.place = None;
            }
            done.extend(oldest.remove().into_file());
        }
    }

    /// Whether nothing of it is left, and nothing will come.
    #[must_use]
    pub fn is_over(&self) -> bool {
        self.feed.is_none() && self.segments.is_empty()
    }
}
