//! One segment of a stream: mapped while it is written or read, on disk while it waits.

use std::time::Instant;

use crate::clicks::journal::directory::will_pass;
use crate::clicks::journal::format::Record;
use crate::clicks::journal::keeper::{Segment, SegmentFile};
use crate::clicks::journal::leftover::{self, OldSegment};
use crate::clicks::journal::map::SegmentReader;
use crate::clicks::journal::recovery::Records;

/// What came of reading a segment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reading {
    /// The caller has enough for now.
    Stopped,
    /// There is no more yet.
    Waiting,
    /// There will be no more.
    Over,
}

/// A segment with something in it.
pub struct Held {
    body: Body,
    epoch: u64,
    file: SegmentFile,
    state: FileState,
    /// When it was first seen.
    pub seen_at: Instant,
    /// When everything in it was absorbed.
    pub absorbed_at: Option<Instant>,
}

/// What is known of the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum FileState {
    Sound,
    /// This process had no room to read it, and said so.
    Waiting,
    /// It cannot be read.
    Lost,
}

enum Body {
    Mapped(SegmentReader),
    OnDisk,
    /// Read from the disk, and how far it was walked over.
    Loaded {
        bytes: Vec<u8>,
        at: usize,
    },
}

impl Held {
    /// A segment of this process.
    #[must_use]
    pub fn mapped(segment: Segment) -> Self {
        let Segment { reader, epoch, file } = segment;
        Self::new(Body::Mapped(reader), epoch, file)
    }

    /// A segment of an earlier one.
    #[must_use]
    pub fn left(segment: OldSegment) -> Self {
        let OldSegment { file, epoch, .. } = segment;
        Self::new(Body::OnDisk, epoch, file)
    }

    fn new(body: Body, epoch: u64, file: SegmentFile) -> Self {
        let (state, seen_at) = (FileState::Sound, Instant::now());
        Self { body, epoch, file, state, seen_at, absorbed_at: None }
    }

    /// Bytes of its file.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.file.bytes
    }

    /// Keeps it on disk alone, if nobody writes to it any more.
    pub fn put_away(&mut self) {
        if self.is_complete() {
            self.body = Body::OnDisk;
        }
    }

    /// Whether nobody writes to it any more.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        match &self.body {
            Body::Mapped(reader) => reader.is_left(),
            Body::OnDisk | Body::Loaded { .. } => true,
        }
    }

    /// Reads from its first record again.
    pub fn rewind(&mut self) {
        match &mut self.body {
            Body::Mapped(reader) => reader.rewind(),
            Body::OnDisk => {}
            Body::Loaded { at, .. } => *at = 0,
        }
    }

    /// Its file, which nobody uses any more; none if it could not be read: somebody may yet.
    #[must_use]
    pub fn into_file(self) -> Option<SegmentFile> {
        (self.state != FileState::Lost).then_some(self.file)
    }

    /// Hands the records above `last` to `each` until it has enough, and moves `last` on. Returns how
    /// many are missing among them as well.
    pub fn read(
        &mut self,
        last: &mut u64,
        each: &mut dyn FnMut(&Record<'_>) -> bool,
    ) -> (Reading, u64) {
        if matches!(self.body, Body::OnDisk) {
            let Some(bytes) = self.load() else { return (Reading::Waiting, 0) };
            self.body = Body::Loaded { bytes, at: 0 };
        }
        // Asked before what was published is: nothing is published after it is true.
        let is_complete = self.is_complete();
        let fresh = match &self.body {
            Body::Mapped(reader) => reader.fresh(),
            Body::OnDisk => &[],
            Body::Loaded { bytes, at } => &bytes[*at..],
        };
        let mut records = Records::new(fresh, self.epoch, *last);
        let mut has_enough = false;
        while !has_enough && let Some(record) = records.next() {
            *last = record.sequence;
            has_enough = !each(&record);
        }
        let (walked, missing) = (records.at(), records.missing());
        match &mut self.body {
            Body::Mapped(reader) => reader.consume(walked),
            Body::OnDisk => {}
            Body::Loaded { at, .. } => *at += walked,
        }
        let reading = match (has_enough, is_complete) {
            (true, _) => Reading::Stopped,
            (false, true) => Reading::Over,
            (false, false) => Reading::Waiting,
        };
        (reading, missing)
    }

    /// Everything in the file; nothing if it is lost, `None` if it can be read later.
    fn load(&mut self) -> Option<Vec<u8>> {
        let error = match leftover::read(&self.file.path) {
            Ok(bytes) => {
                self.state = FileState::Sound;
                return Some(bytes);
            }
            Err(error) => error,
        };
        let file = self.file.path.display();
        let (state, bytes) = match will_pass(&error) {
            true => (FileState::Waiting, None),
            false => (FileState::Lost, Some(Vec::new())),
        };
        if self.state != state && state == FileState::Lost {
            tracing::error!(%file, %error, "a journal segment cannot be read: its clicks are lost");
        } else if self.state != state {
            tracing::warn!(%file, %error, "a journal segment cannot be read now");
        }
        self.state = state;
        bytes
    }
}
