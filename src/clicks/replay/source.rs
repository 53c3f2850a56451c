//! A stream of records or the sums of a counts segment, as a batch sees them.

use std::time::{Duration, Instant};

use super::stream::Stream;
use super::tally::Tally;
use crate::clicks::journal::counts::Slot;
use crate::clicks::journal::format::Record;
use crate::clicks::journal::keeper::SegmentFile;
use crate::model::click::ClickCount;
use crate::model::id::{LinkId, StreamId, WorkspaceId};
use crate::store::clicks::{Ahead, Mark};

/// Where clicks are replayed from, and what the store has of them.
pub struct Source {
    kept: Kept,
    /// What the store has above the position.
    ahead: Option<Ahead>,
}

enum Kept {
    /// Records of an edge thread.
    Records(Stream),
    /// Sums of clicks that found no room for a record.
    Sums(Tally),
}

/// What is replayed.
#[derive(Debug, Clone, Copy)]
pub enum Replayed<'r> {
    /// One click.
    Click(&'r Record<'r>),
    /// Several clicks on one link.
    Sum(&'r Slot),
}

/// How much of the journal's disk clicks take.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Size {
    /// Bytes of all segments with clicks in them.
    pub kept: u64,
    /// Bytes of those whose clicks the store has not got.
    pub waiting: u64,
    /// How long the oldest of them waits.
    pub age: Duration,
}

impl Size {
    /// Both together.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        Self {
            kept: self.kept + other.kept,
            waiting: self.waiting + other.waiting,
            age: self.age.max(other.age),
        }
    }
}

/// What a survey found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Survey {
    /// Clicks that the store has not got.
    pub clicks: u64,
    /// Clicks above the position that are gone.
    pub gone: u64,
}

impl Replayed<'_> {
    /// Its place in its stream.
    #[must_use]
    pub fn position(&self) -> u64 {
        match self {
            Self::Click(record) => record.sequence,
            Self::Sum(slot) => slot.number,
        }
    }

    /// The link that was followed, and the workspace that owned it then.
    #[must_use]
    pub fn link(&self) -> (LinkId, WorkspaceId) {
        match self {
            Self::Click(record) => (record.click.link, record.click.workspace),
            Self::Sum(slot) => (slot.key.link, slot.key.workspace),
        }
    }

    /// Whether the store has it, if it has this of the stream.
    #[must_use]
    pub fn is_in(&self, mark: &Mark) -> bool {
        mark.has(self.link().0, self.position())
    }

    /// How many clicks it is, as the edge counted them.
    #[must_use]
    pub fn count(&self) -> ClickCount {
        match self {
            Self::Click(record) => record.click.audience().once(),
            Self::Sum(slot) => slot.count,
        }
    }
}

impl Source {
    /// Records of an edge thread.
    #[must_use]
    pub fn records(stream: Stream) -> Self {
        Self { kept: Kept::Records(stream), ahead: None }
    }

    /// Sums of clicks that found no room for a record.
    #[must_use]
    pub fn sums(tally: Tally) -> Self {
        Self { kept: Kept::Sums(tally), ahead: None }
    }

    /// The stream that its positions belong to.
    #[must_use]
    pub fn id(&self) -> StreamId {
        match &self.kept {
            Kept::Records(stream) => stream.id(),
            Kept::Sums(tally) => tally.id(),
        }
    }

    /// What the store has.
    #[must_use]
    pub fn mark(&self) -> Mark {
        let position = match &self.kept {
            Kept::Records(stream) => stream.absorbed(),
            Kept::Sums(tally) => tally.absorbed(),
        };
        Mark { position, ahead: self.ahead }
    }

    /// The position up to which it was read.
    #[must_use]
    pub fn last_read(&self) -> u64 {
        match &self.kept {
            Kept::Records(stream) => stream.last_read(),
            Kept::Sums(tally) => tally.last_read(),
        }
    }

    /// Takes in what is new.
    pub fn poll(&mut self, done: &mut Vec<SegmentFile>) {
        match &mut self.kept {
            Kept::Records(stream) => stream.poll(done),
            Kept::Sums(tally) => tally.poll(),
        }
    }

    /// Hands what comes next to `each` until it has enough or there is no more for now.
    pub fn read(&mut self, mut each: impl FnMut(Replayed<'_>) -> bool) {
        match &mut self.kept {
            Kept::Records(stream) => stream.read(|record| each(Replayed::Click(record))),
            Kept::Sums(tally) => tally.read(|slot| each(Replayed::Sum(slot))),
        }
    }

    /// The store has this.
    pub fn settle(&mut self, mark: Mark) {
        self.ahead = mark.ahead;
        match &mut self.kept {
            Kept::Records(stream) => stream.settle(mark.position),
            Kept::Sums(tally) => tally.settle(mark.position),
        }
    }

    /// Goes to what the store turned out to have; returns how many clicks between there and what is
    /// still here are gone.
    pub fn go_to(&mut self, mark: Mark) -> u64 {
        self.ahead = mark.ahead;
        match &mut self.kept {
            Kept::Records(stream) => stream.go_to(mark.position),
            Kept::Sums(tally) => {
                tally.go_to(mark.position);
                0
            }
        }
    }

    /// Shows everything that is still here to `each` and goes to `mark`.
    pub fn survey(&mut self, mark: Mark, mut each: impl FnMut(Replayed<'_>)) -> Survey {
        self.go_to(Mark::default());
        let mut clicks = 0;
        self.read(|replayed| {
            if !replayed.is_in(&mark) {
                clicks += replayed.count().total();
            }
            each(replayed);
            true
        });
        self.take_missing();
        Survey { clicks, gone: self.go_to(mark) }
    }

    /// Shows what is still here of the clicks above `low` up to `high` to `each`.
    pub fn survey_between(&mut self, low: u64, high: u64, mut each: impl FnMut(Replayed<'_>)) {
        self.go_to(Mark::at(low));
        self.read(|replayed| {
            let is_inside = replayed.position() <= high;
            if is_inside {
                each(replayed);
            }
            is_inside
        });
        self.take_missing();
    }

    /// Records that turned out to be missing since the last call.
    pub fn take_missing(&mut self) -> u64 {
        match &mut self.kept {
            Kept::Records(stream) => stream.take_missing(),
            Kept::Sums(_) => 0,
        }
    }

    /// What of it is on disk.
    #[must_use]
    pub fn size(&self) -> Size {
        match &self.kept {
            Kept::Records(stream) => stream.size(),
            Kept::Sums(tally) => tally.size(),
        }
    }

    /// Gives back what was absorbed before `before`. Returns the source, unless nothing is left of it
    /// and nothing will come.
    #[must_use]
    pub fn release(mut self, before: Option<Instant>, done: &mut Vec<SegmentFile>) -> Option<Self> {
        // A segment that was left, or taken up, after the last batch has no later one to settle it.
        self.settle(self.mark());
        match &mut self.kept {
            Kept::Records(stream) => {
                stream.release(before, done);
                if stream.is_over() { None } else { Some(self) }
            }
            Kept::Sums(tally) if !tally.is_over(before) => Some(self),
            Kept::Sums(_) => {
                if let Kept::Sums(tally) = self.kept {
                    done.extend(tally.into_file());
                }
                None
            }
        }
    }
}
