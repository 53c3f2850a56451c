//! The keeper: a thread that has segments ready before an edge thread needs one, syncs those that
//! were left, and takes back those whose clicks the store has.

use std::collections::HashSet;
use std::io;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Weak};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, RecvTimeoutError, Sender};

use super::counts::{self, CountsReader};
use super::directory::{Directory, open_again, will_pass};
use super::format::{LARGE_BYTES, SMALL_BYTES, SegmentHeader, SegmentKind};
use super::lane::{Lane, READY_MAX, ReadySegment};
use super::map::{self, SegmentReader, Touch, Words};
use super::publish::Published;
use crate::model::id::{NodeId, StoreId, StreamId};
use crate::model::random;

/// Time between two looks at the lanes.
const INTERVAL: Duration = Duration::from_millis(25);

/// Small segments that wait for each thread: one is taken twice a second.
const SMALL_READY: usize = 2;

/// Large segments that wait for each thread when little happens: some 20,000 clicks, which a thread
/// at its fastest fills in 100 ms.
const LARGE_READY_MIN: usize = 4;

/// Counts segments that wait for each thread.
const COUNTS_READY: usize = 2;

/// Counts segments without a file that a thread may have at once, absorbed or not: a mebibyte each.
const MEMORY_MAX: usize = 8;

/// Files of each length kept for another use.
const FREE_MAX: usize = 64;

/// Pause after the disk refused.
const PAUSE: Duration = Duration::from_secs(1);

/// Whose journal it is, and how large it may get.
#[derive(Debug, Clone, Copy)]
pub struct Owner {
    /// The store its clicks are for.
    pub store: StoreId,
    /// This node.
    pub node: NodeId,
    /// Bytes of all segments at most.
    pub bytes_max: u64,
}

/// A segment on its way from the keeper to the clicks thread.
pub struct Segment {
    /// What an edge thread publishes in it.
    pub reader: SegmentReader,
    /// What marks its records.
    pub epoch: u64,
    /// The file.
    pub file: SegmentFile,
}

/// A counts segment on the same way. Its stream is its own.
pub struct CountsSegment {
    /// What an edge thread counts in it.
    pub reader: CountsReader,
    /// The stream.
    pub stream: StreamId,
    /// The file; none while the disk refuses.
    pub file: Option<SegmentFile>,
}

/// A segment's file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SegmentFile {
    /// Where it is.
    pub path: PathBuf,
    /// Its length.
    pub bytes: usize,
}

/// The clicks thread's end of the journal.
pub struct Feed {
    /// One a lane.
    pub lanes: Vec<LaneFeed>,
    /// Counts segments of all lanes.
    pub counts: Receiver<CountsSegment>,
    /// Where files go whose clicks the store has.
    pub done: Sender<SegmentFile>,
    /// Set when the keeper finds no room: what is kept for a while should be given back.
    pub pressure: Arc<AtomicBool>,
}

/// Segments of one lane.
pub struct LaneFeed {
    /// The stream its records belong to.
    pub stream: StreamId,
    /// Its segments, as they were made; the order in which they are written is another.
    pub segments: Receiver<Segment>,
}

/// The running keeper. Dropping it ends the thread.
pub struct Keeper {
    stop: Option<Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Keeper {
    /// Makes the first segments of `lanes` threads and starts the thread. Without a directory, only
    /// sums are kept, in memory.
    ///
    /// # Errors
    /// The thread cannot be started. A disk that refuses is tried again; sums are kept meanwhile.
    pub fn start(
        directory: Option<Directory>,
        owner: Owner,
        lanes: usize,
    ) -> io::Result<(Self, Vec<Arc<Lane>>, Feed)> {
        let (done, returned) = crossbeam_channel::unbounded();
        let (counts, counted) = crossbeam_channel::unbounded();
        let pressure = Arc::new(AtomicBool::new(false));
        let (mut kept, mut fed) = (Vec::new(), Vec::new());
        for _ in 0..lanes {
            let (segments, receiver) = crossbeam_channel::unbounded();
            let stream = StreamId::random();
            fed.push(LaneFeed { stream, segments: receiver });
            kept.push(KeptLane { lane: Arc::default(), stream, segments, ready: 0 });
        }
        let shared = kept.iter().map(|kept: &KeptLane| Arc::clone(&kept.lane)).collect();
        let bytes = directory.as_ref().map_or(0, Directory::bytes);
        let mut work = Work {
            directory,
            owner,
            lanes: kept,
            counts,
            returned,
            pressure: Arc::clone(&pressure),
            free: Free::default(),
            open: Vec::new(),
            memory: Vec::new(),
            suspect: HashSet::new(),
            bytes,
            refused_at: None,
        };
        // Before the first click, so that it finds one.
        work.prepare();
        let (stop, stopped) = crossbeam_channel::bounded(0);
        let thread = std::thread::Builder::new()
            .name("journal".to_owned())
            .spawn(move || work.run(&stopped))?;
        let feed = Feed { lanes: fed, counts: counted, done, pressure };
        Ok((Self { stop: Some(stop), thread: Some(thread) }, shared, feed))
    }
}

impl Drop for Keeper {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take()
            && thread.join().is_err()
        {
            tracing::error!("the journal's thread had panicked");
        }
    }
}

