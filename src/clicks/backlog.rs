//! Everything in the journal that the store has not got, or had not some minutes ago.

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, Sender};

use super::journal::keeper::{CountsSegment, Feed, SegmentFile};
use super::journal::leftover::Leftovers;
use super::replay::stream::Stream;
use super::replay::tally::Tally;
use super::replay::{Size, Source};
use crate::model::id::StreamId;
use crate::store::clicks::Step;

/// The sources of clicks, and what becomes of their files.
pub struct Backlog {
    /// Those whose position is known.
    sources: Vec<Source>,
    /// Those of an earlier process that the store was not yet asked about.
    leftovers: VecDeque<Source>,
    counts: Receiver<CountsSegment>,
    done: Sender<SegmentFile>,
    pressure: Arc<AtomicBool>,
    /// Files on their way back.
    released: Vec<SegmentFile>,
    /// When the visitors of everything absorbed until then were in the store.
    sketched_at: Option<Instant>,
    /// How long absorbed segments are kept, in case the store goes back behind them.
    kept: Duration,
}

impl Backlog {
    /// What was left, and what is fed from now on. Absorbed segments are kept for `kept`.
    #[must_use]
    pub fn new(left: Leftovers, feed: Feed, kept: Duration) -> Self {
        let Leftovers { records, counts, empty } = left;
        let records = records.into_iter().map(|(id, old)| Source::records(Stream::left(id, old)));
        let counts = counts.into_iter().map(|(id, old)| Source::sums(Tally::left(id, old)));
        let lanes = feed.lanes.into_iter().map(|lane| Source::records(Stream::live(lane)));
        Self {
            sources: lanes.collect(),
            leftovers: records.chain(counts).collect(),
            counts: feed.counts,
            done: feed.done,
            pressure: feed.pressure,
            released: empty,
            sketched_at: None,
            kept,
        }
    }

    /// Takes in what is new.
    pub fn poll(&mut self) {
        let counts = self.counts.try_iter().map(|segment| Source::sums(Tally::live(segment)));
        self.sources.extend(counts);
        for source in &mut self.sources {
            source.poll(&mut self.released);
        }
    }

    /// A source that the store was not yet asked about.
    pub fn leftover(&mut self) -> Option<&mut Source> {
        self.leftovers.front_mut()
    }

    /// The store was asked about it.
    pub fn take_up(&mut self) {
        self.sources.extend(self.leftovers.pop_front());
    }

    /// The sources, beginning with another one each time: none waits for the others for ever.
    pub fn sources(&mut self) -> &mut [Source] {
        if !self.sources.is_empty() {
            self.sources.rotate_left(1);
        }
        &mut self.sources
    }

    fn source(&mut self, stream: StreamId) -> Option<&mut Source> {
        self.sources.iter_mut().find(|source| source.id() == stream)
    }

    /// The store has this step.
    pub fn settle(&mut self, step: Step) {
        if let Some(source) = self.source(step.stream) {
            source.settle(step.to);
        }
    }

    /// The visitors of everything that was read before `at` are in the store.
    pub fn sketched(&mut self, at: Instant) {
        self.sketched_at = Some(at);
    }

    /// Whether files could be given back sooner if the visitors in them were in the store.
    #[must_use]
    pub fn wants_to_release(&self, now: Instant) -> bool {
        let rested = self.sketched_at.is_none_or(|at| now - at > self.kept);
        self.pressure.load(Ordering::Relaxed) || rested
    }

    /// Gives back the files of what was absorbed long enough ago, or of everything absorbed while the
    /// journal has no room; never before the visitors in them are in the store.
    pub fn release(&mut self) {
        let old = Instant::now().checked_sub(self.kept);
        let before = match self.pressure.load(Ordering::Relaxed) {
            true => self.sketched_at,
            false => self.sketched_at.min(old),
        };
        let released = &mut self.released;
        let sources = std::mem::take(&mut self.sources).into_iter();
        self.sources = sources.filter_map(|source| source.release(before, released)).collect();
        for file in self.released.drain(..) {
            // Its keeper ends after the flusher.
            let _ = self.done.send(file);
        }
    }

    /// How much of the journal's disk clicks take.
    #[must_use]
    pub fn size(&self) -> Size {
        let all = self.sources.iter().chain(&self.leftovers).map(Source::size);
        all.fold(Size::default(), Size::and)
    }
}
