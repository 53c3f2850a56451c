//! What was read of the journal at once, cut into batches by link.
//!
//! A store keeps what it knows of a link side by side. Clicks in the order in which they were made
//! touch a page of every table for each click; in the order of their links, a batch touches a few
//! pages whole, and clicks on one link become one row. So much more is read than one transaction
//! should write, and each batch takes the next links of it. The marks of its streams say how far
//! that has come: see [`Mark`].

use std::cmp::Reverse;
use std::sync::Arc;

use super::enrich::Enriched;
use super::journal::counts::Slot;
use super::journal::format::Record;
use super::rollup::Rollup;
use crate::model::click::Audience;
use crate::model::id::{LinkId, StreamId};
use crate::store::clicks::{Ahead, Mark, Step, Visit};

/// Clicks in one harvest: some 25 MB.
pub const CLICKS_MAX: usize = 1 << 16;

/// What was read and is in no batch yet.
#[derive(Default)]
pub struct Harvest {
    /// As they were read; none where a batch has it.
    contents: Vec<Option<Content>>,
    /// What is in no batch, the next one last. Only these are sorted: a content is ten times as large.
    order: Vec<Place>,
    streams: Vec<Progress>,
    /// Whether it must be one batch.
    is_whole: bool,
}

/// How far a stream has come.
struct Progress {
    stream: StreamId,
    mark: Mark,
    /// The last place that was read.
    read: u64,
}

/// Where a content belongs, and where it is. In the order of its fields.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Place {
    link: LinkId,
    stream: StreamId,
    sequence: u64,
    content: usize,
}

#[allow(
    clippy::large_enum_variant,
    reason = "nearly all are clicks, which a box each would not make smaller"
)]
enum Content {
    Click { visit: Visit, counted_as: Audience },
    Sum(Slot),
}

impl Harvest {
    /// Whether it has as much as it should.
    #[must_use]
    pub fn is_full(&self) -> bool {
        self.order.len() >= CLICKS_MAX
    }

    /// Whether no batch is left in it.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.order.is_empty() && self.streams.is_empty()
    }

    /// Adds a click.
    pub fn add(&mut self, stream: StreamId, record: &Record<'_>, enriched: Enriched) {
        let (click, Enriched { audience, values }) = (&record.click, enriched);
        let visit = Visit {
            link: click.link,
            at: click.at,
            stream,
            sequence: record.sequence,
            workspace: click.workspace,
            domain: click.domain,
            audience,
            // A program that asks again and again is no visitor.
            visitor: if audience == Audience::People { click.visitor } else { 0 },
            values,
        };
        let content = Content::Click { visit, counted_as: click.audience() };
        self.keep(click.link, stream, record.sequence, content);
    }

    /// Adds clicks of which nothing but the number is known.
    pub fn add_slot(&mut self, stream: StreamId, slot: &Slot) {
        self.keep(slot.key.link, stream, slot.number, Content::Sum(*slot));
    }

    fn keep(&mut self, link: LinkId, stream: StreamId, sequence: u64, content: Content) {
        self.order.push(Place { link, stream, sequence, content: self.contents.len() });
        self.contents.push(Some(content));
    }

    /// A stream was read from where the store stands in it up to a place.
    pub fn has_read(&mut self, stream: StreamId, mark: Mark, read: u64) {
        if read <= mark.position {
            return;
        }
        // What went ahead ends where it ended: no other mark could say what is counted half way. It
        // cannot where records have been damaged meanwhile.
        self.is_whole |= mark.ahead.is_some_and(|ahead| ahead.until != read);
        self.streams.push(Progress { stream, mark, read });
    }

    /// Nothing more is added: batches can be cut.
    pub fn close(&mut self) {
        self.order.sort_unstable_by_key(|place| Reverse(*place));
        self.streams.sort_unstable_by_key(|progress| progress.stream);
    }

    /// Moves the next clicks into `rollup` until it has `rows_max` rows, and returns the steps that
    /// count them; none when nothing is left.
    pub fn cut(&mut self, rollup: &mut Rollup, rows_max: usize) -> Arc<[Step]> {
        let mut last = None;
        while let Some(place) = self.order.pop() {
            match self.contents[place.content].take() {
                Some(Content::Click { visit, counted_as }) => rollup.add(visit, counted_as),
                Some(Content::Sum(slot)) => rollup.add_slot(&slot),
                None => {}
            }
            last = Some(place);
            if rollup.rows() >= rows_max && !self.is_whole {
                break;
            }
        }
        if self.order.is_empty() {
            self.contents.clear();
            return self.streams.drain(..).map(Progress::end).collect();
        }
        let Some(last) = last else { return Arc::default() };
        self.streams.iter_mut().map(|progress| progress.go_on(last)).collect()
    }
}

impl Progress {
    /// Everything up to this place is counted.
    fn go_on(&mut self, last: Place) -> Step {
        let from = self.mark;
        let sequence = match self.stream.cmp(&last.stream) {
            std::cmp::Ordering::Less => self.read,
            std::cmp::Ordering::Equal => last.sequence,
            std::cmp::Ordering::Greater => 0,
        };
        // Another stream may have gone further than this one.
        let before = from.ahead.map_or((LinkId::from_stored(0), 0), |it| (it.link, it.sequence));
        let (link, sequence) = before.max((last.link, sequence));
        self.mark.ahead = Some(Ahead { until: self.read, link, sequence });
        Step { stream: self.stream, from, to: self.mark }
    }