struct KeptLane {
    lane: Arc<Lane>,
    stream: StreamId,
    segments: Sender<Segment>,
    /// Large segments that were ready after the last look.
    ready: usize,
}

/// A segment that an edge thread has or will get.
struct OpenSegment {
    published: Arc<Published>,
    file: std::fs::File,
    path: PathBuf,
}

/// Files that can be used again.
#[derive(Default)]
struct Free {
    small: Vec<PathBuf>,
    large: Vec<PathBuf>,
}

impl Free {
    fn of(&mut self, bytes: usize) -> &mut Vec<PathBuf> {
        if bytes == SMALL_BYTES { &mut self.small } else { &mut self.large }
    }
}

struct Work {
    directory: Option<Directory>,
    owner: Owner,
    lanes: Vec<KeptLane>,
    counts: Sender<CountsSegment>,
    returned: Receiver<SegmentFile>,
    pressure: Arc<AtomicBool>,
    free: Free,
    open: Vec<OpenSegment>,
    /// Counts segments without a file.
    memory: Vec<Weak<Published>>,
    /// Files that could not be synced: not to be used again.
    suspect: HashSet<PathBuf>,
    /// Bytes of all files.
    bytes: u64,
    refused_at: Option<Instant>,
}

impl Work {
    fn run(mut self, stopped: &Receiver<()>) {
        while let Err(RecvTimeoutError::Timeout) = stopped.recv_timeout(INTERVAL) {
            self.take_back();
            self.sync_left(); // First: it protects pages that the next use of a file has touched.
            self.prepare();
        }
        self.sync_left();
        self.take_back();
    }

    /// Files that the store has absorbed are used again, or removed.
    fn take_back(&mut self) {
        while let Ok(SegmentFile { path, bytes }) = self.returned.try_recv() {
            crate::clicks::points::reached("recycle");
            let is_sound = !self.suspect.remove(&path);
            let free = self.free.of(bytes);
            if is_sound && free.len() < FREE_MAX && matches!(bytes, SMALL_BYTES | LARGE_BYTES) {
                free.push(path);
                continue;
            }
            self.bytes = self.bytes.saturating_sub(bytes as u64);
            if let Err(error) = std::fs::remove_file(&path) {
                tracing::warn!(%error, file = %path.display(), "cannot remove a segment");
            }
        }
    }

    /// Has segments ready for each thread.
    fn prepare(&mut self) {
        let mut refused = None;
        for place in 0..self.lanes.len() {
            let lane = Arc::clone(&self.lanes[place].lane);
            // Twice as many as were taken since the last look, and some more.
            let taken = self.lanes[place].ready.saturating_sub(lane.large.len());
            let wanted = (LARGE_READY_MIN + 2 * taken).min(READY_MAX / 2);
            for _ in lane.large.len()..wanted {
                refused = refused.or(self.ready_records(place, LARGE_BYTES).err());
            }
            self.lanes[place].ready = lane.large.len();
            for _ in lane.small.len()..SMALL_READY {
                refused = refused.or(self.ready_records(place, SMALL_BYTES).err());
            }
            for _ in lane.counts.len()..COUNTS_READY {
                if let Err(error) = self.ready_counts(place) {
                    tracing::error!(%error, "there is not even memory to count clicks in");
                }
            }
        }
        self.pressure.store(refused.is_some(), Ordering::Relaxed);
        match refused {
            None if self.refused_at.take().is_some() => {
                tracing::info!("the journal has room again");
            }
            None | Some(Refusal::Paused) => {}
            Some(Refusal::Now(error)) => {
                if self.refused_at.is_none() {
                    tracing::error!(%error, "the journal has no room: until it has, clicks may keep only their totals");
                }
                self.refused_at = Some(Instant::now());
            }
        }
    }

