//! A stream against a simple model: every record once, in order, and again from where it is told to.

use std::collections::BTreeMap;
use std::fs::OpenOptions;
use std::path::PathBuf;
use std::time::Instant;

use crossbeam_channel::Sender;
use proptest::prelude::*;
use tempfile::TempDir;

use super::stream::Stream;
use crate::clicks::journal::fixture::{EPOCH, click, header, record};
use crate::clicks::journal::format::SegmentKind;
use crate::clicks::journal::keeper::{LaneFeed, Segment, SegmentFile};
use crate::clicks::journal::map::{self, SegmentWriter, Touch};
use crate::model::id::StreamId;

/// The header's page and one page of records.
const BYTES: usize = 8192;

#[derive(Debug, Clone)]
enum Step {
    /// Makes a segment.
    Make,
    /// Appends a record with so long a text, in the segment in hand or in one of those that are ready.
    Append(usize, usize),
    /// Leaves the segment in hand.
    Leave,
    Poll,
    /// Reads so many records at most.
    Read(usize),
    ReadAll,
    Settle,
    /// Goes to a place between 0 and the newest record, in parts of 100.
    GoTo(u64),
    Release,
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        2 => Just(Step::Make),
        8 => (0..512usize, 0..4usize).prop_map(|(length, which)| Step::Append(length, which)),
        2 => Just(Step::Leave),
        4 => Just(Step::Poll),
        3 => (1..8usize).prop_map(Step::Read),
        3 => Just(Step::ReadAll),
        3 => Just(Step::Settle),
        1 => (0..=100u64).prop_map(Step::GoTo),
        2 => Just(Step::Release),
    ]
}

/// What the model knows of a file.
#[derive(Debug, Clone, Copy, Default)]
struct Written {
    first: u64,
    last: u64,
    is_left: bool,
}

struct Run {
    directory: TempDir,
    segments: Sender<Segment>,
    stream: Stream,
    ready: Vec<(PathBuf, SegmentWriter)>,
    in_hand: Option<(PathBuf, SegmentWriter)>,
    made: usize,
    /// Files that the stream has not given back.
    files: BTreeMap<PathBuf, Written>,
    done: Vec<SegmentFile>,
    last: u64,
    read: u64,
    absorbed: u64,
}

impl Run {
    fn new() -> Self {
        let (segments, receiver) = crossbeam_channel::unbounded();
        let stream =
            Stream::live(LaneFeed { stream: StreamId::from_stored(33), segments: receiver });
        let directory = tempfile::tempdir().expect("a directory");
        let (ready, files, done) = (Vec::new(), BTreeMap::new(), Vec::new());
        let (in_hand, made, last, read, absorbed) = (None, 0, 0, 0, 0);
        Self {
            directory,
            segments,
            stream,
            ready,
            in_hand,
            made,
            files,
            done,
            last,
            read,
            absorbed,
        }
    }

    fn make(&mut self) {
        let path = self.directory.path().join(format!("{}.segment", self.made));
        self.made += 1;
        let file = OpenOptions::new().create_new(true).read(true).write(true).open(&path);
        let file = file.expect("a new file");
        file.set_len(BYTES as u64).expect("a length");
        let header = header(SegmentKind::Records);
        let (writer, reader, _) = map::split(&file, &header, Touch::Header).expect("a map");
        let file = SegmentFile { path: path.clone(), bytes: BYTES };
        self.segments.send(Segment { reader, epoch: EPOCH, file }).expect("the stream listens");
        self.files.insert(path.clone(), Written::default());
        self.ready.push((path, writer));
    }

    fn append(&mut self, length: usize, which: usize) {
        let text = vec![b't'; length];
        let record = record(&click(self.last as i64 + 1, &text), EPOCH, self.last + 1);
        loop {
            if self.in_hand.is_none() {
                if self.ready.is_empty() {
                    self.make();
                }
                self.in_hand = Some(self.ready.swap_remove(which % self.ready.len()));
            }
            let Some((path, writer)) = &mut self.in_hand else { return };
            if writer.append(&record) {
                self.last += 1;
                let written = self.files.get_mut(path).expect("nobody gave it back");
                written.first = if written.first == 0 { self.last } else { written.first };
                written.last = self.last;
                return;
            }
            self.leave();
        }
    }

    fn leave(&mut self) {
        if let Some((path, writer)) = self.in_hand.take() {
            drop(writer);
            self.files.get_mut(&path).expect("nobody gave it back").is_left = true;
        }
    }

    fn poll(&mut self) {
        self.stream.poll(&mut self.done);
        self.take_done();
    }

    fn read(&mut self, max: usize) {
        let mut found = Vec::new();
        self.stream.read(|record| {
            assert_eq!(record.click.link.get() as u64, record.sequence);
            found.push(record.sequence);
            found.len() < max
        });
        let expected: Vec<u64> = (self.read + 1..).take(found.len()).collect();
        assert_eq!(found, expected, "each record once, in order");
        self.read += found.len() as u64;
        assert!(self.read <= self.last);
        assert_eq!((self.stream.last_read(), self.stream.take_missing()), (self.read, 0));
    }

    fn read_all(&mut self) {
        self.poll();
        self.read(usize::MAX);
        assert_eq!(self.read, self.last, "everything that was published");
    }

    fn settle(&mut self) {
        self.stream.settle(self.read);
        self.absorbed = self.read;
    }

    fn go_to(&mut self, part: u64) {
        self.poll();
        let position = self.last * part / 100;
        let kept = self.files.values().filter(|written| written.first > 0);
        let kept_from = kept.map(|written| written.first).min().unwrap_or(self.read + 1);
        let gone = self.stream.go_to(position);
        assert_eq!(gone, kept_from.saturating_sub(position + 1), "what is not kept any more");
        (self.absorbed, self.read) = (position, position.max(kept_from - 1));
    }

    fn release(&mut self) {
        self.stream.release(Some(Instant::now()), &mut self.done);
        self.take_done();
    }

    /// Only what nobody writes to, and everything of which was absorbed, may be given back.
    fn take_done(&mut self) {
        for file in self.done.drain(..) {
            let written = self.files.remove(&file.path).expect("given back once");
            assert!(written.is_left && written.last <= self.absorbed, "{written:?} was given back");
        }
    }

    fn end(&mut self) {
        self.leave();
        for (path, writer) in std::mem::take(&mut self.ready) {
            drop(writer);
            self.files.get_mut(&path).expect("nobody gave it back").is_left = true;
        }
        self.read_all();
        self.settle();
        self.release();
        assert!(self.files.is_empty(), "everything is given back in the end: {:?}", self.files);
    }
}

proptest! {
    #[test]
    fn every_record_is_read_once_and_again_from_where_the_store_stands(
        steps in prop::collection::vec(step(), 1..120)
    ) {
        let mut run = Run::new();
        for step in steps {
            match step {
                Step::Make => run.make(),
                Step::Append(length, which) => run.append(length, which),
                Step::Leave => run.leave(),
                Step::Poll => run.poll(),
                Step::Read(max) => run.read(max),
                Step::ReadAll => run.read_all(),
                Step::Settle => run.settle(),
                Step::GoTo(part) => run.go_to(part),
                Step::Release => run.release(),
            }
        }
        run.end();
    }
}