    /// Everything that was read is counted.
    fn end(self) -> Step {
        let ahead = self.mark.ahead.filter(|ahead| ahead.until > self.read);
        let to = Mark { position: self.read, ahead };
        Step { stream: self.stream, from: self.mark, to }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use proptest::prelude::*;

    use super::*;
    use crate::clicks::journal::fixture::click;
    use crate::model::dimension::Values;

    const STREAMS: usize = 3;

    /// Streams of clicks on links, and a store that counts them.
    #[derive(Default)]
    struct Model {
        links: [Vec<i64>; STREAMS],
        damaged: BTreeSet<(usize, u64)>,
        marks: [Mark; STREAMS],
        counted: BTreeSet<(usize, u64)>,
    }

    fn id(stream: usize) -> StreamId {
        StreamId::from_stored(stream as i64)
    }

    impl Model {
        /// Reads some clicks of each stream, as the flusher does.
        fn gather(&self, most: usize) -> Harvest {
            let mut harvest = Harvest::default();
            for (stream, links) in self.links.iter().enumerate() {
                let (mark, mut read, mut count) = (self.marks[stream], 0, 0);
                for (link, sequence) in links.iter().zip(1..) {
                    if sequence <= mark.position || self.damaged.contains(&(stream, sequence)) {
                        continue;
                    }
                    read = sequence;
                    if !mark.has(LinkId::from_stored(*link), sequence) {
                        let record = Record { sequence, click: click(*link, b""), stride: 0 };
                        let (audience, values) = (Audience::People, Values::default());
                        harvest.add(id(stream), &record, Enriched { audience, values });
                        count += 1;
                    }
                    let has_enough =
                        mark.ahead.map_or(count >= most, |ahead| sequence >= ahead.until);
                    if has_enough {
                        break;
                    }
                }
                harvest.has_read(id(stream), mark, read);
            }
            harvest.close();
            harvest
        }

        /// Absorbs one batch: only from where the store stands, and each click once.
        fn absorb(&mut self, steps: &[Step], rollup: &mut Rollup) {
            for step in steps {
                let mark = &mut self.marks[step.stream.get() as usize];
                assert_eq!(step.from, *mark);
                *mark = step.to;
            }
            for visit in rollup.take().rows.visits {
                let click = (visit.stream.get() as usize, visit.sequence);
                assert!(self.counted.insert(click), "{click:?} counted twice");
            }
            // The marks say no more and no less than what is counted.
            for (stream, links) in self.links.iter().enumerate() {
                for (link, sequence) in links.iter().zip(1..) {
                    if !self.damaged.contains(&(stream, sequence)) {
                        let is_marked =
                            self.marks[stream].has(LinkId::from_stored(*link), sequence);
                        assert_eq!(is_marked, self.counted.contains(&(stream, sequence)));
                    }
                }
            }
        }
    }

    proptest! {
        #[test]
        fn each_click_counts_once_wherever_a_harvest_is_broken_off(
            links in prop::array::uniform3(prop::collection::vec(1..9_i64, 0..40)),
            rounds in prop::collection::vec((1..30_usize, 4..20_usize, 0..6_usize), 0..12),
            damage in prop::collection::vec((0..STREAMS, 1..40_u64), 0..6),
        ) {
            let mut model = Model { links, ..Model::default() };
            let mut rollup = Rollup::default();
            let mut damage = damage.into_iter();
            for (most, rows_max, batches) in rounds {
                let mut harvest = model.gather(most);
                for _ in 0..batches {
                    let steps = harvest.cut(&mut rollup, rows_max);
                    model.absorb(&steps, &mut rollup);
                }
                // Broken off: what is read next begins where the store stands.
                model.damaged.extend(damage.next().filter(|at| !model.counted.contains(at)));
            }
            for _ in 0..3 {
                let mut harvest = model.gather(usize::MAX);
                while !harvest.is_empty() {
                    let steps = harvest.cut(&mut rollup, 10);
                    model.absorb(&steps, &mut rollup);
                }
            }
            for (stream, links) in model.links.iter().enumerate() {
                for sequence in 1..=links.len() as u64 {
                    let is_there = !model.damaged.contains(&(stream, sequence));
                    assert_eq!(model.counted.contains(&(stream, sequence)), is_there);
                }
            }
        }
    }

    #[test]
    fn clicks_on_one_link_are_one_row_of_a_harvest() {
        let links: Vec<i64> = (0..200).map(|number| number % 10).collect();
        let model = Model { links: [links, vec![], vec![]], ..Model::default() };
        let mut harvest = model.gather(usize::MAX);
        let mut rollup = Rollup::default();
        let mut rows_of: BTreeMap<i64, usize> = BTreeMap::new();
        while !harvest.is_empty() {
            harvest.cut(&mut rollup, 100);
            for sum in rollup.take().rows.sums {
                *rows_of.entry(sum.subject.get()).or_default() += 1;
            }
        }
        // A link's clicks may be cut in two, and domain and workspace stand in every batch.
        let of_links: usize =
            (0..10).filter(|link| ![2, 3].contains(link)).map(|link| rows_of[&link]).sum();
        assert!(of_links <= 8 + 4, "{rows_of:?}");
    }
}
