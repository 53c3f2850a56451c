//! The journal of one edge thread: where it appends, and where its segments come from.

use std::sync::Arc;

use crossbeam_queue::ArrayQueue;

use super::format::{self, RecordBuffer};
use super::map::SegmentWriter;
use super::record::Click;

/// Segments that wait for an appender at most.
pub const READY_MAX: usize = 32;

/// A segment to append to.
pub struct ReadySegment {
    /// Where to append.
    pub writer: SegmentWriter,
    /// What marks its records.
    pub epoch: u64,
}

/// What an appender and the keeper share: segments that are ready, in order.
pub struct Lane {
    ready: ArrayQueue<ReadySegment>,
}

impl Default for Lane {
    fn default() -> Self {
        Self { ready: ArrayQueue::new(READY_MAX) }
    }
}

impl Lane {
    /// Hands a segment over. The keeper looks first that there is room.
    pub(super) fn offer(&self, segment: ReadySegment) {
        // Beyond the room it would be dropped, and so left empty: nothing is lost.
        drop(self.ready.push(segment));
    }

    /// Segments that wait.
    pub(super) fn waiting(&self) -> usize {
        self.ready.len()
    }
}

/// Appends the clicks of one edge thread.
pub struct Appender {
    lane: Arc<Lane>,
    current: Option<ReadySegment>,
    sequence: u64,
    buffer: RecordBuffer,
}

impl Appender {
    /// An appender that takes its segments from `lane`.
    #[must_use]
    pub fn new(lane: Arc<Lane>) -> Self {
        Self { lane, current: None, sequence: 0, buffer: RecordBuffer::new() }
    }

    /// Journals a click. `false` when there is no segment to write to: the disk is full, or slower
    /// than the clicks.
    pub fn append(&mut self, click: &Click<'_>) -> bool {
        // Twice at most: a segment that is full is left, and the next one is empty.
        for _ in 0..2 {
            if self.current.is_none() {
                self.current = self.lane.ready.pop();
            }
            let Some(segment) = &mut self.current else { return false };
            let length = format::encode(click, segment.epoch, self.sequence + 1, &mut self.buffer);
            if segment.writer.append(self.buffer.bytes(length)) {
                self.sequence += 1;
                return true;
            }
            self.current = None;
        }
        false
    }

    /// Leaves the current segment if anything was appended: only left segments are synced.
    pub fn leave(&mut self) {
        if self.current.as_ref().is_some_and(|segment| segment.writer.is_used()) {
            self.current = None;
        }
    }
}
