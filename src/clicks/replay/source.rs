//! A stream of records or the sums of a counts segment, as a batch sees them.

use std::time::{Duration, Instant};

use super::stream::Stream;
use super::tally::Tally;
use crate::clicks::journal::counts::Slot;
use crate::clicks::journal::format::Record;
use crate::clicks::journal::keeper::SegmentFile;
use crate::model::click::ClickCount;
use crate::model::id::{LinkId, StreamId, WorkspaceId};

/// Where clicks are replayed from.
pub enum Source {
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
    /// Clicks above the position.
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
    /// The stream that its positions belong to.
    #[must_use]
    pub fn id(&self) -> StreamId {
        match self {
            Self::Records(stream) => stream.id(),
            Self::Sums(tally) => tally.id(),
        }
    }

    /// The position that the store has.
    #[must_use]
    pub fn absorbed(&self) -> u64 {
        match self {
            Self::Records(stream) => stream.absorbed(),
            Self::Sums(tally) => tally.absorbed(),
        }
    }

    /// The position up to which it was read.
    #[must_use]
    pub fn last_read(&self) -> u64 {
        match self {
            Self::Records(stream) => stream.last_read(),
            Self::Sums(tally) => tally.last_read(),
        }
    }

    /// Takes in what is new.
    pub fn poll(&mut self, done: &mut Vec<SegmentFile>) {
        match self {
            Self::Records(stream) => stream.poll(done),
            Self::Sums(tally) => tally.poll(),
        }
    }

    /// Hands what comes next to `each` until it has enough or there is no more for now.
    pub fn read(&mut self, mut each: impl FnMut(Replayed<'_>) -> bool) {
        match self {
            Self::Records(stream) => stream.read(|record| each(Replayed::Click(record))),
            Self::Sums(tally) => tally.read(|slot| each(Replayed::Sum(slot))),
        }
    }

    /// The store has everything up to here.
    pub fn settle(&mut self, position: u64) {
        match self {
            Self::Records(stream) => stream.settle(position),
            Self::Sums(tally) => tally.settle(position),
        }
    }

    /// Goes to a position that the store turned out to have; returns how many clicks between there
    /// and what is still here are gone.
    pub fn go_to(&mut self, position: u64) -> u64 {
        match self {
            Self::Records(stream) => stream.go_to(position),
            Self::Sums(tally) => {
                tally.go_to(position);
                0
            }
        }
    }

    /// Shows everything that is still here to `each` and goes to `position`.
    pub fn survey(&mut self, position: u64, mut each: impl FnMut(Replayed<'_>)) -> Survey {
        self.go_to(0);
        let mut clicks = 0;
        self.read(|replayed| {
            if replayed.position() > position {
                clicks += replayed.count().total();
            }
            each(replayed);
            true
        });
        self.take_missing();
        Survey { clicks, gone: self.go_to(position) }
    }

    /// Shows what is still here of the clicks above `low` up to `high` to `each`; returns how many.
    pub fn survey_between(
        &mut self,
        low: u64,
        high: u64,
        mut each: impl FnMut(Replayed<'_>),
    ) -> u64 {
        self.go_to(low);
        let mut clicks = 0;
        self.read(|replayed| {
            let is_inside = replayed.position() <= high;
            if is_inside {
                clicks += replayed.count().total();
                each(replayed);
            }
            is_inside
        });
        self.take_missing();
        clicks
    }

    /// Records that turned out to be missing since the last call.
    pub fn take_missing(&mut self) -> u64 {
        match self {
            Self::Records(stream) => stream.take_missing(),
            Self::Sums(_) => 0,
        }
    }

    /// What of it is on disk.
    #[must_use]
    pub fn size(&self) -> Size {
        match self {
            Self::Records(stream) => stream.size(),
            Self::Sums(tally) => tally.size(),
        }
    }

    /// Gives back what was absorbed before `before`. Returns the source, unless nothing is left of it
    /// and nothing will come.
    #[must_use]
    pub fn release(mut self, before: Option<Instant>, done: &mut Vec<SegmentFile>) -> Option<Self> {
        // A segment that was left, or taken up, after the last batch has no later one to settle it.
        self.settle(self.absorbed());
        match &mut self {
            Self::Records(stream) => {
                stream.release(before, done);
                if stream.is_over() { None } else { Some(self) }
            }
            Self::Sums(tally) if !tally.is_over(before) => Some(self),
            Self::Sums(_) => {
                if let Self::Sums(tally) = self {
                    done.extend(tally.into_file());
                }
                None
            }
        }
    }
}
