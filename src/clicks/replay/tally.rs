//! The sums of one counts segment. It is a stream of its own: a position in it is a slot's number.

use std::sync::Arc;
use std::time::Instant;

use super::source::Size;
use crate::clicks::journal::counts::{self, CountsReader, Slot};
use crate::clicks::journal::keeper::{CountsSegment, SegmentFile};
use crate::clicks::journal::leftover::OldSegment;
use crate::clicks::journal::publish::Published;
use crate::model::id::StreamId;

/// One counts segment.
pub struct Tally {
    id: StreamId,
    file: Option<SegmentFile>,
    body: Body,
    read: u64,
    absorbed: u64,
    absorbed_at: Option<Instant>,
    seen_at: Instant,
    /// For the keeper, which bounds how many there are.
    _in_use: Option<Arc<Published>>,
}

enum Body {
    /// An edge thread may still count in it.
    Open(CountsReader),
    /// Nobody does any more.
    Left(Vec<Slot>),
}

impl Tally {
    /// A segment of this process.
    #[must_use]
    pub fn live(segment: CountsSegment) -> Self {
        let in_use = segment.reader.in_use();
        let body = Body::Open(segment.reader);
        Self { _in_use: Some(in_use), ..Self::new(segment.stream, segment.file, body) }
    }

    /// A segment of an earlier one.
    #[must_use]
    pub fn left(stream: StreamId, segment: OldSegment) -> Self {
        let (bytes, file) = match segment.read() {
            Ok(bytes) => (bytes, Some(segment.file)),
            Err(error) => {
                let file = segment.file.path.display();
                tracing::error!(%file, %error, "a counts segment cannot be read: its clicks are lost");
                // Not to be used again: somebody may read it yet.
                (Vec::new(), None)
            }
        };
        Self::new(stream, file, Body::Left(counts::decode(&bytes, segment.epoch)))
    }

    fn new(id: StreamId, file: Option<SegmentFile>, body: Body) -> Self {
        let seen_at = Instant::now();
        let _in_use = None;
        Self { id, file, body, read: 0, absorbed: 0, absorbed_at: None, seen_at, _in_use }
    }

    /// Its stream's id.
    #[must_use]
    pub fn id(&self) -> StreamId {
        self.id
    }

    /// The position that the store has.
    #[must_use]
    pub fn absorbed(&self) -> u64 {
        self.absorbed
    }

    /// The last slot that was read.
    #[must_use]
    pub fn last_read(&self) -> u64 {
        self.read
    }

    /// What of it is on disk, once it was left.
    #[must_use]
    pub fn size(&self) -> Size {
        let bytes = match (&self.file, &self.body) {
            (Some(file), Body::Left(_)) => file.bytes as u64,
            _ => return Size::default(),
        };
        match self.absorbed_at {
            None => Size { kept: bytes, waiting: bytes, age: self.seen_at.elapsed() },
            Some(_) => Size { kept: bytes, ..Size::default() },
        }
    }

    /// Takes its sums in, once it was left.
    pub fn poll(&mut self) {
        if let Body::Open(reader) = &self.body
            && let Some(slots) = reader.slots()
        {
            self.body = Body::Left(slots);
            self.seen_at = Instant::now();
        }
    }

    /// Hands slots to `each` until it has enough.
    pub fn read(&mut self, mut each: impl FnMut(&Slot) -> bool) {
        let Body::Left(slots) = &self.body else { return };
        let next = slots.partition_point(|slot| slot.number <= self.read);
        for slot in &slots[next..] {
            self.read = slot.number;
            if !each(slot) {
                return;
            }
        }
    }

    /// The store has everything up to here.
    pub fn settle(&mut self, position: u64) {
        self.absorbed = position;
        if let Body::Left(slots) = &self.body
            && slots.last().is_none_or(|last| last.number <= position)
        {
            self.absorbed_at.get_or_insert_with(Instant::now);
        }
    }

    /// Goes to a position that the store turned out to have.
    pub fn go_to(&mut self, position: u64) {
        (self.absorbed, self.read, self.absorbed_at) = (position, position, None);
    }

    /// Whether it was absorbed before `before`, so that it can go; what is in memory alone goes at once.
    #[must_use]
    pub fn is_over(&self, before: Option<Instant>) -> bool {
        self.absorbed_at.is_some_and(|at| self.file.is_none() || Some(at) <= before)
    }

    /// Its file, if there is one.
    #[must_use]
    pub fn into_file(self) -> Option<SegmentFile> {
        self.file
    }
}
