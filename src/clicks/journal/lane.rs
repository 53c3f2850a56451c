//! The journal of one edge thread: where it appends, and where its segments come from.

use std::sync::Arc;

use crossbeam_queue::ArrayQueue;

use super::counts::{CountKey, CountsWriter};
use super::format::{self, RecordBuffer, SMALL_BYTES};
use super::map::SegmentWriter;
use super::record::Click;
use crate::metrics::Captured;

/// Segments of each kind that wait for an appender at most.
pub const READY_MAX: usize = 64;

/// Files that the segments of one thread keep open at most: large ones that are ready (half of the
/// queue), small ones, counts, and those that were left a moment ago and are being synced.
pub const DESCRIPTORS_MAX: usize = READY_MAX / 2 + 8;

/// A segment to append to.
pub struct ReadySegment {
    /// Where to append.
    pub writer: SegmentWriter,
    /// What marks its records.
    pub epoch: u64,
}

/// What an appender and the keeper share: segments that are ready.
pub struct Lane {
    pub(super) small: ArrayQueue<ReadySegment>,
    pub(super) large: ArrayQueue<ReadySegment>,
    pub(super) counts: ArrayQueue<CountsWriter>,
}

impl Default for Lane {
    fn default() -> Self {
        Self {
            small: ArrayQueue::new(READY_MAX),
            large: ArrayQueue::new(READY_MAX),
            counts: ArrayQueue::new(READY_MAX),
        }
    }
}

impl Lane {
    fn has_segments(&self) -> bool {
        !self.small.is_empty() || !self.large.is_empty()
    }
}

/// Appends the clicks of one edge thread.
pub struct Appender {
    lane: Arc<Lane>,
    current: Option<ReadySegment>,
    counts: Option<CountsWriter>,
    /// Whether the last segment was filled before it was left.
    is_busy: bool,
    sequence: u64,
    buffer: RecordBuffer,
}

impl Appender {
    /// An appender that takes its segments from `lane`.
    #[must_use]
    pub fn new(lane: Arc<Lane>) -> Self {
        Self {
            lane,
            current: None,
            counts: None,
            is_busy: false,
            sequence: 0,
            buffer: RecordBuffer::new(),
        }
    }

    /// Journals a click. Waits for nothing: where the disk is full, or slower than the clicks, only
    /// sums are kept.
    pub fn append(&mut self, click: &Click<'_>) -> Captured {
        // Twice at most: a segment that is full is left, and the next one is empty.
        for _ in 0..2 {
            if self.current.is_none() {
                self.current = self.take();
            }
            let Some(segment) = &mut self.current else { break };
            let length = format::encode(click, segment.epoch, self.sequence + 1, &mut self.buffer);
            if segment.writer.append(self.buffer.bytes(length)) {
                self.sequence += 1;
                return Captured::Journaled;
            }
            self.current = None;
            self.is_busy = true;
        }
        self.count(click)
    }

    /// Leaves what was written to, if there is another to go on with: only what was left is synced,
    /// and counted. While the disk holds the keeper up, what is there must last.
    pub fn leave(&mut self) {
        if let Some(segment) = &self.current {
            let used = segment.writer.used();
            self.is_busy = used > SMALL_BYTES / 2;
            if used > 0 && self.lane.has_segments() {
                self.current = None;
            }
        }
        let is_used = self.counts.as_ref().is_some_and(CountsWriter::is_used);
        if is_used && !self.lane.counts.is_empty() {
            self.counts = None;
        }
    }

    fn take(&self) -> Option<ReadySegment> {
        let Lane { small, large, .. } = &*self.lane;
        if self.is_busy {
            large.pop().or_else(|| small.pop())
        } else {
            small.pop().or_else(|| large.pop())
        }
    }

    fn count(&mut self, click: &Click<'_>) -> Captured {
        let key = CountKey {
            link: click.link,
            workspace: click.workspace,
            domain: click.domain,
            quarter: click.at.quarter(),
        };
        for _ in 0..2 {
            if self.counts.is_none() {
                self.counts = self.lane.counts.pop();
            }
            let Some(counts) = &mut self.counts else { break };
            if counts.add(key, click.audience()) {
                return Captured::Counted;
            }
            if self.lane.counts.is_empty() {
                break;
            }
            self.counts = None;
        }
        Captured::Unrecorded
    }
}