    /// A file of this length: a used one, or a new one.
    fn file(&mut self, bytes: usize) -> Result<(PathBuf, std::fs::File), Refusal> {
        while let Some(path) = self.free.of(bytes).pop() {
            let error = match open_again(&path, bytes) {
                Ok(file) => return Ok((path, file)),
                Err(error) => error,
            };
            if will_pass(&error) {
                self.free.of(bytes).push(path);
                return Err(Refusal::Now(error));
            }
            self.bytes = self.bytes.saturating_sub(bytes as u64);
            tracing::warn!(%error, file = %path.display(), "a segment cannot be used again");
        }
        let Some(directory) = &self.directory else { return Err(Refusal::Paused) };
        if self.refused_at.is_some_and(|at| at.elapsed() < PAUSE) {
            return Err(Refusal::Paused);
        }
        if self.bytes + bytes as u64 > self.owner.bytes_max {
            return Err(Refusal::Now(io::Error::other(
                "it has reached clicks.journal_mib_max, or a tenth of the disk",
            )));
        }
        let made = directory.create(bytes).map_err(Refusal::Now)?;
        self.bytes += bytes as u64;
        crate::clicks::points::reached("segment-created");
        Ok(made)
    }

    fn header(&self, stream: StreamId, kind: SegmentKind) -> SegmentHeader {
        SegmentHeader {
            epoch: u64::from_le_bytes(random::bytes()),
            store: self.owner.store,
            node: self.owner.node,
            stream,
            kind,
        }
    }

    fn ready_records(&mut self, place: usize, bytes: usize) -> Result<(), Refusal> {
        let (path, file) = self.file(bytes)?;
        let header = self.header(self.lanes[place].stream, SegmentKind::Records);
        let (writer, reader, published) = match map::split(&file, &header, Touch::All) {
            Ok(halves) => halves,
            Err(error) => {
                self.free.of(bytes).push(path);
                return Err(Refusal::Now(error));
            }
        };
        self.open.push(OpenSegment { published, file, path: path.clone() });
        let KeptLane { lane, segments, .. } = &self.lanes[place];
        let segment = Segment { reader, epoch: header.epoch, file: SegmentFile { path, bytes } };
        // The reader first: whatever is published has somebody who will read it.
        if segments.send(segment).is_ok() {
            let ready = ReadySegment { writer, epoch: header.epoch };
            let queue = if bytes == SMALL_BYTES { &lane.small } else { &lane.large };
            // Beyond its room it is dropped, and so left empty: nothing is lost.
            drop(queue.push(ready));
        }
        Ok(())
    }

    /// Without a file when there is no room for one: the sums are then lost if the process is killed.
    fn ready_counts(&mut self, place: usize) -> io::Result<()> {
        let stream = StreamId::random();
        let header = self.header(stream, SegmentKind::Counts);
        let mapped = self.file(LARGE_BYTES).ok().and_then(|(path, file)| {
            let words = Words::of(&file, &header).ok();
            if words.is_none() {
                self.free.large.push(path.clone());
            }
            Some((words?, (SegmentFile { path, bytes: LARGE_BYTES }, file)))
        });
        let (words, file) = match mapped {
            Some((words, file)) => (words, Some(file)),
            None if self.has_memory_enough() => return Ok(()),
            None => (Words::without_a_file(LARGE_BYTES)?, None),
        };
        let (writer, reader, published) = counts::split(words, header.epoch);
        if file.is_none() {
            self.memory.push(Arc::downgrade(&published));
        }
        let file = file.map(|(segment, file)| {
            self.open.push(OpenSegment { published, file, path: segment.path.clone() });
            segment
        });
        if self.counts.send(CountsSegment { reader, stream, file }).is_ok() {
            drop(self.lanes[place].lane.counts.push(writer));
        }
        Ok(())
    }

    fn has_memory_enough(&mut self) -> bool {
        self.memory.retain(|sums| sums.strong_count() > 0);
        self.memory.len() >= MEMORY_MAX * self.lanes.len()
    }

    /// Syncs segments that were left. One whose sync fails is not tried again: the kernel has
    /// forgotten by then what it could not write.
    fn sync_left(&mut self) {
        let suspect = &mut self.suspect;
        self.open.retain(|segment| {
            if !segment.published.is_left() {
                return true;
            }
            if let Err(error) = segment.file.sync_data() {
                tracing::error!(%error, "a segment could not be synced: a power cut now would cost its clicks");
                suspect.insert(segment.path.clone());
            }
            false
        });
    }
}

/// Why there is no file.
enum Refusal {
    /// The disk, or the journal's bound.
    Now(io::Error),
    /// It refused a moment ago, or there is no directory.
    Paused,
}
